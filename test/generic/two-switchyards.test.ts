// Two Switchyards, each the other's GENERIC PSP, each with a Paystack of its own: they pay each other, and one has in its
// ledger what the other has.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectorRef, encodeConnector, encodeObject } from '../../src/domain/ledger/ids.ts';
import { type LedgerClient, ledgerClient } from '../ledger-client.ts';
import { paystackRecipient } from '../paystack-recipient.ts';
import { type Merchant, openStage, type Stage } from '../stage.ts';

interface Yard {
  readonly stage: Stage;
  readonly merchant: Merchant;
  ledger: LedgerClient;
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
async function recipient(yard: Yard): Promise<string> {
  const { stage, merchant, bank } = yard;
  return own(yard, await paystackRecipient(stage, merchant, bank));
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

const MINUTE = 60_000;

/** The ledger of one yard's connector, by reference: what was first, what is left, how often it was given back. */
async function ledgerOf({ ledger }: Yard, connectorID: string) {
  const { v3PaymentsCursorResponse } = await ledger.sdk.payments.v3.listPayments({
    query: { $match: { connector_id: connectorID } },
    pageSize: 100,
  });
  return new Map(
    v3PaymentsCursorResponse!.cursor.data.map(
      ({ reference, type, asset, status, initialAmount, amount, metadata }) => [
        reference,
        { type, asset, status, initialAmount, amount, metadata },
      ],
    ),
  );
}

describe('a Switchyard that polls another', () => {
  let near: Yard;
  let far: Yard;
  let connectorID: string;
  let books: string;
  beforeAll(async () => {
    [near, far] = await Promise.all([openYard(), openYard()]);
    const { v3InstallConnectorResponse } = await far.ledger.sdk.payments.v3.installConnector({
      connector: 'dummypay',
      v3ConnectorConfig: { provider: 'Dummypay', name: 'books', directory: '/' },
    });
    books = v3InstallConnectorResponse?.data ?? '';
    connectorID = await connect(near, far);
  });
  afterAll(async () => {
    await near?.stage.close();
    await far?.stage.close();
  });

  const polled = async () => {
    await far.stage.later(31 * MINUTE);
    await near.stage.later(31 * MINUTE);
    near.ledger = await ledgerClient(near.stage, near.merchant);
    far.ledger = await ledgerClient(far.stage, far.merchant);
    return ledgerOf(near, connectorID);
  };

  async function charge() {
    const { body } = await far.merchant.send('POST', '/payments/intents', {
      amount: 5000,
      currency: 'ZAR',
      country: 'ZA',
      method: 'card',
      customer_id: 'ama@example.com',
      return_url: 'https://shop.example/back',
      metadata: { order: '7' },
    });
    await fetch(body.next_action.url, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'outcome=success',
    });
    await far.stage.later(MINUTE);
    return body.id as string;
  }

  it('has its payments, and each refund of them, to the minor unit', async () => {
    const id = await charge();
    const paid = { type: 'PAY-IN', asset: 'ZAR/2', initialAmount: 5000n };
    expect((await polled()).get(id)).toMatchObject({
      ...paid,
      status: 'SUCCEEDED',
      amount: 5000n,
      metadata: { order: '7' },
    });
    for (const amount of [1200, 301])
      await far.merchant.send('POST', `/payments/${id}/refund`, { amount });
    await far.stage.later(MINUTE);
    await far.stage.later(MINUTE);
    const refunded = { ...paid, status: 'REFUNDED', amount: 3499n };
    await expect
      .poll(async () => (await polled()).get(id), { timeout: 20_000 })
      .toMatchObject(refunded);
    expect((await polled()).get(id)).toMatchObject(refunded);
    expect(await mismatchesOf(near)).toEqual([]);
  });

  it('has its payouts, whoever sent them, and its own only once', async () => {
    const own = await pay(near, far, connectorID);
    await settled(near, far, own.id);
    const before = (await polled()).size;
    const made = await far.ledger.sdk.payments.v1.createTransferInitiation({
      reference: 'of the far one',
      scheduledAt: new Date(0),
      description: '',
      sourceAccountID: '',
      destinationAccountID: await recipient(far),
      connectorID: encodeConnector(connectorRef({ id: far.bank, provider: 'paystack' })),
      type: 'PAYOUT',
      amount: 8_001n,
      asset: 'ZAR/2',
      validated: true,
      metadata: {},
    });
    expect(made.transferInitiationResponse?.data.amount).toBe(8_001n);
    const after = await polled();
    expect(after.size).toBe(before + 1);
    const payouts = async () =>
      [...(await polled()).values()]
        .filter(({ type }) => type === 'PAYOUT')
        .map(({ status, amount }) => `${status} ${amount}`);
    await expect
      .poll(async () => (await payouts()).sort(), { timeout: 20_000 })
      .toEqual(['SUCCEEDED 8000', 'SUCCEEDED 8001']);
    expect(await mismatchesOf(near)).toEqual([]);
  });

  it('has its accounts and their balances', async () => {
    const { v3 } = far.ledger.sdk.payments;
    for (const type of ['INTERNAL', 'EXTERNAL'] as const)
      await v3.createAccount({
        reference: `acc-${type}`,
        connectorID: books,
        createdAt: new Date('2024-01-01T00:00:00Z'),
        accountName: `The ${type} one`,
        type,
        metadata: { a: 'b' },
      });
    await far.stage.context.db.run(
      {
        name: '',
        text: `INSERT INTO account_balances (environment_id, connection_id, account_reference, unit, asset, balance,
  created_at, last_updated_at)
SELECT environment_id, connection_id, reference, u.unit, u.asset, u.balance, now(), now() FROM accounts,
  (VALUES ('ZAR', 'ZAR/2', 9007199254740993), ('COIN', 'COIN', -5)) AS u(unit, asset, balance)
WHERE reference = 'acc-INTERNAL'`,
      },
      [],
    );
    await polled();
    const { v3AccountsCursorResponse } = await near.ledger.sdk.payments.v3.listAccounts({
      query: { $match: { connector_id: connectorID } },
      pageSize: 100,
    });
    const theirs = v3AccountsCursorResponse!.cursor.data;
    const named = (name: string) => theirs.find((one) => one.name === name)!;
    expect(named('The INTERNAL one')).toMatchObject({
      reference: objectAt(books, 'acc-INTERNAL'),
      type: 'INTERNAL',
      metadata: { a: 'b' },
    });
    expect(named('The EXTERNAL one')).toMatchObject({ type: 'EXTERNAL' });
    const { text } = await near.ledger.send(
      'GET',
      `/v3/accounts/${named('The INTERNAL one').id}/balances`,
    );
    expect(text).toContain('"balance":9007199254740993');
    expect(text).toContain('"balance":-5');
  });
});

async function mismatchesOf({ stage, merchant }: Yard) {
  const environment = merchant.organization.environments[0]!.id;
  const reply = await stage.app.inject({
    url: `/admin/v1/reconciliation?environment_id=${environment}`,
    headers: { authorization: 'Bearer test-admin-token', 'x-actor-id': 'ama' },
  });
  return reply.json().mismatches;
}
