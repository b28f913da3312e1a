import fc from 'fast-check';
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import type { ChargeInput } from '../contract.ts';
import type { Transmission } from '../transport.ts';
import { planCharge } from './charge.ts';
import {
  chargeInput,
  createdAtMs,
  intent,
  ok,
  paidIntent,
  reference,
  refusal,
  replied,
  scripted,
  session,
  withToken,
} from './fixtures.ts';
import { encodeForm, type Form } from './form.ts';
import { stripe } from './index.ts';

const metadata = (flow: string) => ({
  reference,
  switchyard_flow: flow,
  payment_id: 'pay_1',
  org_id: 'org_1',
  connection_id: 'con_1',
  order: '7',
});

async function charge(input: ChargeInput, ...answers: Transmission[]) {
  const call = scripted(...answers);
  const outcome = await stripe.charge(input, call);
  return { outcome, requests: call.requests };
}

describe('the request of a charge', () => {
  it('confirms a payment method at once', async () => {
    const { requests } = await charge(withToken('pm_card_visa'), ok(paidIntent()));
    const form = {
      amount: 1099,
      currency: 'usd',
      automatic_payment_methods: { enabled: true },
      capture_method: 'automatic',
      description: 'Order 1',
      metadata: metadata('token'),
      confirm: true,
      payment_method: 'pm_card_visa',
      return_url: 'https://pay.example/r/1',
      expand: ['latest_charge.balance_transaction'],
    } satisfies Stripe.PaymentIntentCreateParams;
    expect(requests).toEqual([
      {
        method: 'POST',
        path: '/v1/payment_intents',
        headers: {
          authorization: 'Bearer sk_test_demo',
          'stripe-version': '2026-10-28.endive',
          'content-type': 'application/x-www-form-urlencoded',
          'idempotency-key': `${reference}.create`,
        },
        body: encodeForm(form),
      },
    ]);
  });

  it('confirms a card token, which the SDK’s types do not know but the API takes', async () => {
    const { requests } = await charge(withToken('tok_visa'), ok(paidIntent()));
    expect(requests[0]?.body).toContain(
      '&payment_method_data[type]=card&payment_method_data[card][token]=tok_visa&',
    );
    expect(requests[0]?.body).not.toContain('payment_method=');
  });

  it('leaves the confirmation to Stripe.js', async () => {
    const input = chargeInput({ presentation: 'client', saveInstrument: true, description: null });
    const { requests } = await charge(input, ok(intent()));
    const form = {
      amount: 1099,
      currency: 'usd',
      automatic_payment_methods: { enabled: true },
      capture_method: 'automatic',
      setup_future_usage: 'off_session',
      metadata: metadata('client'),
    } satisfies Stripe.PaymentIntentCreateParams;
    expect(requests[0]).toMatchObject({ path: '/v1/payment_intents', body: encodeForm(form) });
  });

  it('opens a page', async () => {
    const { requests } = await charge(chargeInput({ captureMethod: 'manual' }), ok(session()));
    const form = {
      mode: 'payment',
      line_items: [
        {
          quantity: 1,
          price_data: { currency: 'usd', unit_amount: 1099, product_data: { name: 'Order 1' } },
        },
      ],
      success_url: 'https://pay.example/r/1?sid={CHECKOUT_SESSION_ID}',
      cancel_url: 'https://pay.example/c/1',
      client_reference_id: reference,
      customer_email: 'ama@shop.example',
      expires_at: createdAtMs / 1000 + 3600,
      payment_intent_data: {
        capture_method: 'manual',
        description: 'Order 1',
        metadata: metadata('page'),
      },
      metadata: metadata('page'),
    } satisfies Stripe.Checkout.SessionCreateParams;
    expect(requests[0]).toMatchObject({
      path: '/v1/checkout/sessions',
      headers: { 'idempotency-key': `${reference}.create` },
      body: encodeForm(form as Form),
    });
  });

  it('authorizes with the same key and a manual capture', async () => {
    const call = scripted(ok(intent({ status: 'requires_capture', amount_capturable: 1099 })));
    const outcome = await stripe.authorize?.(withToken('pm_card_visa'), call);
    expect(outcome).toMatchObject({ kind: 'succeeded', what: 'authorized', amountMinor: 1099n });
    expect(call.requests[0]?.body).toContain('&capture_method=manual&');
    expect(call.requests[0]?.headers?.['idempotency-key']).toBe(`${reference}.create`);
  });

  it('goes to the connected account when the connection names one', async () => {
    const call = scripted(ok(paidIntent()));
    const credentials = { ...call.credentials, account_id: 'acct_1' };
    await stripe.charge(withToken('pm_card_visa'), { ...call, credentials });
    expect(call.requests[0]?.headers?.['stripe-account']).toBe('acct_1');
  });

  it('is byte-identical whenever and in whatever key order it is built again', () => {
    const inputs = fc.record({
      description: fc.option(fc.string({ unit: 'binary' })),
      metadata: fc.dictionary(fc.string(), fc.string()),
      presentation: fc.constantFrom('page', 'client'),
      expiresAtMs: fc.integer({ min: createdAtMs, max: createdAtMs + 10 ** 9 }),
      token: fc.option(fc.constantFrom('pm_card_visa', 'tok_visa')),
    });
    fc.assert(
      fc.property(inputs, ({ token, ...changes }) => {
        const input = token === null ? chargeInput(changes) : withToken(token, changes);
        const stored = Object.fromEntries(Object.entries(input.metadata).reverse());
        const first = planCharge(input);
        const second = planCharge({ ...input, metadata: stored });
        if (!('form' in first && 'form' in second)) throw new Error('no request');
        expect(encodeForm(second.form)).toBe(encodeForm(first.form));
      }),
    );
  });
});

