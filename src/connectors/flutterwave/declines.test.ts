import { describe, expect, it } from 'vitest';
import { fallbackOf } from '../../domain/attempt/decline.ts';
import {
  chargeInput,
  directAttempt,
  ok,
  page,
  payoutInput,
  reply,
  scripted,
  transaction,
} from './fixture.ts';
import { flutterwave } from './index.ts';

const error = (message: string) => ({ status: 'error', message, data: null });

describe('a failed transaction', () => {
  it.each([
    ['Insufficient Funds', 'insufficient_funds', 'never'],
    ['Declined. Do not honour', 'do_not_honor', 'once'],
    ['Unapproved by Financial Institution', 'do_not_honor', 'once'],
    ['Expired card', 'expired_card', 'never'],
    ['Incorrect PIN', 'authentication_failed', 'never'],
    ['Pending OTP validation timeout', 'authentication_failed', 'never'],
    ['Token expired', 'authentication_failed', 'never'],
    ['Transaction has been flagged as fraudulent', 'fraud_suspected', 'never'],
    ['Transaction limit exceeded', 'limit_exceeded', 'never'],
    ['amount should be between 100 and 500', 'psp_limit_exceeded', 'yes'],
    ['LP_01 cancelled', 'user_cancelled', 'never'],
    ['Request timeout', 'payer_timeout', 'never'],
    ['Number not registered', 'invalid_phone', 'never'],
    ['Something new', 'generic_decline', 'once'],
  ])('%s is %s', async (said, code, fallback) => {
    const data = transaction({ status: 'failed', processor_response: said });
    const list = reply(200, ok([data], { meta: page }));
    const { call } = scripted(reply(200, ok(data)), list);
    const outcome = await flutterwave.sync(directAttempt, call);
    expect(outcome).toMatchObject({ kind: 'declined', decline: { code } });
    expect(outcome.kind === 'declined' && fallbackOf(outcome.decline)).toBe(fallback);
  });
});

describe('a refused charge', () => {
  it.each([
    [401, 'Invalid authorization key', 'auth_failed'],
    [429, 'Too many requests', 'rate_limited'],
    [403, 'Forbidden', 'auth_failed'],
    [400, 'merchant is not enabled for mobile money', 'merchant_config'],
    [400, 'You can only charge Nigerian accounts in Naira', 'merchant_config'],
    [400, 'email is required', 'invalid_request'],
    [400, 'Duplicate tx_ref', 'unknown'],
    [400, 'Please requery to confirm', 'unknown'],
    [400, 'Request timeout', 'unknown'],
    [400, 'An error occurred. Please contact support', 'unknown'],
  ])('with HTTP %i and %j is %s', async (status, message, code) => {
    const { call } = scripted(reply(status, error(message)));
    const outcome = await flutterwave.charge(chargeInput, call);
    expect(outcome.kind === 'declined' ? outcome.decline.code : outcome.kind).toBe(code);
  });
});

describe('a refused payout', () => {
  it.each([
    ['Unauthorized IP', 'auth_failed'],
    ['Please enable IP Whitelisting to access this service', 'auth_failed'],
    ['Insufficient balance in wallet', 'merchant_balance_insufficient'],
    ['Transfer with this reference already exists', 'unknown'],
  ])('%s is %s', async (message, code) => {
    const known = { ...payoutInput, pspState: { account_name: 'TUNDE BELLO' } };
    const { call } = scripted(reply(400, error(message)));
    const outcome = await flutterwave.payout!(known, call);
    expect(outcome.kind === 'declined' ? outcome.decline.code : outcome.kind).toBe(code);
  });

  it('asks first whose account it is, and tells the fee', async () => {
    const transfer = { ...payoutInput, id: 600_001, status: 'NEW', currency: 'NGN', fee: 21.5 };
    const { call, bodies } = scripted(
      reply(200, ok({ account_number: '0690000040', account_name: 'TUNDE A BELLO' })),
      reply(200, ok({ ...transfer, amount: 4000, createdAtMs: 0 })),
    );
    const outcome = await flutterwave.payout!(payoutInput, call);
    expect(bodies()).toMatchObject([
      { account_number: '0690000040', account_bank: '044' },
      { beneficiary_name: 'TUNDE A BELLO', amount: 4000, reference: payoutInput.reference },
    ]);
    expect(outcome).toMatchObject({
      kind: 'pending',
      feeMinor: 2_150n,
      pspState: { account_name: 'TUNDE A BELLO' },
    });
  });
});
