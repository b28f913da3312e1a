// Inputs, Stripe objects and a scripted Stripe for the tests beside this file. Never used by the connector.
import type { AttemptRef, Call, ChargeInput, OperationInput, PayoutInput } from '../contract.ts';
import { plainCall } from '../testing.ts';
import type { PspRequest, Transmission } from '../transport.ts';

/** A UUIDv7 of 2026-01-01T00:00:00Z. */
export const createdAtMs = 1_767_225_600_000;
export const reference = '019b76daa80075309ad7c94e2f11aabb';
export const operationReference = '019b76dc00007a11bb22cc33dd44ee55';

export function chargeInput(changes: Partial<ChargeInput> = {}): ChargeInput {
  return {
    reference,
    amount: { amountMinor: 1099n, currency: 'USD' },
    method: 'card',
    country: 'US',
    captureMethod: 'automatic',
    customer: { id: null, email: 'ama@shop.example', name: null, phone: null },
    instrument: null,
    description: 'Order 1',
    returnUrl: 'https://pay.example/r/1',
    cancelUrl: 'https://pay.example/c/1',
    presentation: 'page',
    metadata: { org_id: 'org_1', payment_id: 'pay_1', connection_id: 'con_1', order: '7' },
    saveInstrument: false,
    expiresAtMs: createdAtMs + 3_600_000,
    ...changes,
  };
}

export function withToken(token: string, changes: Partial<ChargeInput> = {}): ChargeInput {
  const instrument = { token, phone: null, network: null, bankCode: null, accountNumber: null };
  return chargeInput({ instrument, ...changes });
}

export function attempt(changes: Partial<AttemptRef> = {}): AttemptRef {
  return {
    reference,
    pspReference: 'pi_demo1',
    pspState: { intent: 'pi_demo1', confirmed: '1' },
    amount: { amountMinor: 1099n, currency: 'USD' },
    captureMethod: 'automatic',
    method: 'card',
    createdAtMs,
    ...changes,
  };
}

export function operation(changes: Partial<OperationInput> = {}): OperationInput {
  return {
    attempt: attempt(),
    reference: operationReference,
    amount: { amountMinor: 500n, currency: 'USD' },
    reason: null,
    pspReference: null,
    pspState: {},
    createdAtMs,
    siblings: [],
    ...changes,
  };
}

export function payoutInput(changes: Partial<PayoutInput> = {}): PayoutInput {
  return {
    reference,
    amount: { amountMinor: 5000n, currency: 'USD' },
    narration: 'Weekly',
    beneficiary: null,
    metadata: { payment_id: 'pay_1' },
    pspReference: null,
    pspState: {},
    createdAtMs,
    ...changes,
  };
}

export const intent = (changes: object = {}) => ({
  id: 'pi_demo1',
  object: 'payment_intent',
  amount: 1099,
  amount_capturable: 0,
  amount_received: 0,
  currency: 'usd',
  status: 'requires_payment_method',
  client_secret: 'pi_demo1_secret_demo',
  latest_charge: null,
  last_payment_error: null,
  next_action: null,
  cancellation_reason: null,
  livemode: false,
  metadata: { reference, payment_id: 'pay_1', switchyard_flow: 'token' },
  ...changes,
});

export const paidIntent = (changes: object = {}) =>
  intent({ status: 'succeeded', amount_received: 1099, latest_charge: 'ch_demo1', ...changes });

export const session = (changes: object = {}) => ({
  id: 'cs_test_demo1',
  object: 'checkout.session',
  url: 'https://checkout.stripe.com/c/pay/cs_test_demo1#fid',
  status: 'open',
  payment_status: 'unpaid',
  payment_intent: null,
  amount_total: 1099,
  currency: 'usd',
  client_reference_id: reference,
  livemode: false,
  metadata: { reference, payment_id: 'pay_1', switchyard_flow: 'page' },
  ...changes,
});

export const refundObject = (changes: object = {}) => ({
  id: 're_demo1',
  object: 'refund',
  amount: 500,
  charge: 'ch_demo1',
  payment_intent: 'pi_demo1',
  currency: 'usd',
  status: 'succeeded',
  metadata: { reference: operationReference, attempt_reference: reference },
  ...changes,
});

export const payoutObject = (changes: object = {}) => ({
  id: 'po_demo1',
  object: 'payout',
  amount: 5000,
  currency: 'usd',
  status: 'pending',
  livemode: false,
  metadata: { reference, payment_id: 'pay_1' },
  ...changes,
});

export function replied(
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): Transmission {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { sent: 'replied', status, headers, text };
}

export const ok = (body: unknown) => replied(200, body);
export const refusal = (status: number, error: object) => replied(status, { error });

export interface ScriptedCall extends Call {
  readonly requests: PspRequest[];
}

/** A Stripe that gives these answers, in this order, and fails the test when it is asked more often. */
export function scripted(...answers: Transmission[]): ScriptedCall {
  const requests: PspRequest[] = [];
  return {
    ...plainCall,
    requests,
    mode: 'sandbox',
    nowMs: createdAtMs + 60_000,
    credentials: { secret_key: 'sk_test_demo', publishable_key: 'pk_test_demo' },
    send: async (request) => {
      const answer = answers[requests.length];
      requests.push(request);
      if (answer === undefined) throw new Error(`not expected: ${request.method} ${request.path}`);
      return answer;
    },
  };
}
