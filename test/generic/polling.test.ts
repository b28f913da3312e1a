// A generic PSP of the test's own is polled: what it lists is in the ledger, once, and to the minor unit, in whatever order
// it tells it.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LedgerClient, ledgerClient } from '../ledger-client.ts';
import { type Merchant, openStage, type Stage } from '../stage.ts';

const HOUR = 60 * 60_000;

interface Row {
  readonly id: string;
  readonly [member: string]: unknown;
}

/** Its lists; the test changes them. */
const lists: Record<string, Row[]> = { accounts: [], beneficiaries: [], transactions: [] };
const balances: Record<string, unknown> = {};

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://psp');
  const [, list = '', id = ''] = pathname.split('/');
  const answer = (status: number, body: unknown) =>
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(JSON.stringify(body, (_, value) => value));
  if (id !== '') return answer(id in balances ? 200 : 404, balances[decodeURIComponent(id)] ?? {});
  const instant = list === 'transactions' ? 'updatedAt' : 'createdAt';
  const from = searchParams.get(`${instant}From`) ?? '';
  const size = Number(searchParams.get('pageSize'));
  const at = (Number(searchParams.get('page')) - 1) * size;
  const found = (lists[list] ?? [])
    .filter((row) => String(row[instant]) >= from)
    .sort((a, b) => (String(a[instant]) < String(b[instant]) ? -1 : 1));
  return answer(200, found.slice(at, at + size));
});

let stage: Stage;
let merchant: Merchant;
let ledger: LedgerClient;
let connectorID: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  stage = await openStage();
  merchant = await stage.merchant();
  ledger = await ledgerClient(stage, merchant);
  const { v3InstallConnectorResponse } = await ledger.sdk.payments.v3.installConnector({
    connector: 'generic',
    v3ConnectorConfig: {
      provider: 'Generic',
      name: 'odd psp',
      apiKey: 'key',
      endpoint: `http://127.0.0.1:${port}`,
    },
  });
  connectorID = v3InstallConnectorResponse?.data ?? '';
});
afterAll(async () => {
  server.close();
  await stage?.close();
});

const now = (moreMs = 0) => new Date(stage.clock.nowMs() + moreMs).toISOString();
const tx = (id: string, more: object = {}): Row => ({
  id,
  createdAt: now(),
  updatedAt: now(),
  currency: 'ZAR/2',
  type: 'PAYIN',
  status: 'SUCCEEDED',
  amount: '5000',
  ...more,
});
const tell = (...rows: Row[]) => lists.transactions!.push(...rows);

async function polled() {
  await stage.later(HOUR);
  ledger = await ledgerClient(stage, merchant);
  const { v3PaymentsCursorResponse } = await ledger.sdk.payments.v3.listPayments({
    query: { $match: { connector_id: connectorID } },
    pageSize: 100,
  });
  return new Map(v3PaymentsCursorResponse!.cursor.data.map((one) => [one.reference, one]));
}
const mismatches = async (status: string) => {
  const environment = merchant.organization.environments[0]!.id;
  const reply = await stage.app.inject({
    url: `/admin/v1/reconciliation?environment_id=${environment}&status=${status}`,
    headers: { authorization: 'Bearer test-admin-token', 'x-actor-id': 'ama' },
  });
  return (reply.json().mismatches as { what: string; psp_reference: string }[])
    .map(({ what, psp_reference }) => `${what} ${psp_reference}`)
    .sort();
};

