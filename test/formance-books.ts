// For tests: a merchant with a Stripe connection, and the request that the documentation shows.

import { formanceApi } from '../src/api/formance/api.ts';
import { formanceNouns } from '../src/api/formance/nouns.ts';
import { nouns } from '../src/api/reevit/nouns.ts';
import { FormanceClient } from './formance-client.ts';
import { type Client, House } from './house-server.ts';

export interface Books {
  readonly api: FormanceClient;
  readonly reevit: Client;
  readonly connectorID: string;
}

export async function openBooks(house: House): Promise<Books> {
  const organization = await house.organization('Books');
  const reevit = house.client(organization);
  const made = await reevit.post('/connections', {
    provider: 'stripe',
    credentials: {
      secret_key: `sk_test_${'0'.repeat(24)}`,
      publishable_key: `pk_test_${'0'.repeat(24)}`,
      stripe_webhook_secret: `whsec_${'0'.repeat(24)}`,
    },
  });
  if (made.status !== 201) throw new Error(`no connection: ${made.text}`);
  const api = await FormanceClient.of(house.app, organization);
  const { data } = (await api.get('/connectors')).body;
  return { api, reevit, connectorID: data[0].connectorID };
}

/** A server with the Reevit and the Formance API. */
export function openLedgerHouse(): Promise<House> {
  return House.open({ nouns, surfaces: (context) => formanceApi(context, formanceNouns) });
}

let counted = 0;

export function documented(connectorID: string) {
  counted += 1;
  return {
    reference: `ref_${counted}`,
    connectorID,
    createdAt: '2023-11-07T05:31:56Z',
    amount: 100,
    type: 'PAY-IN',
    status: 'PENDING',
    scheme: 'unknown',
    asset: 'USD',
  };
}

export function documentedV3(connectorID: string, adjustments: readonly object[] = []) {
  counted += 1;
  const createdAt = '2023-11-07T05:31:56Z';
  const asset = 'USD/2';
  return {
    reference: `ref_${counted}`,
    connectorID,
    createdAt,
    type: 'PAY-IN',
    initialAmount: 1340,
    amount: 1340,
    asset,
    scheme: 'CARD_VISA',
    adjustments: [
      { reference: `adj_${counted}`, createdAt, status: 'SUCCEEDED', amount: 1340, asset },
      ...adjustments,
    ],
  };
}
