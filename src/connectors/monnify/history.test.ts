import { describe, expect, it } from 'vitest';
import type { MovementItem } from '../contract.ts';
import type { Transmission } from '../transport.ts';
import {
  ok,
  payoutData,
  REFERENCE,
  refundData,
  refundInput,
  reply,
  scripted,
  TRANSACTION,
  transaction,
} from './fixture.ts';
import { history } from './history.ts';
import { instantOf } from './instant.ts';

const fromMs = Date.parse('2026-01-05T10:00:00.500Z');
const toMs = Date.parse('2026-01-05T10:20:00.123Z');
const window = { fromMs, toMs, cursor: null };
const payments = { ...window, kind: 'payments' } as const;
const refunds = { ...window, kind: 'refunds' } as const;
const createdOn = '2026-01-05T10:10:00.000+00:00';
const row = (changes: object = {}) => ({
  createdOn,
  amount: 1500.5,
  currencyCode: 'NGN',
  paymentStatus: 'PAID',
  transactionReference: TRANSACTION,
  paymentReference: REFERENCE,
  ...changes,
});
const list = (content: unknown, more: object = { last: true }) =>
  reply(200, ok({ content, ...more }));
const told = async (query: Parameters<typeof history>[0], ...script: Transmission[]) => {
  const answer = await history(query, scripted(script).call);
  if (answer.kind !== 'told') throw new Error(answer.message);
  return answer.value;
};

