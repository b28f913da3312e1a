// Stripe's errors in our words: whether a refusal is final, why, and whether another connection may be tried
// (psp/stripe.md section 3, psp/common.md section 3). A refusal in doubt is never called final.
import type { Decline, DeclineCode, Fallback } from '../../domain/attempt/decline.ts';
import { type Json, objectAt, textAt } from './json.ts';

interface Row {
  readonly code: DeclineCode;
  readonly fallback?: Fallback;
}

const rows = new Map<string, Row>();
function add(words: string, code: DeclineCode, fallback?: Fallback): void {
  for (const word of words.split(' ')) {
    rows.set(word, fallback === undefined ? { code } : { code, fallback });
  }
}

// By decline_code, and by code where Stripe gives no decline_code.
add('insufficient_funds', 'insufficient_funds');
add('withdrawal_count_limit_exceeded card_velocity_exceeded', 'limit_exceeded');
add(
  'do_not_honor call_issuer no_action_taken transaction_not_allowed service_not_allowed security_violation',
  'do_not_honor',
);
add('generic_decline payment_method_provider_decline', 'generic_decline');
// The cardholder withdrew consent: no acquirer may try again.
add(
  'stop_payment_order revocation_of_authorization revocation_of_all_authorizations',
  'do_not_honor',
  'never',
);
add('expired_card invalid_expiry_month invalid_expiry_year', 'expired_card');
add('incorrect_cvc invalid_cvc', 'incorrect_cvc');
add('incorrect_number invalid_number testmode_decline', 'incorrect_number');
add('invalid_account new_account_information_available', 'invalid_account');
add('incorrect_zip incorrect_address', 'invalid_account');
add('incorrect_pin invalid_pin pin_try_exceeded', 'incorrect_pin');
add(
  'fraudulent lost_card stolen_card pickup_card restricted_card merchant_blacklist',
  'fraud_suspected',
);
add(
  'authentication_required authentication_not_handled approve_with_id',
  'authentication_required',
);
add('offline_pin_required online_or_offline_pin_required', 'authentication_required');
add('card_not_supported currency_not_supported', 'merchant_config', 'once');
add('not_permitted', 'transaction_not_permitted');
// Stripe's "looks like one just made"; definite, and trying elsewhere would make the double.
add('duplicate_transaction', 'invalid_request');
add(
  'issuer_not_available processing_error reenter_transaction try_again_later',
  'provider_unavailable',
  'once',
);
add('payment_intent_authentication_failure', 'authentication_failed');
add('payment_method_provider_timeout', 'payer_timeout');
add('payment_method_customer_decline', 'user_cancelled');

/** Refusals of the request rather than of the card, by code. */
const requestRows = new Map<string, DeclineCode>([
  ['amount_too_small', 'amount_too_small'],
  ['amount_too_large', 'amount_too_large'],
  ['balance_insufficient', 'merchant_balance_insufficient'],
  ['insufficient_funds', 'merchant_balance_insufficient'],
  ['payment_method_not_available', 'merchant_config'],
  ['testmode_charges_only', 'merchant_config'],
  ['payment_method_unactivated', 'merchant_config'],
  ['api_key_expired', 'auth_failed'],
  ['secret_key_required', 'auth_failed'],
  ['livemode_mismatch', 'auth_failed'],
  ['token_already_used', 'invalid_account'],
  ['payment_method_unexpected_state', 'invalid_account'],
]);

/** Last resort, by text: Stripe has no code for these. */
const CONFIG_TEXT =
  /no valid payment method types|invalid currency|unsupported currency|cannot currently make|not activated|is not enabled/i;

/** States of an intent in which a refusal cannot be the whole truth: money moved, or still may. */
const MOVED = new Set(['succeeded', 'processing', 'requires_capture', 'requires_action']);

