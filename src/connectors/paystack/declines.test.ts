import { describe, expect, it } from 'vitest';
import { failed, refused, refusedByStatus, verdictOfText } from './declines.ts';
import { reply } from './fixture.ts';
import { readAnswer } from './reply.ts';

function refusal(
  status: number,
  body: Record<string, unknown>,
  subject: 'payer' | 'merchant' = 'payer',
) {
  const answer = readAnswer(reply(status, { status: false, message: '', ...body }));
  return answer.kind === 'reply' ? refused(answer.reply, subject) : answer;
}

const code = (value: unknown) =>
  (value as { decline?: { code: string } }).decline?.code ?? (value as { kind: string }).kind;

describe('texts', () => {
  it.each([
    ['Insufficient Funds', 'insufficient_funds'],
    ['Declined', 'generic_decline'],
    ['Do Not Honour', 'do_not_honor'],
    ['Transaction not permitted to cardholder', 'transaction_not_permitted'],
    ['Restricted card', 'restricted_card'],
    ['Access denied', 'restricted_card'],
    ['Expired Card', 'expired_card'],
    ['Card declined: expired card', 'expired_card'],
    ['Incorrect PIN', 'authentication_failed'],
    ['Token Not Generated. Customer Not Registered on Token Platform', 'authentication_failed'],
    ['OTP related error, please try again', 'authentication_failed'],
    ['Error occured while enrolling card', 'authentication_failed'],
    ['Incorrect card number', 'incorrect_number'],
    ['Account closed', 'invalid_account'],
    ['Denied by fraud system', 'fraud_suspected'],
    ['Declined, card blacklisted: insufficient funds', 'fraud_suspected'],
    ['Transaction cannot be fulfilled until 720 minutes', 'limit_exceeded'],
    ['Exceeds withdrawal limit', 'limit_exceeded'],
    ['Amount is higher than the maximum limit', 'amount_too_large'],
    ['Currency not supported by merchant', 'merchant_config'],
    ['Invalid key', 'auth_failed'],
    ['Transaction was not completed in the time allowed', 'payer_timeout'],
    ['Your session has expired', 'payer_timeout'],
    ['Unable to process transaction', 'provider_unavailable'],
    ['Issuer or Switch Inoperative', 'provider_unavailable'],
    ['An error occurred', 'provider_unavailable'],
    ['Transaction could already be successful, insufficient funds', 'unknown'],
    ['Duplicate transmission detected', 'unknown'],
    ['A word nobody knows', null],
  ])('%s is %s', (text, verdict) => {
    expect(verdictOfText(text)).toBe(verdict);
  });
});

describe('a charge that failed', () => {
  it('keeps what the PSP said for the merchant', () => {
    const outcome = failed(
      { gateway_response: 'Declined', message: 'Insufficient funds' },
      'payer',
      { pspReference: 'r' },
    );
    expect(outcome).toEqual({
      kind: 'declined',
      pspReference: 'r',
      decline: { code: 'insufficient_funds', pspCode: 'Declined', message: 'Insufficient funds' },
    });
  });

  it('is a general decline when nobody knows the text', () => {
    expect(code(failed({ gateway_response: 'Hm' }, 'payer', {}))).toBe('generic_decline');
    expect(code(failed({}, 'payer', {}))).toBe('generic_decline');
  });

  it('is asked about when it may have succeeded all the same', () => {
    const message = 'transaction could already be successful';
    expect(code(failed({ message }, 'payer', {}))).toBe('unknown');
  });
});

describe('a call that was refused', () => {
  it('a used reference is never a decline', () => {
    expect(code(refusal(400, { message: 'x', code: 'duplicate_reference' }))).toBe('unknown');
    expect(code(refusal(400, { message: 'Duplicate Transaction Reference' }))).toBe('unknown');
    expect(code(refusal(404, { message: 'Duplicate reference(s) found: a' }, 'merchant'))).toBe(
      'unknown',
    );
  });

  it.each([
    [401, { message: 'Invalid key' }, 'auth_failed'],
    [400, { message: 'Invalid key' }, 'auth_failed'],
    [403, { message: 'No' }, 'auth_failed'],
    [429, { message: 'Too many' }, 'rate_limited'],
    [
      400,
      { message: 'Invalid email', type: 'validation_error', code: 'invalid_params' },
      'invalid_request',
    ],
    [
      400,
      { message: 'Currency not supported by merchant', type: 'validation_error' },
      'merchant_config',
    ],
    [422, { message: 'Nope' }, 'invalid_request'],
    [404, { message: 'Nope' }, 'invalid_request'],
    [400, { message: 'Nope', type: 'processor_error' }, 'generic_decline'],
    [200, { message: 'Insufficient funds' }, 'insufficient_funds'],
    // Not final without `data.status`: something went wrong on the way.
    [400, { message: 'An error occurred' }, 'unknown'],
    [400, { message: 'Request timeout' }, 'unknown'],
  ])('HTTP %i %j is %s', (status, body, expected) => {
    expect(code(refusal(status, body))).toBe(expected);
  });

  it('funds of a refund or payout are the merchant’s', () => {
    const outcome = refusal(
      400,
      { message: 'Your balance is not enough to fulfil this request' },
      'merchant',
    );
    expect(code(outcome)).toBe('merchant_balance_insufficient');
    expect(code(refusal(400, { message: 'Insufficient balance' }, 'merchant'))).toBe(
      'merchant_balance_insufficient',
    );
  });

  it('a payout that the account may not make goes nowhere else by itself', () => {
    const message = 'You cannot initiate third party payouts as a starter business';
    expect(refusal(400, { message }, 'merchant')).toMatchObject({
      decline: { code: 'merchant_config', fallbackOverride: 'never' },
    });
  });

  it('a bare status is enough for key and rate', () => {
    expect(code(refusedByStatus(401))).toBe('auth_failed');
    expect(code(refusedByStatus(429))).toBe('rate_limited');
  });
});
