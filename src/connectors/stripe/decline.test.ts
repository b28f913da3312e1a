import { describe, expect, it } from 'vitest';
import { fallbackOf } from '../../domain/attempt/decline.ts';
import { declineOf, messageOf, refusalOf } from './decline.ts';

const card = (error: object) => declineOf(402, { type: 'card_error', ...error });

describe('declines by the card', () => {
  it.each([
    ['insufficient_funds', 'insufficient_funds', 'never'],
    ['card_velocity_exceeded', 'limit_exceeded', 'never'],
    ['do_not_honor', 'do_not_honor', 'once'],
    ['transaction_not_allowed', 'do_not_honor', 'once'],
    ['generic_decline', 'generic_decline', 'once'],
    ['stop_payment_order', 'do_not_honor', 'never'],
    ['revocation_of_all_authorizations', 'do_not_honor', 'never'],
    ['expired_card', 'expired_card', 'never'],
    ['invalid_cvc', 'incorrect_cvc', 'never'],
    ['incorrect_number', 'incorrect_number', 'never'],
    ['incorrect_zip', 'invalid_account', 'never'],
    ['pin_try_exceeded', 'incorrect_pin', 'never'],
    ['lost_card', 'fraud_suspected', 'never'],
    ['merchant_blacklist', 'fraud_suspected', 'never'],
    ['authentication_required', 'authentication_required', 'never'],
    ['card_not_supported', 'merchant_config', 'once'],
    ['duplicate_transaction', 'invalid_request', 'never'],
    ['try_again_later', 'provider_unavailable', 'once'],
    ['processing_error', 'provider_unavailable', 'once'],
    ['brand_new_reason', 'generic_decline', 'never'],
  ])('%s is %s, fallback %s', (reason, code, fallback) => {
    const decline = card({ code: 'card_declined', decline_code: reason, message: 'No.' });
    expect(decline).toMatchObject({ code, pspCode: reason, message: 'No.' });
    expect(fallbackOf(decline)).toBe(fallback);
  });

  it.each([
    ['payment_intent_authentication_failure', 'authentication_failed'],
    ['payment_method_provider_timeout', 'payer_timeout'],
    ['payment_method_customer_decline', 'user_cancelled'],
    ['expired_card', 'expired_card'],
    ['constructor', 'generic_decline'],
  ])('without a decline_code, the code %s is %s', (code, expected) => {
    expect(card({ code }).code).toBe(expected);
  });

  it.each([
    ['do_not_honor', 'do_not_try_again', 'never'],
    ['try_again_later', 'do_not_try_again', 'never'],
    ['generic_decline', 'confirm_card_data', 'never'],
    ['insufficient_funds', 'try_again_later', 'never'],
    ['stolen_card', 'try_again_later', 'never'],
    ['brand_new_reason', 'try_again_later', 'once'],
    ['do_not_honor', 'advice_we_do_not_know', 'once'],
  ])('%s advised %s allows %s', (reason, advice, fallback) => {
    expect(fallbackOf(card({ decline_code: reason, advice_code: advice }))).toBe(fallback);
  });
});

describe('refusals of the request', () => {
  it.each([
    [400, { code: 'amount_too_small' }, 'amount_too_small'],
    [400, { code: 'amount_too_large' }, 'amount_too_large'],
    [400, { code: 'parameter_missing' }, 'invalid_request'],
    [400, { code: 'charge_already_refunded' }, 'invalid_request'],
    [400, { code: 'balance_insufficient' }, 'merchant_balance_insufficient'],
    [400, { code: 'payment_method_not_available' }, 'merchant_config'],
    [400, { code: 'payouts_not_enabled' }, 'merchant_config'],
    [400, { message: 'Invalid currency: zzz. Stripe currently supports …' }, 'merchant_config'],
    [404, { code: 'resource_missing', param: 'payment_method' }, 'invalid_account'],
    [404, { code: 'resource_missing', param: 'intent' }, 'invalid_request'],
    [401, { message: 'Invalid API Key provided' }, 'auth_failed'],
    [403, { message: 'not allowed' }, 'merchant_config'],
    [429, { code: 'rate_limit' }, 'rate_limited'],
  ])('HTTP %d %j is %s', (status, error, code) => {
    const body = { type: 'invalid_request_error', ...error };
    expect(refusalOf(status, body)).toEqual({ kind: 'final' });
    expect(declineOf(status, body).code).toBe(code);
  });

  it.each([
    [400, { type: 'idempotency_error' }],
    [409, { type: 'invalid_request_error', code: 'idempotency_key_in_use' }],
    [429, { type: 'invalid_request_error', code: 'lock_timeout' }],
    [409, { type: 'invalid_request_error' }],
    [400, { type: 'api_error' }],
    [408, { type: 'invalid_request_error' }],
    [402, { type: 'card_error', payment_intent: { id: 'pi_1', status: 'succeeded' } }],
    [402, { type: 'card_error', payment_intent: { id: 'pi_1', status: 'processing' } }],
  ])('HTTP %d %j decides nothing', (status, error) => {
    expect(refusalOf(status, error).kind).toBe('undecided');
  });
});

describe('messages', () => {
  it('carry no key and no client secret', () => {
    const message =
      'Invalid API Key provided: sk_test_abcdefgh1234 for pi_1_secret_abc at whsec_x1';
    const shown = messageOf({ message });
    expect(shown).toBe('Invalid API Key provided: [key] for pi_1_secret_[…] at [key]');
  });

  it('are short and can be stored', () => {
    expect(messageOf({ message: `${'x'.repeat(299)}\u{1f600}` })).toHaveLength(299);
    expect(messageOf({ message: 'a\u0000\ud800b' })).toBe('a\ufffdb');
    expect(messageOf({ message: 7 })).toBe('Stripe refused without a message');
  });
});