/** Whether an error proves that nothing was and nothing will be executed. */
export function refusalOf(
  status: number,
  error: Json,
): { readonly kind: 'final' } | { readonly kind: 'undecided'; readonly reason: string } {
  const code = textAt(error, 'code');
  const type = textAt(error, 'type');
  const intentStatus = textAt(objectAt(error, 'payment_intent'), 'status');
  if (type === 'idempotency_error') {
    return undecided('the idempotency key was used before with another request');
  }
  if (type === 'api_error') return undecided(`HTTP ${status} with an internal error of Stripe`);
  if (code === 'idempotency_key_in_use' || code === 'lock_timeout') {
    return undecided(`a request with this key or object is under way (${code})`);
  }
  if (![400, 401, 402, 403, 404, 429].includes(status)) return undecided(`HTTP ${status}`);
  if (intentStatus !== null && MOVED.has(intentStatus) && status === 402) {
    return undecided(`a decline of an intent that is ${intentStatus}`);
  }
  return { kind: 'final' };
}

/** The reason of a final refusal, or of an intent's last_payment_error (`status` 402 then). */
export function declineOf(status: number, error: Json): Decline {
  const code = textAt(error, 'code');
  const declineCode = textAt(error, 'decline_code');
  const isCard = status === 402 || textAt(error, 'type') === 'card_error';
  const row = isCard ? cardRow(declineCode, code) : { code: requestCode(status, error) };
  const fallback = advised(textAt(error, 'advice_code'), row);
  return {
    code: row.code,
    pspCode: clip(declineCode ?? code ?? textAt(error, 'type'), 100),
    message: messageOf(error),
    ...(fallback === undefined ? {} : { fallbackOverride: fallback }),
  };
}

/** Stripe's sentence, without anything that looks like a credential. */
export function messageOf(error: Json): string {
  const text = textAt(error, 'message') ?? 'Stripe refused without a message';
  const safe = text
    .slice(0, 1000)
    .toWellFormed()
    .replaceAll('\0', '')
    .replace(/\b(?:sk|rk|pk|whsec|ek)_[\w*]+/g, '[key]')
    .replace(/_secret_\w+/g, '_secret_[…]');
  return clip(safe, 300) ?? '';
}

/** A 402 is final even when its reason is new to us; then nobody else is tried on the strength of it. */
const UNLISTED: Row = { code: 'generic_decline', fallback: 'never' };

function cardRow(declineCode: string | null, code: string | null): Row {
  return rows.get(declineCode ?? '') ?? rows.get(code ?? '') ?? UNLISTED;
}

/**
 * advice_code overrides the table towards caution. `try_again_later` loosens only a reason that we do not know: it
 * speaks of the same card later, and does not put money where funds were insufficient.
 */
function advised(advice: string | null, row: Row): Fallback | undefined {
  if (advice === 'do_not_try_again' || advice === 'confirm_card_data') return 'never';
  if (advice === 'try_again_later' && row === UNLISTED) return 'once';
  return row.fallback;
}

function requestCode(status: number, error: Json): DeclineCode {
  const code = textAt(error, 'code') ?? '';
  if (status === 401) return 'auth_failed';
  if (status === 429) return 'rate_limited';
  if (status === 403) return 'merchant_config';
  const known = requestRows.get(code);
  if (known !== undefined) return known;
  if (code.endsWith('_not_enabled')) return 'merchant_config';
  if (code === 'resource_missing') {
    return textAt(error, 'param') === 'payment_method' ? 'invalid_account' : 'invalid_request';
  }
  const text = textAt(error, 'message') ?? '';
  return CONFIG_TEXT.test(text.slice(0, 1000)) ? 'merchant_config' : 'invalid_request';
}

function undecided(reason: string): { kind: 'undecided'; reason: string } {
  return { kind: 'undecided', reason };
}

export function clip(text: string | null, length: number): string | null {
  if (text === null) return null;
  return text.length <= length ? text : text.slice(0, length).replace(/[\uD800-\uDBFF]$/, '');
}
