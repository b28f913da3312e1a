// Two Switchyards, each the other's GENERIC PSP, each with a Paystack of its own: they pay each other.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
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
async function connect(
  near: Yard,
  far: Yard,
  { name = 'the other yard', url = far.stage.context.publicUrl } = {},
): Promise<string> {
  const { v3InstallConnectorResponse } = await near.ledger.sdk.payments.v3.installConnector({
    connector: 'generic',
    v3ConnectorConfig: {
      provider: 'Generic',
      name,
      apiKey: far.merchant.key,
      endpoint: `${url}/generic`,
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

/** Passes requests on, and cuts the line instead of answering one that moves money. */
async function openLossyLine(to: string) {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = 'GET', url = '/', headers } = request;
    const answer = await fetch(`${to}${url}`, {
      method,
      headers: {
        authorization: headers.authorization ?? '',
        ...(method === 'GET' ? {} : { 'content-type': 'application/json' }),
      },
      ...(method === 'GET' ? {} : { body: Buffer.concat(chunks) }),
    });
    if (method === 'POST') response.destroy();
    else response.writeHead(answer.status).end(await answer.text());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}

describe('two Switchyards', () => {
  it('with a line that loses the answer: the payout is found, and paid once', async () => {
    const line = await openLossyLine(west.stage.context.publicUrl);
    const connectorID = await connect(east, west, { name: 'lossy', url: line.url });
    const before = Object.keys(paid(west)).length;
    const out = await pay(east, west, connectorID);
    expect(out.status).toBe('PROCESSING');
    expect((await settled(east, west, out.id)).status).toBe('PROCESSED');
    expect(Object.keys(paid(west))).toHaveLength(before + 1);
    line.close();
  });

  it('pay each other, once each', async () => {
    const out = await pay(east, west, westOfEast);
    expect((await settled(east, west, out.id)).status).toBe('PROCESSED');
    expect(Object.keys(paid(west))).toHaveLength(2);
    expect(Object.keys(paid(east))).toHaveLength(0);
    const back = await pay(west, east, eastOfWest);
    expect((await settled(west, east, back.id)).status).toBe('PROCESSED');
    expect(Object.keys(paid(east))).toHaveLength(1);
  });
});
