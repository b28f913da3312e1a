// Two Switchyards, each the other's GENERIC PSP, each with a Paystack of its own: they pay each other.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectorRef, encodeConnector, encodeObject } from '../../src/domain/ledger/ids.ts';
import { type LedgerClient, ledgerClient } from '../ledger-client.ts';
import { type Merchant, openStage, type Stage } from '../stage.ts';

interface Yard {
  readonly stage: Stage;
  readonly merchant: Merchant;
  readonly ledger: LedgerClient;
  /** Its connection to Paystack. */
  readonly bank: string;
}

async function openYard(): Promise<Yard> {
  const stage = await openStage();
  const merchant = await stage.merchant();
  const bank = await merchant.connect('paystack');
  return { stage, merchant, bank, ledger: await ledgerClient(stage, merchant) };
}

let east: Yard;
let west: Yard;
let westOfEast: string;
let eastOfWest: string;
beforeAll(async () => {
  [east, west] = await Promise.all([openYard(), openYard()]);
  westOfEast = await connect(east, west);
  eastOfWest = await connect(west, east);
});
afterAll(async () => {
  await east?.stage.close();
  await west?.stage.close();
});

/** Installs `far` as a GENERIC PSP of `near`; answers the connectorID. */
async function connect(near: Yard, far: Yard): Promise<string> {
  const { v3InstallConnectorResponse } = await near.ledger.sdk.payments.v3.installConnector({
    connector: 'generic',
    v3ConnectorConfig: {
      provider: 'Generic',
      name: 'the other yard',
      apiKey: far.merchant.key,
      endpoint: `${far.stage.context.publicUrl}/generic`,
    },
  });
  return v3InstallConnectorResponse?.data ?? '';
}

function objectAt(connectorID: string, reference: string): string {
  const { Provider, Reference } = JSON.parse(Buffer.from(connectorID, 'base64url').toString());
  return encodeObject({ connector: { provider: Provider, reference: Reference }, reference });
}

/** An account at the yard's own Paystack, by the id that others know it by. */
async function recipient({ stage, merchant, bank }: Yard): Promise<string> {
  const made = await fetch(`${stage.pspUrl}/simulators/paystack/transferrecipient`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${merchant.secretKeyOf(bank)}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({
      type: 'basa',
      name: 'Tunde Bello',
      account_number: '62000000001',
      bank_code: '632005',
      currency: 'ZAR',
    }),
  });
  const { data } = (await made.json()) as { data: { recipient_code: string } };
  return own({ stage, merchant, bank } as Yard, data.recipient_code);
}

function own({ bank }: Yard, reference: string): string {
  return objectAt(encodeConnector(connectorRef({ id: bank, provider: 'paystack' })), reference);
}

let numbers = 0;
async function pay(near: Yard, far: Yard, connectorID: string) {
  const made = await near.ledger.sdk.payments.v1.createTransferInitiation({
    reference: `between-yards-${++numbers}`,
    scheduledAt: new Date(0),
    description: 'Salary',
    sourceAccountID: objectAt(connectorID, own(far, 'main')),
    destinationAccountID: objectAt(connectorID, await recipient(far)),
    connectorID,
    type: 'PAYOUT',
    amount: 8_000n,
    asset: 'ZAR/2',
    validated: true,
    metadata: {},
  });
  return made.transferInitiationResponse!.data;
}

const read = async ({ ledger }: Yard, transferId: string) =>
  (await ledger.sdk.payments.v1.getTransferInitiation({ transferId })).transferInitiationResponse!
    .data;

async function settled(near: Yard, far: Yard, id: string) {
  for (let round = 0; round < 40; round += 1) {
    await far.stage.later(11_000);
    await near.stage.later(11_000);
    const shown = await read(near, id);
    if (shown.status !== 'PROCESSING') return shown;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('it does not end');
}

const paid = ({ stage, merchant, bank }: Yard) =>
  stage.simulators.books('paystack', merchant.secretKeyOf(bank)).references;

describe('two Switchyards', () => {
  it('pay each other, once each', async () => {
    const out = await pay(east, west, westOfEast);
    expect((await settled(east, west, out.id)).status).toBe('PROCESSED');
    expect(Object.keys(paid(west))).toHaveLength(1);
    expect(Object.keys(paid(east))).toHaveLength(0);
    const back = await pay(west, east, eastOfWest);
    expect((await settled(west, east, back.id)).status).toBe('PROCESSED');
    expect(Object.keys(paid(east))).toHaveLength(1);
  });
});
