import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import type { PayoutInput } from '../contract.ts';
import type { Transmission } from '../transport.ts';
import { ok, payoutInput, reference, refusal, replied, scripted } from './fixtures.ts';
import { encodeForm } from './form.ts';
import { payout, syncPayout } from './payout.ts';

const input = (changes: Partial<PayoutInput> = {}) =>
  payoutInput({ kind: 'transfer', destination: 'acct_shop', ...changes });

const transferObject = (changes: object = {}) => ({
  id: 'tr_demo1',
  object: 'transfer',
  amount: 5000,
  currency: 'usd',
  destination: 'acct_shop',
  livemode: false,
  metadata: { reference },
  reversed: false,
  ...changes,
});
const list = (data: unknown[]) => ok({ object: 'list', data, has_more: false });
const paid = { kind: 'succeeded', what: 'paid_out', amountMinor: 5000n, currency: 'USD' };

async function run(verb: typeof payout, asked: PayoutInput, ...answers: Transmission[]) {
  const call = scripted(...answers);
  return { outcome: await verb(asked, call), requests: call.requests };
}

describe('a transfer', () => {
  it('goes to a connected account under its own key, and is there when Stripe answers', async () => {
    const { outcome, requests } = await run(payout, input(), ok(transferObject()));
    const form = {
      amount: 5000,
      currency: 'usd',
      destination: 'acct_shop',
      description: 'Weekly',
      transfer_group: reference,
      metadata: { reference, payment_id: 'pay_1' },
    } satisfies Stripe.TransferCreateParams;
    expect(requests[0]).toMatchObject({
      path: '/v1/transfers',
      headers: { 'idempotency-key': `${reference}.transfer` },
      body: encodeForm(form),
    });
    expect(outcome).toEqual({ ...paid, pspReference: 'tr_demo1' });
  });

  const bank = { type: 'bank', name: 'Ama', accountNumber: '1', bankCode: '2' } as const;
  it.each([
    ['a bank account', { destination: 'ba_1' }],
    ['nobody', { destination: null }],
    ['somebody', { beneficiary: bank }],
  ])('to %s is refused without a request', async (_name, changes) => {
    const { outcome, requests } = await run(payout, input(changes));
    expect(outcome).toMatchObject({ kind: 'declined', decline: { code: 'invalid_request' } });
    expect(requests).toEqual([]);
  });

  it('comes from the own account only', async () => {
    const own = ok({ id: 'acct_own', object: 'account' });
    const from = (source: string) => input({ source });
    const done = await run(payout, from('acct_own'), own, ok(transferObject()));
    expect(done.requests.map(({ path }) => path)).toEqual(['/v1/account', '/v1/transfers']);
    const other = await run(payout, from('acct_other'), own);
    expect(other.outcome).toMatchObject({ kind: 'declined' });
    expect(other.requests).toHaveLength(1);
    const away = await run(payout, from('acct_own'), replied(502, ''));
    expect(away.outcome).toMatchObject({ kind: 'not_sent' });
  });

  it('is unknown when the reply is lost, or is about something else', async () => {
    for (const answer of [
      replied(502, ''),
      ok(transferObject({ object: 'payout' })),
      ok(transferObject({ metadata: { reference: 'other' } })),
      ok(transferObject({ amount: 1.5 })),
      ok(transferObject({ livemode: true })),
    ])
      expect((await run(payout, input(), answer)).outcome.kind).toBe('unknown');
  });

  it('above the balance is declined', async () => {
    const poor = refusal(400, { code: 'balance_insufficient', message: 'No.' });
    expect((await run(payout, input(), poor)).outcome).toMatchObject({
      kind: 'declined',
      decline: { code: 'merchant_balance_insufficient' },
    });
  });

  it('is asked about by its id, or looked for in its group', async () => {
    const named = await run(payout, input({ pspReference: 'tr_demo1' }), ok(transferObject()));
    expect(named.requests[0]).toMatchObject({ method: 'GET', path: '/v1/transfers/tr_demo1' });
    const found = await run(syncPayout, input(), list([transferObject()]));
    expect(found.outcome).toEqual({ ...paid, pspReference: 'tr_demo1' });
    expect(found.requests[0]!.path).toContain(`transfer_group=${reference}`);
    const none = await run(syncPayout, input(), list([]));
    expect(none.outcome).toMatchObject({ kind: 'unknown', notFound: true });
    const unsure = await run(syncPayout, input(), replied(500, ''));
    expect(unsure.outcome).toEqual(expect.not.objectContaining({ notFound: true }));
  });
});