describe('a charge that is refused here', () => {
  it.each([
    ['something like a card number', withToken('4242424242424242'), 'invalid_account'],
    [
      'an unknown currency',
      chargeInput({ amount: { amountMinor: 1n, currency: 'KPW' } }),
      'merchant_config',
    ],
    [
      'a fraction',
      chargeInput({ amount: { amountMinor: 1234n, currency: 'KWD' } }),
      'invalid_request',
    ],
  ])('because of %s makes no request', async (_, input, code) => {
    const { outcome, requests } = await charge(input);
    expect(outcome).toMatchObject({ kind: 'declined', decline: { code } });
    expect(requests).toEqual([]);
  });
});

describe('the answer to a charge', () => {
  it('is the customer’s next step: Stripe.js', async () => {
    const { outcome } = await charge(chargeInput({ presentation: 'client' }), ok(intent()));
    expect(outcome).toEqual({
      kind: 'requires_action',
      action: { type: 'client' },
      clientToken: 'pi_demo1_secret_demo',
      pspReference: 'pi_demo1',
      pspState: { intent: 'pi_demo1' },
    });
  });

  it('is the customer’s next step: Stripe’s page', async () => {
    const { outcome } = await charge(chargeInput(), ok(session()));
    expect(outcome).toEqual({
      kind: 'requires_action',
      action: { type: 'redirect', url: 'https://checkout.stripe.com/c/pay/cs_test_demo1#fid' },
      pspReference: 'cs_test_demo1',
      pspState: { session: 'cs_test_demo1' },
    });
  });

  it('is the customer’s next step: 3-D Secure', async () => {
    const url = 'https://hooks.stripe.com/3d_secure_2/hosted?payment_intent=pi_demo1';
    const next_action = { type: 'redirect_to_url', redirect_to_url: { url } };
    const answer = ok(intent({ status: 'requires_action', next_action }));
    const { outcome } = await charge(withToken('pm_card_authenticationRequired'), answer);
    expect(outcome).toMatchObject({
      kind: 'requires_action',
      action: { type: 'redirect', url },
      pspState: { intent: 'pi_demo1', confirmed: '1' },
    });
  });

  it('is a decline, with the intent that it leaves behind', async () => {
    const error = {
      type: 'card_error',
      code: 'card_declined',
      decline_code: 'insufficient_funds',
      advice_code: 'try_again_later',
      message: 'Your card has insufficient funds.',
      payment_intent: { id: 'pi_demo1', status: 'requires_payment_method' },
    };
    const { outcome } = await charge(withToken('pm_card_visa'), refusal(402, error));
    expect(outcome).toEqual({
      kind: 'declined',
      decline: {
        code: 'insufficient_funds',
        pspCode: 'insufficient_funds',
        message: 'Your card has insufficient funds.',
      },
      pspReference: 'pi_demo1',
      pspState: { intent: 'pi_demo1', confirmed: '1' },
    });
  });

  it.each<[string, Transmission]>([
    ['the key is in use', refusal(409, { code: 'idempotency_key_in_use' })],
    ['the key was used otherwise', refusal(400, { type: 'idempotency_error' })],
    ['the object is locked', refusal(429, { code: 'lock_timeout' })],
    ['of a 500', replied(500, { error: { type: 'api_error' } })],
    ['of an empty 502', replied(502, '')],
    ['of a gateway’s page', replied(403, '<html>')],
    ['of a truncated body', replied(200, '{"id":"pi_demo1","object":"payment_in')],
    ['of a redirect', replied(302, {})],
    ['no reply came', { sent: 'unknown', reason: 'reset' }],
    ['it is about another payment', ok(paidIntent({ metadata: { reference: 'x' } }))],
    ['it does not say whose it is', ok(paidIntent({ metadata: {} }))],
    ['it is of live mode', ok(paidIntent({ livemode: true }))],
    ['it is another object', ok({ id: 'ch_1', object: 'charge' })],
    [
      'it contradicts itself',
      refusal(402, { payment_intent: { id: 'pi_1', status: 'succeeded' } }),
    ],
  ])('is unknown because %s', async (_, answer) => {
    const { outcome } = await charge(withToken('pm_card_visa'), answer);
    expect(outcome.kind).toBe('unknown');
  });

  it('looks for what was made where Stripe only repeats a stored 5xx', async () => {
    const stored = replied(500, {}, { 'idempotent-replayed': 'true' });
    const none = ok({ object: 'list', data: [], has_more: false });
    const found = ok({ object: 'list', data: [paidIntent()], has_more: false });
    const input = withToken('pm_card_visa');
    const { outcome, requests } = await charge(input, stored, none, found, ok(paidIntent()));
    expect(outcome).toMatchObject({ kind: 'succeeded', what: 'captured', amountMinor: 1099n });
    expect(requests.map(({ method }) => method)).toEqual(['POST', 'GET', 'GET', 'GET']);
    expect((await charge(input, stored, none, none)).outcome.kind).toBe('unknown');
  });

  it('was not executed when Stripe is too busy, or nothing was sent', async () => {
    const busy = await charge(withToken('pm_card_visa'), refusal(429, { code: 'rate_limit' }));
    expect(busy.outcome).toMatchObject({ kind: 'declined', decline: { code: 'rate_limited' } });
    const lost = await charge(withToken('pm_card_visa'), { sent: 'not_sent', reason: 'refused' });
    expect(lost.outcome).toEqual({ kind: 'not_sent', reason: 'refused' });
  });

  it('is pending when the page of a repeated request was paid meanwhile', async () => {
    const paid = session({
      status: 'complete',
      payment_status: 'paid',
      payment_intent: 'pi_demo1',
    });
    const { outcome } = await charge(chargeInput(), ok(paid));
    expect(outcome).toMatchObject({ kind: 'pending', pspReference: 'pi_demo1' });
  });
});
