import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import type { OperationInput } from '../contract.ts';
import type { Transmission } from '../transport.ts';
import { capture } from './capture.ts';
import {
  attempt,
  createdAtMs,
  intent,
  ok,
  operation,
  operationReference,
  paidIntent,
  refusal,
  replied,
  scripted,
  session,
} from './fixtures.ts';
import { encodeForm } from './form.ts';

async function run(input: OperationInput, ...answers: Transmission[]) {
  const call = scripted(...answers);
  return { outcome: await capture(input, call), requests: call.requests };
}

const tooLate = refusal(400, {
  type: 'invalid_request_error',
  code: 'payment_intent_unexpected_state',
  message: 'This PaymentIntent could not be captured.',
});

describe('capture', () => {
  it('sends the amount under a key of its own', async () => {
    const { outcome, requests } = await run(operation(), ok(paidIntent({ amount_received: 500 })));
    const form = {
      amount_to_capture: 500,
      expand: ['latest_charge.balance_transaction'],
    } satisfies Stripe.PaymentIntentCaptureParams;
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({
      method: 'POST',
      path: '/v1/payment_intents/pi_demo1/capture',
      headers: { 'idempotency-key': `${operationReference}.capture` },
      body: encodeForm(form),
    });
    expect(outcome).toMatchObject({ kind: 'succeeded', what: 'captured', amountMinor: 500n });
  });

  it('asks the page for its intent first when that is not known', async () => {
    const of = attempt({ pspReference: 'cs_test_demo1', pspState: { session: 'cs_test_demo1' } });
    const complete = ok(session({ status: 'complete', payment_intent: 'pi_demo1' }));
    const { outcome } = await run(operation({ attempt: of }), complete, ok(paidIntent()));
    expect(outcome).toMatchObject({ kind: 'succeeded', what: 'captured' });
  });

  it('takes a capture of the right amount for its own once Stripe may have forgotten the key', async () => {
    const old = operation({ createdAtMs: createdAtMs - 24 * 3_600_000 });
    const half = ok(paidIntent({ amount_received: 500 }));
    const { outcome } = await run(old, tooLate, half);
    expect(outcome).toMatchObject({ kind: 'succeeded', what: 'captured', amountMinor: 500n });
    expect((await run(old, tooLate, ok(paidIntent()))).outcome.kind).toBe('declined');
    expect((await run(operation(), tooLate, half)).outcome.kind).toBe('declined');
  });

  it('asks what became of it where Stripe only repeats a stored 5xx', async () => {
    const stored = replied(500, {}, { 'idempotent-replayed': 'true' });
    const half = ok(paidIntent({ amount_received: 500 }));
    expect((await run(operation(), stored, half)).outcome).toMatchObject({ what: 'captured' });
    const held = ok(intent({ status: 'requires_capture', amount_capturable: 1099 }));
    expect((await run(operation(), stored, held)).outcome.kind).toBe('unknown');
  });

  it('is declined when the authorization is gone', async () => {
    const gone = ok(intent({ status: 'canceled', cancellation_reason: 'automatic' }));
    const { outcome } = await run(operation(), tooLate, gone);
    expect(outcome).toMatchObject({ kind: 'declined', decline: { code: 'payer_timeout' } });
  });

  it('keeps Stripe’s refusal when the state does not explain it', async () => {
    const held = ok(intent({ status: 'requires_capture', amount_capturable: 1099 }));
    const { outcome } = await run(operation(), tooLate, held);
    expect(outcome).toMatchObject({ kind: 'declined', decline: { code: 'invalid_request' } });
  });

  it('does not call an authorization a capture', async () => {
    const held = ok(intent({ status: 'requires_capture', amount_capturable: 1099 }));
    expect((await run(operation(), held)).outcome.kind).toBe('pending');
  });

  it('is unknown when the reply is lost, or the question after a refusal is', async () => {
    expect((await run(operation(), replied(500, {}))).outcome.kind).toBe('unknown');
    expect((await run(operation(), tooLate, replied(500, {}))).outcome.kind).toBe('unknown');
    const unsent: Transmission = { sent: 'not_sent', reason: 'refused' };
    expect((await run(operation(), tooLate, unsent)).outcome.kind).toBe('unknown');
  });

  it('asks nothing when there is nothing to ask for', async () => {
    const nameless = attempt({ pspReference: null, pspState: {} });
    const { outcome, requests } = await run(operation({ attempt: nameless }));
    expect(outcome.kind).toBe('unknown');
    expect(requests).toEqual([]);
  });
});
