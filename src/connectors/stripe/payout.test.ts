import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import type { PayoutInput } from '../contract.ts';
import type { Transmission } from '../transport.ts';
import {
  ok,
  payoutInput,
  payoutObject,
  reference,
  refusal,
  replied,
  scripted,
} from './fixtures.ts';
import { encodeForm } from './form.ts';
import { payout, syncPayout } from './payout.ts';

async function run(verb: typeof payout, input: PayoutInput, ...answers: Transmission[]) {
  const call = scripted(...answers);
  return { outcome: await verb(input, call), requests: call.requests };
}

describe('payout', () => {
  it('goes to the own bank account under its own key', async () => {
    const { outcome, requests } = await run(payout, payoutInput(), ok(payoutObject()));
    const form = {
      amount: 5000,
      currency: 'usd',
      description: 'Weekly',
      metadata: { reference, payment_id: 'pay_1' },
    } satisfies Stripe.PayoutCreateParams;
    expect(requests[0]).toMatchObject({
      path: '/v1/payouts',
      headers: { 'idempotency-key': `${reference}.payout` },
      body: encodeForm(form),
    });
    expect(outcome).toEqual({ kind: 'pending', pspReference: 'po_demo1' });
  });

  it('to somebody else is refused without a request', async () => {
    const beneficiary = { type: 'bank', name: 'Ama', accountNumber: '1', bankCode: '2' } as const;
    const { outcome, requests } = await run(payout, payoutInput({ beneficiary }));
    expect(outcome).toMatchObject({ kind: 'declined', decline: { code: 'invalid_request' } });
    expect(requests).toEqual([]);
  });

  it.each([
    ['in_transit', {}, { kind: 'pending' }],
    ['paid', {}, { kind: 'succeeded', what: 'paid_out', amountMinor: 5000n, currency: 'USD' }],
    ['failed', { failure_code: 'no_account' }, { decline: { code: 'invalid_account' } }],
    ['failed', { failure_code: 'new' }, { decline: { code: 'invalid_request', pspCode: 'new' } }],
    ['canceled', {}, { kind: 'declined', decline: { code: 'canceled' } }],
    ['odd', {}, { kind: 'unknown' }],
  ])('%s %j', async (status, changes, expected) => {
    const answer = ok(payoutObject({ status, ...changes }));
    expect((await run(payout, payoutInput(), answer)).outcome).toMatchObject(expected);
  });

  it('above the balance is declined, and unknown when the reply is lost', async () => {
    const poor = refusal(400, { code: 'balance_insufficient', message: 'No.' });
    expect((await run(payout, payoutInput(), poor)).outcome).toMatchObject({
      kind: 'declined',
      decline: { code: 'merchant_balance_insufficient' },
    });
    expect((await run(payout, payoutInput(), replied(502, ''))).outcome.kind).toBe('unknown');
  });

  it('with an id is asked about instead of repeated', async () => {
    const named = payoutInput({ pspReference: 'po_demo1' });
    const { requests } = await run(payout, named, ok(payoutObject({ status: 'paid' })));
    expect(requests[0]).toMatchObject({ method: 'GET', path: '/v1/payouts/po_demo1' });
  });
});

describe('asking about a payout without an id', () => {
  const list = (data: unknown[]) => ok({ object: 'list', data, has_more: false });

  it('finds it by its reference', async () => {
    const { outcome } = await run(syncPayout, payoutInput(), list([payoutObject()]));
    expect(outcome).toEqual({ kind: 'pending', pspReference: 'po_demo1' });
  });

  it('says when there is none', async () => {
    const { outcome } = await run(syncPayout, payoutInput(), list([]));
    expect(outcome).toMatchObject({ kind: 'unknown', notFound: true });
  });
});