describe('what a generic PSP lists', () => {
  it('is a payment of the ledger, with what became of it', async () => {
    tell(tx('paid', { scheme: 'CARD_VISA', metadata: { order: '7' }, sourceAccountID: 'acc_1' }));
    const { v3 } = ledger.sdk.payments;
    const paid = (await polled()).get('paid');
    expect(paid).toMatchObject({
      type: 'PAY-IN',
      status: 'SUCCEEDED',
      amount: 5000n,
      asset: 'ZAR/2',
      scheme: 'CARD_VISA',
      metadata: { order: '7' },
    });
    const read = await v3.getPayment({ paymentID: paid!.id });
    expect(read.v3GetPaymentResponse?.data.sourceAccountID).toEqual(expect.any(String));
    const of = { relatedTransactionID: 'paid' };
    tell(tx('back', { ...of, status: 'REFUNDED', amount: '1200' }));
    expect((await polled()).get('paid')).toMatchObject({ status: 'REFUNDED', amount: 3800n });
    tell(tx('again', { ...of, status: 'REFUND_REVERSED', amount: '200' }));
    expect((await polled()).get('paid')).toMatchObject({ amount: 4000n });
    tell(tx('contested', { ...of, status: 'DISPUTE' }));
    expect((await polled()).get('paid')).toMatchObject({ status: 'DISPUTE', amount: 4000n });
    expect(await mismatches('open')).toEqual([]);
  });

  it('attaches to its parent also when that comes later', async () => {
    const of = { relatedTransactionID: 'late' };
    tell(tx('early-1', { ...of, status: 'REFUNDED', amount: '100' }));
    tell(tx('early-2', { ...of, status: 'REFUNDED', amount: '50' }));
    tell(tx('early-3', { ...of, status: 'REFUND_REVERSED', amount: '50' }));
    expect((await polled()).has('late')).toBe(false);
    expect(await mismatches('open')).toEqual([
      'unknown_payment early-1',
      'unknown_payment early-2',
      'unknown_payment early-3',
    ]);
    tell(tx('late'));
    expect((await polled()).get('late')).toMatchObject({ initialAmount: 5000n, amount: 4900n });
    expect(await mismatches('open')).toEqual([]);
    expect((await polled()).get('late')).toMatchObject({ amount: 4900n });
  });

  it('is a payout, a transfer or something else, in whatever it counts', async () => {
    tell(
      tx('out', { type: 'PAYOUT', status: 'PENDING', currency: 'JPY', amount: '7' }),
      tx('over', { type: 'TRANSFER', currency: 'BTC/8', amount: '9223372036854775807' }),
      tx('held', { status: 'AUTHORISATION' }),
    );
    const first = await polled();
    expect(first.get('out')).toMatchObject({ type: 'PAYOUT', status: 'PENDING', asset: 'JPY/0' });
    expect(first.get('over')).toMatchObject({ type: 'TRANSFER', asset: 'BTC/8' });
    expect(first.get('held')).toMatchObject({ initialAmount: 5000n, amount: 0n });
    const at = lists.transactions!.findIndex(({ id }) => id === 'out');
    lists.transactions![at] = { ...lists.transactions![at]!, status: 'FAILED', updatedAt: now() };
    tell(tx('taken', { relatedTransactionID: 'held', status: 'CAPTURE', amount: '4000' }));
    const then = await polled();
    expect(then.get('out')).toMatchObject({ status: 'FAILED', amount: 7n });
    expect(then.get('held')).toMatchObject({ status: 'CAPTURE', amount: 4000n });
  });

  it('comes back to a status that it has had', async () => {
    tell(tx('won'));
    const become = async (more: object) => {
      const at = lists.transactions!.findIndex(({ id }) => id === 'won');
      lists.transactions![at] = { ...lists.transactions![at]!, ...more, updatedAt: now() };
      await polled();
      return (await polled()).get('won');
    };
    const paid = { status: 'SUCCEEDED', amount: 5000n };
    expect((await polled()).get('won')).toMatchObject(paid);
    expect(await become({ status: 'DISPUTE' })).toMatchObject({ ...paid, status: 'DISPUTE' });
    expect(await become({ status: 'SUCCEEDED' })).toMatchObject(paid);
    expect(await become({ metadata: { note: 'x' } })).toMatchObject(paid);
    expect((await become({}))?.adjustments).toHaveLength(3);
    expect(await become({ status: 'REFUNDED' })).toMatchObject({ status: 'REFUNDED', amount: 0n });
    expect(await become({ status: 'SUCCEEDED' })).toMatchObject({ status: 'SUCCEEDED' });
    expect(await become({ status: 'REFUNDED' })).toMatchObject({ amount: 0n });
  });

  it('and cannot be read, or cannot be, is kept for an operator, and the rest is read', async () => {
    tell(
      tx('words', { amount: 'many' }),
      tx('beyond', { relatedTransactionID: 'paid', status: 'REFUNDED', amount: '999999' }),
      tx('fine'),
    );
    expect((await polled()).has('fine')).toBe(true);
    expect(await mismatches('open')).toEqual(['contradiction beyond', 'unreadable words']);
    const at = lists.transactions!.findIndex(({ id }) => id === 'words');
    lists.transactions![at] = tx('words');
    expect((await polled()).has('words')).toBe(true);
    expect(await mismatches('open')).toEqual(['contradiction beyond']);
  });

  it('has accounts, beneficiaries and balances, of which one that cannot be read hides no other', async () => {
    lists.accounts!.push(
      { id: 'acc_1', accountName: 'Main', createdAt: '2024-01-01T00:00:00Z' },
      { id: 'acc_2', accountName: 'No balances', createdAt: '2024-01-01T00:00:00Z' },
      { id: 'acc_3', accountName: 'Spare', createdAt: '2024-01-02T00:00:00Z' },
    );
    lists.beneficiaries!.push({ id: 'ben_1', ownerName: 'Ada', createdAt: '2024-01-01T00:00:00Z' });
    const of = (id: string, amount: string) => {
      const list = [{ amount, currency: 'ZAR/2' }];
      balances[id] = { id, accountID: id, at: now(), balances: list };
    };
    of('acc_1', '150');
    of('acc_3', '-7');
    await polled();
    const { v3 } = ledger.sdk.payments;
    const { v3AccountsCursorResponse } = await v3.listAccounts({
      query: { $match: { connector_id: connectorID } },
    });
    const known = v3AccountsCursorResponse!.cursor.data;
    expect(known.map(({ reference, type, name }) => `${reference} ${type} ${name}`).sort()).toEqual(
      [
        'acc_1 INTERNAL Main',
        'acc_2 INTERNAL No balances',
        'acc_3 INTERNAL Spare',
        'ben_1 EXTERNAL Ada',
      ],
    );
    const balanceOf = async (reference: string) => {
      const accountID = known.find((one) => one.reference === reference)!.id;
      const told = await ledger.sdk.payments.v3.getAccountBalances({ accountID });
      return told.v3BalancesCursorResponse!.cursor.data.map(({ balance }) => balance);
    };
    expect([await balanceOf('acc_1'), await balanceOf('acc_3')]).toEqual([[150n], [-7n]]);
    of('acc_1', '90');
    await polled();
    expect(await balanceOf('acc_1')).toEqual([90n, 150n]);
    expect(await mismatches('open')).toContain('unreadable acc_2');
  });

  it('names its capabilities', async () => {
    const { v3ConnectorCapabilityResponse } = await ledger.sdk.payments.v3.getConnectorCapabilities(
      { connectorID },
    );
    expect(v3ConnectorCapabilityResponse?.data).toEqual(
      expect.arrayContaining([
        'FETCH_ACCOUNTS',
        'FETCH_BALANCES',
        'FETCH_EXTERNAL_ACCOUNTS',
        'FETCH_PAYMENTS',
        'CREATE_TRANSFER',
        'CREATE_PAYOUT',
      ]),
    );
  });
});
