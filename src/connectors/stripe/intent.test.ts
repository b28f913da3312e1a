import { describe, expect, it } from 'vitest';
import { intent, paidIntent } from './fixtures.ts';
import { intentOutcome, isToken, voidedIntent } from './intent.ts';

const cardError = {
  type: 'card_error',
  code: 'card_declined',
  decline_code: 'do_not_honor',
  message: 'Your card was declined.',
};

describe('the meaning of an intent', () => {
  it('is captured with what was received, and the fee when Stripe has booked it', () => {
    const latest_charge = { id: 'ch_1', balance_transaction: { fee: 62, currency: 'eur' } };
    expect(intentOutcome(paidIntent({ latest_charge }), 'token', {})).toEqual({
      kind: 'succeeded',
      what: 'captured',
      amountMinor: 1099n,
      currency: 'USD',
      pspReference: 'pi_demo1',
      pspState: { intent: 'pi_demo1', confirmed: '1' },
      clientToken: 'pi_demo1_secret_demo',
      feeMinor: 62n,
      feeCurrency: 'EUR',
    });
  });

  it('states a partial capture as it is', () => {
    const outcome = intentOutcome(paidIntent({ amount_received: 400 }), 'token', {});
    expect(outcome).toMatchObject({ what: 'captured', amountMinor: 400n });
  });

  it('is authorized while it waits for the capture', () => {
    const waiting = intent({ status: 'requires_capture', amount_capturable: 1099 });
    expect(intentOutcome(waiting, 'token', {})).toMatchObject({
      kind: 'succeeded',
      what: 'authorized',
      amountMinor: 1099n,
      currency: 'USD',
    });
  });

  it.each(['processing', 'requires_confirmation'])('is pending when %s', (status) => {
    expect(intentOutcome(intent({ status }), 'token', {}).kind).toBe('pending');
  });

  it('is a declined attempt when we confirmed it and it failed', () => {
    const failed = intent({ last_payment_error: cardError });
    expect(intentOutcome(failed, 'token', {})).toMatchObject({
      kind: 'declined',
      decline: { code: 'do_not_honor', pspCode: 'do_not_honor' },
      pspReference: 'pi_demo1',
    });
  });

  it('still waits for another card when the customer’s browser failed with one', () => {
    const failed = intent({ last_payment_error: cardError });
    expect(intentOutcome(failed, 'client', {})).toMatchObject({
      kind: 'requires_action',
      action: { type: 'client' },
      clientToken: 'pi_demo1_secret_demo',
      pspState: { intent: 'pi_demo1', last_error: 'Your card was declined.' },
    });
  });

  it.each([
    [null, 'canceled'],
    ['requested_by_customer', 'canceled'],
    ['automatic', 'payer_timeout'],
    ['expired', 'payer_timeout'],
  ])('canceled for %s is %s', (cancellation_reason, code) => {
    const canceled = intent({ status: 'canceled', cancellation_reason });
    expect(intentOutcome(canceled, 'token', {})).toMatchObject({
      kind: 'declined',
      decline: { code },
    });
  });

  it('is unknown with a status that Stripe does not document', () => {
    const odd = intentOutcome(intent({ status: 'sideways' }), 'token', {});
    expect(odd).toMatchObject({ kind: 'unknown', pspReference: 'pi_demo1' });
  });

  it('is unknown when the amount cannot be read', () => {
    for (const amount_received of ['1099', -1, 10.5]) {
      expect(intentOutcome(paidIntent({ amount_received }), 'token', {}).kind).toBe('unknown');
    }
    expect(intentOutcome(paidIntent({ currency: 'zzz' }), 'token', {}).kind).toBe('unknown');
  });

  it('voids the amount that it was for', () => {
    expect(voidedIntent(intent({ status: 'canceled' }))).toEqual({
      kind: 'succeeded',
      what: 'voided',
      amountMinor: 1099n,
      currency: 'USD',
    });
  });
});

describe('the next action', () => {
  const asks = (next_action: object, flow: 'token' | 'client' = 'token') => {
    const outcome = intentOutcome(intent({ status: 'requires_action', next_action }), flow, {});
    return outcome.kind === 'requires_action' ? outcome.action : outcome.kind;
  };
  const url = 'https://hooks.stripe.com/3d_secure_2/hosted?payment_intent=pi_demo1';

  it('is the page of 3-D Secure', () => {
    const next = { type: 'redirect_to_url', redirect_to_url: { url, return_url: 'https://x' } };
    expect(asks(next)).toEqual({ type: 'redirect', url });
  });

  it('is left to Stripe.js when the customer pays there', () => {
    const next = { type: 'redirect_to_url', redirect_to_url: { url } };
    expect(asks(next, 'client')).toEqual({ type: 'client' });
    expect(asks({ type: 'use_stripe_sdk', use_stripe_sdk: {} })).toEqual({ type: 'client' });
  });

  it('is any other page that Stripe hosts', () => {
    const next = {
      type: 'oxxo_display_details',
      oxxo_display_details: { hosted_voucher_url: url },
    };
    expect(asks(next)).toEqual({ type: 'redirect', url });
  });

  it.each([
    [{ type: 'card_await_notification', card_await_notification: {} }],
    [{ type: 'redirect_to_url', redirect_to_url: { url: 'javascript:alert(1)' } }],
    [{ type: '__proto__' }],
    [{ type: 'constructor' }],
    [{}],
  ])('is to wait for %j', (next) => {
    expect(asks(next)).toMatchObject({ type: 'wait' });
  });
});

describe('tokens', () => {
  it('are payment methods and tokens of Stripe, never anything like a card number', () => {
    expect(['pm_card_visa', 'pm_1Abc', 'tok_visa'].every(isToken)).toBe(true);
    expect(['4242424242424242', 'pm_', 'AUTH_x', 'pm_1/../x', 'pm_1\n'].some(isToken)).toBe(false);
  });
});
