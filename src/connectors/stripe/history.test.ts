import { describe, expect, it } from 'vitest';
import type { Transmission } from '../transport.ts';
import {
  intent,
  ok,
  paidIntent,
  payoutObject,
  refundObject,
  refusal,
  replied,
  scripted,
} from './fixtures.ts';
import { history } from './history.ts';

const window = { fromMs: 1_767_225_600_999, toMs: 1_767_229_200_001, cursor: null };
const payments = { ...window, kind: 'payments' } as const;
const refunds = { ...window, kind: 'refunds' } as const;
const page = (data: readonly unknown[], has_more = false) => ok({ object: 'list', data, has_more });
const created = 1_767_226_000;

async function told(query: Parameters<typeof history>[0], ...rows: readonly object[]) {
  const answer = await history(query, scripted(page(rows)));
  if (answer.kind !== 'told') throw new Error(answer.message);
  return answer.value;
}

describe('history', () => {
  it('asks for whole seconds, both ends included, and goes on after the last row', async () => {
    const call = scripted(page([paidIntent({ created })], true));
    const answer = await history({ ...payments, cursor: 'pi_before' }, call);
    const path = decodeURIComponent(call.requests[0]!.path);
    expect(path).toContain('/v1/payment_intents?created[gte]=1767225600&created[lte]=1767229200');
    expect(path).toContain('starting_after=pi_before');
    expect(answer).toMatchObject({ kind: 'told', value: { next: paidIntent().id } });
  });

  it('tells what was taken, and names what it cannot read', async () => {
    const read = await told(
      payments,
      paidIntent({ created }),
      intent({ id: 'pi_odd', created, status: 'levitating' }),
      intent({ id: 'pi_coin', created, currency: 'doge' }),
      intent({ id: 'pi_never', created: 'yesterday' }),
    );
    expect(read.items).toMatchObject([{ status: 'SUCCEEDED', createdAtMs: created * 1000 }]);
    expect(read.unreadable).toEqual(['pi_odd', 'pi_coin', 'pi_never']);
  });

  it('passes over the release of an authorisation, which moved no money', async () => {
    const released = refundObject({ created, status: 'succeeded', balance_transaction: null });
    expect(await told(refunds, released)).toEqual({ items: [], unreadable: [], next: null });
    const given = refundObject({ created, status: 'succeeded', balance_transaction: 'txn_1' });
    expect((await told(refunds, given)).items).toMatchObject([{ status: 'REFUNDED' }]);
  });

  it.each<[string, Transmission]>([
    ['there is no answer', { sent: 'unknown', reason: 'reset' }],
    ['Stripe failed', replied(500, {})],
    ['a row has no id', page([{ object: 'payment_intent' }])],
    ['a row is no object', page([null])],
    ['it does not say whether there is more', ok({ data: [] })],
    ['it is no list', ok({ data: 'all of it' })],
  ])('learns nothing when %s', async (_, answer) => {
    expect(await history(payments, scripted(answer))).toMatchObject({ kind: 'unreachable' });
  });

  it('says nothing of the key when it was refused', async () => {
    const answer = await history(payments, scripted(refusal(401, { message: 'bad sk_test_demo' })));
    expect(answer).toEqual({ kind: 'refused', message: expect.not.stringContaining('sk_') });
  });
});

describe('the history of transfers', () => {
  const asked = { ...window, kind: 'payouts', cursor: 'transfers' } as const;
  const reversal = (id: string, changes: object = {}) => ({
    id,
    object: 'transfer_reversal',
    amount: 200,
    currency: 'usd',
    created: created + 60,
    metadata: {},
    ...changes,
  });
  const transfer = (changes: object = {}, ...reversals: readonly unknown[]) => ({
    id: 'tr_1',
    object: 'transfer',
    amount: 5000,
    currency: 'usd',
    created,
    destination: 'acct_shop',
    metadata: { reference: 'r1' },
    reversals: { object: 'list', data: reversals, has_more: false },
    ...changes,
  });

  it('follows that of payouts', async () => {
    const last = await history({ ...asked, cursor: null }, scripted(page([])));
    expect(last).toMatchObject({ kind: 'told', value: { next: 'transfers' } });
    const call = scripted(page([transfer()], true));
    expect(await history(asked, call)).toMatchObject({ value: { next: 'tr_1' } });
    expect(call.requests[0]!.path).toMatch(/^\/v1\/transfers\?(?!.*starting_after)/);
    const next = scripted(page([]));
    await history({ ...asked, cursor: 'tr_1' }, next);
    expect(next.requests[0]!.path).toContain('starting_after=tr_1');
  });

  it('tells of what was called back too, the transfer before its reversals', async () => {
    const { items } = await told(asked, transfer({}, reversal('trr_2'), reversal('trr_1')));
    const parent = { reference: 'tr_1', givenReference: 'r1' };
    expect(items).toMatchObject([
      { reference: 'trr_2', type: 'transfer', status: 'REFUNDED', parent },
      { reference: 'trr_1', status: 'REFUNDED', amount: { amountMinor: 200n } },
      { reference: 'tr_1', type: 'transfer', status: 'SUCCEEDED', parent: null },
    ]);
    expect(items[2]).toMatchObject({ destinationAccount: 'acct_shop', givenReference: 'r1' });
  });

  it('names what it cannot read whole', async () => {
    const { items, unreadable } = await told(
      asked,
      transfer({ id: 'tr_many', reversals: { data: [], has_more: true } }),
      transfer({ id: 'tr_odd' }, reversal('trr_1', { amount: 0.5 })),
      transfer({ id: 'tr_null' }, null),
    );
    expect([items, unreadable]).toEqual([[], ['tr_many', 'tr_odd', 'tr_null']]);
  });

  it('is empty for a key that may not see them', async () => {
    const refused = scripted(refusal(403, { message: 'The key does not have the permissions' }));
    expect(await history(asked, refused)).toMatchObject({ kind: 'told', value: { items: [] } });
  });
});

