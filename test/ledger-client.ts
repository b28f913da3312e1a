// For tests: the unmodified SDK of the Formance API against a stage, and raw requests for what the SDK cannot send.
import { SDK } from '@formance/formance-sdk';
import { connectorRef, encodeConnector } from '../src/domain/ledger/ids.ts';
import type { Answer, Merchant, Stage } from './stage.ts';

export interface LedgerClient {
  readonly sdk: SDK;
  send(method: string, path: string, json?: unknown): Promise<Answer>;
  connectorId(connectionId: string, provider: string): string;
}

export async function ledgerClient(stage: Stage, merchant: Merchant): Promise<LedgerClient> {
  const { formance_client: client } = merchant.organization.environments[0] as unknown as {
    readonly formance_client: { readonly client_id: string; readonly client_secret: string };
  };
  const security = { clientID: client.client_id, clientSecret: client.client_secret };
  const granted = await stage.app.inject({
    method: 'POST',
    url: '/api/auth/oauth/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({ grant_type: 'client_credentials', ...client }).toString(),
  });
  const { access_token: token } = granted.json();
  return {
    sdk: new SDK({ serverURL: stage.context.publicUrl, security }),
    connectorId: (id, provider) => encodeConnector(connectorRef({ id, provider })),
    send: async (method, path, json) => {
      const reply = await stage.app.inject({
        method: method as 'GET',
        url: `/api/payments${path}`,
        headers: { authorization: `Bearer ${token}` },
        ...(json === undefined ? {} : { payload: json as object }),
      });
      const { statusCode: status, headers, payload: text } = reply;
      return { status, headers, text, body: text.startsWith('{') ? JSON.parse(text) : text };
    },
  };
}
