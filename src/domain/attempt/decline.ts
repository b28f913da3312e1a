// Why a PSP refused, in one vocabulary for all PSPs, and what the refusal permits.
// The table is psp/common.md section 3: fine code -> class, whether another connection may be tried.

export type DeclineClass =
  | 'provider_unavailable'
  | 'provider_timeout'
  | 'rate_limited'
  | 'merchant_config'
  | 'invalid_request'
  | 'customer_action_required'
  | 'customer_canceled'
  | 'insufficient_funds'
  | 'issuer_declined'
  | 'limit_exceeded'
  | 'fraud_block'
  | 'unknown';

/**
 * `never`: no other connection may be tried. `once`: one fallback per payment for this reason (a soft decline by an
 * issuer). `yes`: as often as the plan has connections (the request was not executed).
 */
export type Fallback = 'never' | 'once' | 'yes';

interface DeclineRow {
  readonly class: DeclineClass;
  readonly fallback: Fallback;
  /** True when the PSP, not the customer or the merchant, is the cause: counts against the connection's health. */
  readonly pspFault: boolean;
}

const row = (declineClass: DeclineClass, fallback: Fallback, pspFault = false): DeclineRow => ({
  class: declineClass,
  fallback,
  pspFault,
});

export const declines = {
  insufficient_funds: row('insufficient_funds', 'never'),
  do_not_honor: row('issuer_declined', 'once'),
  generic_decline: row('issuer_declined', 'once'),
  expired_card: row('issuer_declined', 'never'),
  incorrect_number: row('issuer_declined', 'never'),
  incorrect_cvc: row('issuer_declined', 'never'),
  incorrect_pin: row('issuer_declined', 'never'),
  fraud_suspected: row('fraud_block', 'never'),
  restricted_card: row('issuer_declined', 'never'),
  transaction_not_permitted: row('issuer_declined', 'never'),
  authentication_required: row('customer_action_required', 'never'),
  authentication_failed: row('issuer_declined', 'never'),
  invalid_phone: row('invalid_request', 'never'),
  invalid_account: row('invalid_request', 'never'),
  user_cancelled: row('customer_canceled', 'never'),
  payer_timeout: row('customer_action_required', 'never'),
  payer_busy: row('customer_action_required', 'never'),
  limit_exceeded: row('limit_exceeded', 'never'),
  psp_limit_exceeded: row('limit_exceeded', 'yes'),
  amount_too_small: row('invalid_request', 'yes'),
  amount_too_large: row('invalid_request', 'yes'),
  merchant_config: row('merchant_config', 'yes', true),
  auth_failed: row('merchant_config', 'yes', true),
  merchant_balance_insufficient: row('merchant_config', 'never'),
  rate_limited: row('rate_limited', 'yes', true),
  provider_unavailable: row('provider_unavailable', 'yes', true),
  invalid_request: row('invalid_request', 'never'),
  /** The PSP closed the attempt because we (or the merchant in the PSP's dashboard) canceled it. */
  canceled: row('customer_canceled', 'never'),
  /** The PSP proved, by repeated queries, that it never received the request. */
  not_executed: row('provider_timeout', 'never', true),
} as const satisfies Record<string, DeclineRow>;

export type DeclineCode = keyof typeof declines;

export interface Decline {
  readonly code: DeclineCode;
  /** The PSP's own code or text, shortened, without secrets; for the merchant's eyes. */
  readonly pspCode: string | null;
  readonly message: string;
  /** Set when the PSP itself forbids or allows trying again, against the table (Stripe's advice_code). */
  readonly fallbackOverride?: Fallback;
}

export function fallbackOf(decline: Decline): Fallback {
  return decline.fallbackOverride ?? declines[decline.code].fallback;
}

/** `soft` when another connection may be tried, `hard` otherwise (DESIGN section 2). */
export function hardness(decline: Decline): 'hard' | 'soft' {
  return fallbackOf(decline) === 'never' ? 'hard' : 'soft';
}

export function declineClassOf(code: DeclineCode): DeclineClass {
  return declines[code].class;
}
