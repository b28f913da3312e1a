import { describe, expect, it } from 'vitest';
import type { OperationInput } from '../contract.ts';
import type { Transmission } from '../transport.ts';
import {
  attempt,
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
import { voidAttempt } from './void.ts';

const page = operation({
  attempt: attempt({ pspReference: 'cs_test_demo1', pspState: { session: 'cs_test_demo1' } }),
});
const tooLate = refusal(400, { code: 'payment_intent_unexpected_state', message: 'No.' });
const notOpen = refusal(400, { message: 'Only Checkout Sessions with a status of open can be.' });

async function run(input: OperationInput, ...answers: Transmission[]) {
  const call = scripted(...answers);
  const outcome = await voidAttempt(input, call);
  const paths = call.requests.map(({ method, path }) => `${method} ${path}`);
  return { outcome, requests: call.requests, paths };
}

describe('void of an intent', () => {
  it('cancels it', async () => {
    const canceled = ok(intent({ status: 'canceled' }));
    const { outcome, requests } = await run(operation({ reason: 'abandoned' }), canceled);
    expect(requests[0]).toMatchObject({
      path: '/v1/payment_intents/pi_demo1/cancel',
      headers: { 'idempotency-key': `${operationReference}.cancel` },
      body: 'cancellation_reason=abandoned',
    });
    expect(outcome).toMatchObject({ kind: 'succeeded', what: 'voided', amountMinor: 1099n });
  });

  it('sends no reason that Stripe does not know', async () => {
    const canceled = ok(intent({ status: 'canceled' }));
    const { requests } = await run(operation({ reason: 'the customer left' }), canceled);
    expect(requests[0]?.body).toBe('');
  });

  it('says that the money was captured when it comes too late', async () => {
    const { outcome } = await run(operation(), tooLate, ok(paidIntent()));
    expect(outcome).toMatchObject({ kind: 'succeeded', what: 'captured', amountMinor: 1099n });
  });

  it('is done when somebody canceled before', async () => {
    const { outcome } = await run(operation(), tooLate, ok(intent({ status: 'canceled' })));
    expect(outcome).toMatchObject({ kind: 'succeeded', what: 'voided' });
  });

  it('waits while the money is on its way', async () => {
    const { outcome } = await run(operation(), tooLate, ok(intent({ status: 'processing' })));
    expect(outcome.kind).toBe('pending');
  });

  it('is unknown without a whole answer', async () => {
    expect((await run(operation(), replied(503, ''))).outcome.kind).toBe('unknown');
    expect((await run(operation(), tooLate, replied(503, ''))).outcome.kind).toBe('unknown');
    const other = ok(intent({ id: 'pi_other', status: 'canceled' }));
    expect((await run(operation(), other)).outcome.kind).toBe('unknown');
  });
});

describe('void of a page', () => {
  it('expires it', async () => {
    const { outcome, requests } = await run(page, ok(session({ status: 'expired', url: null })));
    expect(requests[0]).toMatchObject({
      path: '/v1/checkout/sessions/cs_test_demo1/expire',
      headers: { 'idempotency-key': `${operationReference}.expire` },
    });
    expect(outcome).toMatchObject({ kind: 'succeeded', what: 'voided', amountMinor: 1099n });
  });

  it('is done when the page had expired', async () => {
    const { outcome } = await run(page, notOpen, ok(session({ status: 'expired' })));
    expect(outcome).toMatchObject({ kind: 'succeeded', what: 'voided' });
  });

  it('cancels the authorization of a complete page', async () => {
    const complete = ok(session({ status: 'complete', payment_intent: 'pi_demo1' }));
    const canceled = ok(intent({ status: 'canceled' }));
    const { outcome, paths } = await run(page, notOpen, complete, canceled);
    expect(paths).toEqual([
      'POST /v1/checkout/sessions/cs_test_demo1/expire',
      'GET /v1/checkout/sessions/cs_test_demo1',
      'POST /v1/payment_intents/pi_demo1/cancel',
    ]);
    expect(outcome).toMatchObject({ kind: 'succeeded', what: 'voided' });
  });

  it('says that a paid page was paid', async () => {
    const complete = ok(session({ status: 'complete', payment_intent: 'pi_demo1' }));
    const { outcome } = await run(page, notOpen, complete, tooLate, ok(paidIntent()));
    expect(outcome).toMatchObject({ kind: 'succeeded', what: 'captured' });
  });

  it('is refused when the page stays open', async () => {
    const { outcome } = await run(page, notOpen, ok(session()));
    expect(outcome).toMatchObject({ kind: 'declined', decline: { code: 'invalid_request' } });
  });

  it('is unknown without a whole answer', async () => {
    expect((await run(page, replied(503, ''))).outcome.kind).toBe('unknown');
    expect((await run(page, notOpen, replied(503, ''))).outcome.kind).toBe('unknown');
    expect((await run(page, ok(session()))).outcome.kind).toBe('unknown');
  });
});

it('void of an attempt that Stripe never named asks nothing', async () => {
  const nameless = operation({ attempt: attempt({ pspReference: null, pspState: {} }) });
  const { outcome, requests } = await run(nameless);
  expect(outcome.kind).toBe('unknown');
  expect(requests).toEqual([]);
});
