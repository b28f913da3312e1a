import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import type { OperationInput } from '../contract.ts';
import type { Transmission } from '../transport.ts';
import {
  attempt,
  ok,
  operation,
  operationReference,
  reference,
  refundObject,
  refusal,
  replied,
  scripted,
  session,
} from './fixtures.ts';
import { encodeForm } from './form.ts';
import { refund, syncRefund } from './refund.ts';

async function run(verb: typeof refund, input: OperationInput, ...answers: Transmission[]) {
  const call = scripted(...answers);
  return { outcome: await verb(input, call), requests: call.requests };
}

describe('refund', () => {
  it('names the intent, the amount and both references, under a key of its own', async () => {
    const input = operation({ reason: 'requested_by_customer' });
    const { outcome, requests } = await run(refund, input, ok(refundObject()));
    const form = {
      payment_intent: 'pi_demo1',
      amount: 500,
      reason: 'requested_by_customer',
      metadata: { reference: operationReference, attempt_reference: reference },
    } satisfies Stripe.RefundCreateParams;
    expect(requests[0]).toMatchObject({
      method: 'POST',
      path: '/v1/refunds',
      headers: { 'idempotency-key': `${operationReference}.refund` },
      body: encodeForm(form),
    });
    expect(outcome).toEqual({
      kind: 'succeeded',
      what: 'refunded',
      amountMinor: 500n,
      currency: 'USD',
      pspReference: 're_demo1',
    });
  });

  it('keeps a reason that Stripe has no word for in the metadata', async () => {
    const { requests } = await run(refund, operation({ reason: 'too small' }), ok(refundObject()));
    expect(requests[0]?.body).toContain('metadata[reason]=too%20small');
    expect(requests[0]?.body).not.toContain('&reason=');
  });

  it('finds the intent of a paid page', async () => {
    const of = attempt({ pspReference: 'cs_test_demo1', pspState: {} });
    const paid = ok(session({ status: 'complete', payment_intent: 'pi_demo1' }));
    const { outcome } = await run(refund, operation({ attempt: of }), paid, ok(refundObject()));
    expect(outcome.kind).toBe('succeeded');
  });

  it('asks about a refund that Stripe has named instead of repeating it', async () => {
    const named = operation({ pspReference: 're_demo1' });
    const { requests } = await run(refund, named, ok(refundObject()));
    expect(requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /v1/refunds/re_demo1',
    ]);
  });

  it.each([
    ['pending', {}, { kind: 'pending' }],
    ['requires_action', {}, { kind: 'pending' }],
    ['failed', { failure_reason: 'lost_or_stolen_card' }, { decline: { code: 'invalid_account' } }],
    ['failed', {}, { kind: 'declined', decline: { code: 'invalid_request' } }],
    ['canceled', {}, { kind: 'declined', decline: { code: 'canceled' } }],
    ['odd', {}, { kind: 'unknown' }],
  ])('%s %j', async (status, changes, expected) => {
    const answer = ok(refundObject({ status, ...changes }));
    const { outcome } = await run(refund, operation(), answer);
    expect(outcome).toMatchObject({ ...expected, pspReference: 're_demo1' });
  });

  it.each([
    ['charge_already_refunded', 'invalid_request'],
    ['charge_disputed', 'invalid_request'],
    ['balance_insufficient', 'merchant_balance_insufficient'],
  ])('refused for %s is declined', async (code, expected) => {
    const { outcome } = await run(refund, operation(), refusal(400, { code, message: 'No.' }));
    expect(outcome).toMatchObject({ kind: 'declined', decline: { code: expected, pspCode: code } });
  });

  it.each<[string, Transmission]>([
    ['the reply is lost', replied(500, {})],
    ['the refund is another one', ok(refundObject({ metadata: { reference: 'x' } }))],
    ['it does not say whose it is', ok(refundObject({ metadata: {} }))],
  ])('is unknown when %s', async (_, answer) => {
    expect((await run(refund, operation(), answer)).outcome.kind).toBe('unknown');
  });

  it('is not tried when the intent cannot be found out', async () => {
    const of = attempt({ pspReference: 'cs_test_demo1', pspState: {} });
    const { outcome, requests } = await run(refund, operation({ attempt: of }), replied(500, {}));
    expect(outcome.kind).toBe('unknown');
    expect(requests.every(({ method }) => method === 'GET')).toBe(true);
  });
});

describe('asking about a refund without an id', () => {
  const list = (data: unknown[], has_more = false) => ok({ object: 'list', data, has_more });

  it('finds it among the intent’s refunds by its reference', async () => {
    const other = refundObject({ id: 're_other', metadata: {} });
    const answer = list([other, refundObject({ status: 'pending' })]);
    const { outcome, requests } = await run(syncRefund, operation(), answer);
    expect(requests[0]?.path).toBe('/v1/refunds?payment_intent=pi_demo1&limit=100');
    expect(outcome).toEqual({ kind: 'pending', pspReference: 're_demo1' });
  });

  it('says that there is none only when the whole list was seen', async () => {
    const none = await run(syncRefund, operation(), list([]));
    expect(none.outcome).toMatchObject({ kind: 'unknown', notFound: true });
    const lost = await run(syncRefund, operation(), replied(500, {}));
    expect(lost.outcome).not.toHaveProperty('notFound');
  });
});