describe('the history of payouts', () => {
  it.each([
    ['pending', 'PENDING'],
    ['in_transit', 'PENDING'],
    ['paid', 'SUCCEEDED'],
    ['failed', 'FAILED'],
    ['canceled', 'CANCELLED'],
  ])('tells of one that is %s, and where it goes', async (status, shown) => {
    const payout = payoutObject({ created, status, destination: 'ba_1' });
    const read = await told({ ...window, kind: 'payouts' }, payout);
    const about = { type: 'payout', parent: null, destinationAccount: 'ba_1' };
    expect(read.items).toMatchObject([{ ...about, status: shown, createdAtMs: created * 1000 }]);
  });
});

describe('the history of disputes', () => {
  /** The documented example (psp/stripe.md section 9). */
  const dispute = (changes: object) => ({
    id: 'dp_demo1',
    object: 'dispute',
    amount: 1000,
    currency: 'usd',
    charge: 'ch_demo1',
    payment_intent: 'pi_demo1',
    reason: 'fraudulent',
    created,
    ...changes,
  });

  it.each([
    ['warning_needs_response', 'DISPUTE'],
    ['needs_response', 'DISPUTE'],
    ['under_review', 'DISPUTE'],
    ['won', 'DISPUTE_WON'],
    ['warning_closed', 'DISPUTE_WON'],
    ['lost', 'DISPUTE_LOST'],
  ])('tells what %s makes of the payment', async (status, shown) => {
    const read = await told({ ...window, kind: 'disputes' }, dispute({ status }));
    const parent = { reference: 'pi_demo1', givenReference: null };
    const amount = { amountMinor: 1000n, currency: 'USD' };
    expect(read.items).toMatchObject([{ reference: 'dp_demo1', status: shown, parent, amount }]);
  });

  it('names one whose status means nothing', async () => {
    const read = await told({ ...window, kind: 'disputes' }, dispute({ status: 'forgotten' }));
    expect(read).toMatchObject({ items: [], unreadable: ['dp_demo1'] });
  });
});

describe('accounts', () => {
  const accounts = { ...window, kind: 'accounts' } as const;
  const own = {
    id: 'acct_1',
    object: 'account',
    country: 'US',
    created,
    default_currency: 'usd',
    settings: { dashboard: { display_name: 'Ama' } },
    external_accounts: {
      data: [
        { id: 'ba_1', bank_name: 'One', currency: 'eur', last4: '6789', routing_number: '11' },
      ],
    },
  };

  it('are the own one and its bank accounts first, then those that are connected', async () => {
    const call = scripted(ok(own), page([{ id: 'acct_2', object: 'account', created }], true));
    const first = await history(accounts, call);
    expect(first).toMatchObject({
      value: {
        items: [
          { reference: 'ba_1', type: 'EXTERNAL', name: 'One', defaultUnit: 'EUR' },
          { reference: 'acct_1', type: 'INTERNAL', name: 'Ama', defaultUnit: 'USD' },
        ],
      },
    });
    const { next } = (first as { value: { next: string } }).value;
    const second = await history({ ...accounts, cursor: next }, call);
    expect(second).toMatchObject({
      value: { items: [{ reference: 'acct_2', type: 'EXTERNAL' }], next: 'acct_2' },
    });
    const paths = call.requests.map(({ path }) => path.split('?')[0]);
    expect(paths).toEqual(['/v1/account', '/v1/accounts']);
    expect(call.requests[1]!.path).not.toContain('starting_after');
  });

  it.each<[string, Transmission]>([
    ['it has no id', ok({ object: 'account' })],
    ['Stripe failed', replied(500, {})],
  ])('are not known when %s', async (_, answer) => {
    expect(await history(accounts, scripted(answer))).toMatchObject({ kind: 'unreachable' });
  });

  it('have the available balances, which may be below nothing', async () => {
    const balance = ok({ available: [{ amount: -250, currency: 'usd' }], pending: [] });
    const query = { ...window, kind: 'balances' } as const;
    expect(await history(query, scripted(ok(own), balance))).toMatchObject({
      value: { items: [{ account: 'acct_1', amount: { amountMinor: -250n, currency: 'USD' } }] },
    });
    const call = scripted(balance);
    const connected = { ...call, credentials: { ...call.credentials, account_id: 'acct_9' } };
    expect(await history(query, connected)).toMatchObject({
      value: { items: [{ account: 'acct_9' }], next: null },
    });
  });
});
