// For the tests with Formance's own SDK, unmodified: a whole server with simulators, and a client of a new merchant.
// Every answer goes through the SDK's validation, which throws on what it does not know.
import { SDK } from '@formance/formance-sdk';
import { FormanceClient } from '../formance-client.ts';
import type { MadeOrganization } from '../house-server.ts';
import { type Merchant, openStage, type Stage } from '../stage.ts';

export interface Desk {
  readonly stage: Stage;
  readonly merchant: Merchant;
  readonly sdk: SDK;
  /** The same client without the SDK, for what only shows on the wire. */
  readonly wire: FormanceClient;
  readonly connectorID: string;
}

export async function openDesk(): Promise<Desk> {
  const stage = await openStage();
  const merchant = await stage.merchant();
  await merchant.connect('stripe');
  const organization = merchant.organization as MadeOrganization;
  const { client_id: clientID, client_secret: clientSecret } =
    organization.environments[0]!.formance_client;
  const sdk = new SDK({ serverURL: stage.context.publicUrl, security: { clientID, clientSecret } });
  const { connectorsResponse } = await sdk.payments.v1.listAllConnectors();
  const connectorID = connectorsResponse?.data[0]?.connectorID ?? '';
  return {
    stage,
    merchant,
    sdk,
    connectorID,
    wire: await FormanceClient.of(stage.app, organization),
  };
}

/** How the SDK refused: the error's class, the status and Formance's code. */
export async function refusal(call: Promise<unknown>): Promise<[string, number, string]> {
  try {
    await call;
  } catch (error) {
    const { name, statusCode, errorCode } = error as Error & Record<string, unknown>;
    return [name, Number(statusCode ?? 0), String(errorCode ?? '')];
  }
  throw new Error('the call was not refused');
}