describe('history', () => {
  it('asks for times, from page nought on', async () => {
    const { call, sent } = scripted([
      list([row()], { number: 0, totalPages: 2 }),
      list([row({ transactionReference: 'MNFY|2' })], { number: 1, totalPages: 2 }),
    ]);
    const first = await history(payments, call);
    const next = first.kind === 'told' ? first.value.next : null;
    const second = await history({ ...payments, cursor: next }, call);
    expect(second).toMatchObject({ value: { items: [{ reference: 'MNFY|2' }], next: null } });
    const times = `from=${fromMs}&to=${toMs}`;
    expect(sent.map(({ path }) => path)).toEqual([
      `/api/v1/transactions/search?page=0&size=15&${times}`,
      `/api/v1/transactions/search?page=1&size=15&${times}`,
    ]);
  });

  it('tells what was paid, and names what it cannot read', async () => {
    const named = (transactionReference: string, changes: object) =>
      row({ transactionReference, ...changes });
    const { items, unreadable } = await told(
      payments,
      list([
        row(),
        named('part', { paymentStatus: 'PARTIALLY_PAID' }),
        named('late', { paymentStatus: 'EXPIRED' }),
        named('left', { paymentStatus: 'USER_CANCELLED' }),
        named('odd', { paymentStatus: 'LEVITATING' }),
        named('fine', { amount: '1500.505' }),
        named('coin', { currencyCode: 'DOGE' }),
        named('none', { amount: null }),
        named('when', { createdOn: 'yesterday' }),
      ]),
    );
    const amount = { amountMinor: 150_050n, currency: 'NGN' };
    expect(items).toMatchObject([
      { status: 'SUCCEEDED', reference: TRANSACTION, givenReference: REFERENCE, amount },
      { status: 'PENDING', reference: 'part' },
      { status: 'FAILED', reference: 'late' },
      { status: 'CANCELLED', reference: 'left' },
    ]);
    expect(unreadable).toEqual(['odd', 'fine', 'coin', 'none', 'when']);
  });

  it('asks how much more than asked for was paid', async () => {
    const over = row({ paymentStatus: 'OVERPAID' });
    const paid = transaction({ paymentStatus: 'OVERPAID', amountPaid: '2000.00' });
    const { call, sent } = scripted([list([over]), reply(200, ok(paid))]);
    expect(await history(payments, call)).toMatchObject({
      value: { items: [{ status: 'SUCCEEDED', amount: { amountMinor: 200_000n } }] },
    });
    expect(sent[1]!.path).toBe(`/api/v2/transactions/${encodeURIComponent(TRANSACTION)}`);
    const other = transaction({ transactionReference: 'another' });
    for (const answer of [reply(500, {}), reply(200, ok(other))])
      expect(await history(payments, scripted([list([over]), answer]).call)).toMatchObject({
        kind: 'unreachable',
      });
  });

  it('tells refunds with their payment, in Lagos time', async () => {
    const at = '05/01/2026 11:10:00 AM';
    const rows = ['PENDING', 'IN_PROGRESS', 'COMPLETED', 'FAILED', 'LOST'].map((refundStatus) =>
      refundData({ refundStatus, createdOn: at }),
    );
    const { items, unreadable } = await told(refunds, list(rows));
    const { reference } = refundInput;
    const facts = {
      reference,
      givenReference: reference,
      parent: { reference: TRANSACTION, givenReference: null },
      createdAtMs: Date.parse(createdOn),
      amount: { amountMinor: 50_000n, currency: 'NGN' },
    };
    const states = ['PENDING', 'PENDING', 'REFUNDED', 'REFUND_REVERSED'];
    expect(items).toEqual(states.map((status) => expect.objectContaining({ ...facts, status })));
    expect(unreadable).toEqual([reference]);
  });

  it('reads a list without dates until it has gone past the window, if that is its order', async () => {
    const day = (at: number) => {
      const refundReference = `r${at}`;
      return refundData({
        refundReference,
        createdOn: new Date(toMs - at * 86_400_000).toISOString(),
      });
    };
    const days = Array.from({ length: 12 }, (_, at) => day(at));
    expect(await told(refunds, list(days, {}))).toMatchObject({ next: null });
    // Oldest first, or in no order, or too few to tell: what is wanted may still come.
    for (const rows of [
      days.toReversed(),
      [...days.slice(6), ...days.slice(0, 6)],
      days.slice(0, 9),
    ])
      expect(await told(refunds, list(rows, {}))).toMatchObject({ next: expect.any(String) });
    const wanted = { ...refunds, fromMs: 0 };
    expect(await told(wanted, list(days, {}))).toMatchObject({ next: expect.any(String) });
  });

  it('tells payouts, and what came back as failed', async () => {
    const words = ['PENDING_AUTHORIZATION', 'AWAITING_PROCESSING', 'SUCCESS', 'REVERSED', 'LOST'];
    const rows = words.map((status) =>
      payoutData({
        status,
        reference: status,
        currency: 'NGN',
        createdOn: '2026-01-05T10:10:00.000+0000',
      }),
    );
    const { items, unreadable } = await told({ ...window, kind: 'payouts' }, list(rows));
    expect(items.map((one) => (one as MovementItem).status)).toEqual([
      'PENDING',
      'PENDING',
      'SUCCEEDED',
      'FAILED',
    ]);
    expect(items[0]).toMatchObject({ type: 'payout', amount: { amountMinor: 10_000n } });
    expect(unreadable).toEqual(['LOST']);
  });

  it('tells the balance of the wallet, if there is one', async () => {
    const balances = { ...window, kind: 'balances' } as const;
    const wallet = reply(200, ok({ availableBalance: '150000.50', ledgerBalance: 1 }));
    const amount = { amountMinor: 15_000_050n, currency: 'NGN' };
    expect(await told(balances, wallet)).toMatchObject({
      items: [{ is: 'balance', account: '9000000001', amount }],
    });
    const { call } = scripted([]);
    const without = { ...call, credentials: {} };
    expect(await history(balances, without)).toMatchObject({ value: { items: [] } });
  });

  it.each<[string, Transmission]>([
    ['there is no answer', { sent: 'unknown', reason: 'reset' }],
    ['Monnify failed', reply(500, {})],
    ['a row has no name', list([row({ transactionReference: undefined })])],
    ['a row is no object', list([null])],
    ['it is another page', list([row()], { number: 3, last: false })],
    ['it is no list', list({ all: 'of it' })],
    ['it is no JSON', reply(200, '<html>')],
  ])('learns nothing when %s', async (_, answer) => {
    expect(await history(payments, scripted([answer]).call)).toMatchObject({
      kind: 'unreachable',
    });
  });

  it('stops at a list that tells its first page for ever', async () => {
    const forever = list([row()], { last: false });
    const { next } = await told(payments, forever);
    expect(await history({ ...payments, cursor: next }, scripted([forever]).call)).toMatchObject({
      kind: 'unreachable',
    });
  });
});

describe('times of Monnify', () => {
  it.each([
    ['2026-01-05T10:15:49.289+00:00', '2026-01-05T10:15:49.289Z'],
    ['2026-01-05T10:15:49.289+0000', '2026-01-05T10:15:49.289Z'],
    ['2026-01-05 11:20:42.6', '2026-01-05T10:20:42.600Z'],
    ['2026-01-05T11:15:00.123456789', '2026-01-05T10:15:00.123Z'],
    ['05/01/2026 11:15:32 AM', '2026-01-05T10:15:32.000Z'],
    ['06/01/2026 4:23:37 PM', '2026-01-06T15:23:37.000Z'],
    ['06/01/2026 12:00:00 AM', '2026-01-05T23:00:00.000Z'],
    ['06/01/2026 12:00:00 PM', '2026-01-06T11:00:00.000Z'],
  ])('%s is %s', (text, instant) => {
    expect(instantOf(text)).toBe(Date.parse(instant));
  });

  it.each([
    null,
    7,
    '',
    'now',
    '2026-13-05T10:15:49Z',
    '31/31/2026 4:23:37 PM',
    '06/01/2026 13:23:37 PM',
    '06/01/2026 0:23:37 AM',
  ])('%s is none', (text) => {
    expect(instantOf(text)).toBe(null);
  });
});
