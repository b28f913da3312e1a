// Result codes: a number in callbacks, a string in queries, sometimes with letters (psp/mpesa.md section 3). A code that
// is not here is no result: the payment stays open until another word settles it.
import type { DeclineCode } from '../../domain/attempt/decline.ts';

/** What an STK push came to, other than paid (0) and under way (4999). */
const STK: Readonly<Partial<Record<string, DeclineCode>>> = {
  '1': 'insufficient_funds',
  '2': 'amount_too_small',
  '3': 'amount_too_large',
  '4': 'limit_exceeded',
  '8': 'limit_exceeded',
  // The same amount of the same payer within two minutes.
  '17': 'payer_busy',
  '26': 'provider_unavailable',
  '1001': 'payer_busy',
  '1019': 'payer_timeout',
  '1025': 'provider_unavailable',
  '9999': 'provider_unavailable',
  '1032': 'user_cancelled',
  '1037': 'payer_timeout',
  '2001': 'authentication_failed',
  '2028': 'merchant_config',
  SFC_IC0003: 'merchant_config',
  '8006': 'restricted_card',
};

/** What a payout or reversal came to: here it is the merchant's own account that is short or not allowed. */
const MERCHANT: Readonly<Partial<Record<string, DeclineCode>>> = {
  '1': 'merchant_balance_insufficient',
  '2': 'amount_too_small',
  '3': 'amount_too_large',
  '4': 'limit_exceeded',
  '8': 'limit_exceeded',
  '11': 'merchant_config',
  '17': 'provider_unavailable',
  '18': 'merchant_config',
  '20': 'merchant_config',
  '21': 'merchant_config',
  '26': 'provider_unavailable',
  '2001': 'merchant_config',
  '2006': 'merchant_config',
  '2040': 'invalid_phone',
  '8006': 'merchant_config',
  SFC_IC0003: 'invalid_phone',
  R000002: 'invalid_request',
};

export const PAID = '0';
export const STILL_PROCESSING = '4999';
export const ALREADY_REVERSED = 'R000001';
/** As the answer to a question: there is no transaction of this conversation. */
export const NO_SUCH = 'R000002';

export function stkDecline(code: string): DeclineCode | null {
  return Object.hasOwn(STK, code) ? STK[code]! : null;
}

export function merchantDecline(code: string): DeclineCode | null {
  return Object.hasOwn(MERCHANT, code) ? MERCHANT[code]! : null;
}
