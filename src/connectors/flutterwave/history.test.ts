import { describe, expect, it } from 'vitest';
import type { MovementItem } from '../contract.ts';
import type { Transmission } from '../transport.ts';
import {
  notFound,
  ok,
  REFERENCE,
  refundData,
  refundInput,
  reply,
  scripted,
  transaction,
  transferData,
} from './fixture.ts';
import { history } from './history.ts';

const fromMs = Date.parse('2026-01-05T10:00:00.500Z');
const toMs = Date.parse('2026-01-05T10:20:00.123Z');
const window = { fromMs, toMs, cursor: null };
const payments = { ...window, kind: 'payments' } as const;
const refunds = { ...window, kind: 'refunds' } as const;
const made = { created_at: '2026-01-05T10:10:00.000Z' };
const list = (data: unknown, total_pages = 1, current_page = 1) =>
  reply(200, ok(data, { meta: { page_info: { total: 9, current_page, total_pages } } }));
const row = (changes: object = {}) => transaction({ ...made, ...changes });
const told = async (query: Parameters<typeof history>[0], ...script: Transmission[]) => {
  const answer = await history(query, scripted(...script).call);
  if (answer.kind !== 'told') throw new Error(answer.message);
  return answer.value;
};

describe('history', () => {
  it('asks for a day more at each end, and for the next page until the last', async () => {
    const { call, sent } = scripted(list([row({ id: 1 })], 2), list([row({ id: 2 })], 2, 2));
    const first = await history(payments, call);
    const next = first.kind === 'told' ? first.value.next : null;
    expect(next).toMatch(/^2:/);
    expect(await history({ ...payments, cursor: next }, call)).toMatchObject({
      value: { items: [{ reference: '2' }], next: null },
    });
    expect(sent.map(({ path }) => path)).toEqual([
      '/transactions?from=2026-01-04&to=2026-01-06&page=1',
      '/transactions?from=2026-01-04&to=2026-01-06&page=2',
    ]);
  });

  it('tells what was made within the window only', async () => {
    const at = (created_at: string, id: number) => row({ created_at, id });
    const { items } = await told(
      payments,
      list([
        at('2026-01-05T10:20:01.000Z', 4),
        at('2026-01-05T10:20:00.000Z', 3),
        at('2026-01-05T10:00:00.000Z', 2),
        at('2026-01-05T09:59:59.000Z', 1),
      ]),
    );
    expect(items.map((one) => (one as MovementItem).reference)).toEqual(['3', '2']);
  });

  it('tells the amount of the charge, not what the payer was charged for it', async () => {
    const { items, unreadable } = await told(
      payments,
      list([
        row({ id: '18446744073709551615' }),
        row({ id: 2, status: 'failed' }),
        row({ id: 3, status: 'success-pending-validation', currency: 'XAF', amount: 500 }),
        row({ id: 4, status: 'levitating' }),
        row({ id: 5, currency: 'DOGE' }),
        row({ id: 6, amount: 150.505 }),
        row({ id: 7, amount: 1e300 }),
        row({ id: 8, created_at: 'yesterday' }),
        row({ id: 9, amount: { of: 1 } }),
        row({ id: 10, currency: 'MWK', amount: '150.50' }),
        row({ id: 11, tx_ref: null, amount: 0 }),
      ]),
    );
    const amount = { amountMinor: 15_050n, currency: 'GHS' };
    const facts = { is: 'movement', type: 'pay_in', givenReference: REFERENCE, parent: null };
    expect(items).toMatchObject([
      { ...facts, reference: '18446744073709551615', status: 'SUCCEEDED', amount },
      { ...facts, reference: '2', status: 'FAILED', amount },
      { reference: '3', status: 'PENDING', amount: { amountMinor: 500n, currency: 'XAF' } },
      { reference: '10', amount: { amountMinor: 15_050n, currency: 'MWK' } },
      { reference: '11', givenReference: null, amount: { amountMinor: 0n } },
    ]);
    expect(unreadable).toEqual(['4', '5', '6', '7', '8', '9']);
  });

  it('asks the transaction once for the currency of all its refunds', async () => {
    const { reference } = refundInput;
    const { call, sent } = scripted(
      list([
        refundData({ ...made, comments: `switchyard ${reference} torn` }),
        refundData({ ...made, id: 9002, status: 'pending-momo', comments: 'torn' }),
        refundData({ ...made, id: 9003, status: 'failed' }),
        refundData({ ...made, id: 9004, tx_id: 8 }),
        refundData({ ...made, id: 9005, tx_id: null }),
        refundData({ ...made, id: 9006, status: 'completed-bank-transfer' }),
        refundData({ ...made, id: 9007, status: 'lost' }),
      ]),
      reply(200, ok(transaction())),
      reply(400, notFound),
    );
    const answer = await history(refunds, call);
    const parent = { reference: '7000001', givenReference: REFERENCE };
    const amount = { amountMinor: 5_000n, currency: 'GHS' };
    expect(answer).toMatchObject({
      kind: 'told',
      value: {
        items: [
          { status: 'REFUNDED', givenReference: reference, parent, amount },
          { status: 'PENDING', givenReference: null, parent },
          { status: 'REFUND_REVERSED' },
          { status: 'REFUNDED', reference: '9006' },
        ],
        unreadable: ['9004', '9005', '9007'],
      },
    });
    expect(sent).toHaveLength(3);
  });

  it('asks about no more transactions at a time than a call may', async () => {
    const rows = Array.from({ length: 20 }, (_, at) => refundData({ ...made, id: at, tx_id: at }));
    const verify = (id: number) => reply(200, ok(transaction({ id })));
    const ids = Array.from({ length: 20 }, (_, at) => at);
    const first = await told(refunds, list(rows), ...ids.slice(0, 15).map(verify));
    expect(first.items).toHaveLength(15);
    const rest = { ...refunds, cursor: first.next };
    const second = await told(rest, list(rows), ...ids.slice(15).map(verify));
    expect(second).toMatchObject({ items: [{}, {}, {}, {}, {}], next: null });
  });

  it('tells payouts by their status, and chargebacks of their transaction', async () => {
    const statuses = ['NEW', 'PENDING', 'SUCCESSFUL', 'FAILED', 'LOST'];
    const rows = statuses.map((status, id) => transferData({ ...made, status, id }));
    const payouts = await told({ ...window, kind: 'payouts' }, list(rows));
    expect(payouts.items).toMatchObject(
      ['PENDING', 'PENDING', 'SUCCEEDED', 'FAILED'].map((status) => ({
        type: 'payout',
        givenReference: expect.any(String),
        amount: { amountMinor: 400_000n, currency: 'NGN' },
        status,
      })),
    );
    expect(payouts.unreadable).toEqual(['4']);
    const chargeback = { ...made, id: 2221, amount: 150.5, transaction_id: 7_000_001 };
    const words = ['initiated', 'accepted', 'declined', 'won', 'lost', 'reversed', 'forgotten'];
    const disputes = await told(
      { ...window, kind: 'disputes' },
      list(words.map((status, id) => ({ ...chargeback, id, status }))),
      reply(200, ok(transaction())),
    );
    expect(disputes.items.map((one) => (one as MovementItem).status)).toEqual([
      'DISPUTE',
      'DISPUTE_LOST',
      'DISPUTE',
      'DISPUTE_WON',
      'DISPUTE_LOST',
      'DISPUTE_WON',
    ]);
    expect(disputes.unreadable).toEqual(['6']);
  });

  it('tells a balance for each currency', async () => {
    const data = [
      { currency: 'NGN', available_balance: 150_000.5, ledger_balance: 152_000.25 },
      { currency: 'KES', available_balance: '-1.5' },
      { currency: 'DOGE', available_balance: 1 },
    ];
    expect(await told({ ...window, kind: 'balances' }, reply(200, ok(data)))).toMatchObject({
      items: [
        { is: 'balance', account: 'NGN', amount: { amountMinor: 15_000_050n, currency: 'NGN' } },
        { is: 'balance', account: 'KES', amount: { amountMinor: -150n, currency: 'KES' } },
      ],
      unreadable: ['DOGE'],
      next: null,
    });
  });

  it.each<[string, Transmission[]]>([
    ['there is no answer', [{ sent: 'unknown', reason: 'reset' }]],
    ['Flutterwave failed', [reply(503, { status: 'error', message: 'contact support' })]],
    ['it may not ask so often', [reply(429, { status: 'error', message: 'Too many requests' })]],
    ['a row has no id', [list([row({ id: undefined })])]],
    ['a row is no object', [list([null])]],
    ['it does not say how many pages there are', [reply(200, ok([row()]))]],
    ['the pages are no number', [list([row()], 'many' as unknown as number)]],
    ['it is another page', [list([row()], 3, 2)]],
    ['it is no list', [list({ all: 'of it' })]],
    ['it is no JSON', [reply(200, '<html>')]],
  ])('learns nothing when %s', async (_, script) => {
    const answer = await history(payments, scripted(...script).call);
    expect(answer).toMatchObject({ kind: 'unreachable' });
  });

  it('learns nothing of refunds whose transaction cannot be asked about', async () => {
    for (const answer of [reply(500, {}), reply(429, { status: 'error', message: 'wait' })]) {
      const { call } = scripted(list([refundData(made)]), answer);
      expect(await history(refunds, call)).toMatchObject({ kind: 'unreachable' });
    }
  });

  it('stops at a list that tells its first page for ever', async () => {
    const first = await told(payments, list([row()], 1_000_000));
    const again = scripted(list([row()], 1_000_000, undefined));
    const answer = await history({ ...payments, cursor: first.next }, again.call);
    expect(answer).toMatchObject({ kind: 'unreachable' });
  });
});
