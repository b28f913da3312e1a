// Stripe's test cards and pm_ tokens, and what each does (psp/stripe.md section 7). They exist in test mode only.

/** How a card is refused: the fields of the card_error that the client sees. */
export interface Refusal {
  readonly code: string;
  /** Null for refusals that only have a code. */
  readonly declineCode: string | null;
  readonly message: string;
  readonly networkCode: string | null;
  readonly advice: 'confirm_card_data' | 'do_not_try_again' | 'try_again_later' | null;
  /** Stopped by Stripe's own risk rules, not by the bank. */
  readonly blocked: boolean;
}

export interface TestCard {
  readonly brand: string;
  readonly last4: string;
  readonly country: string;
  readonly funding: 'credit' | 'debit' | 'prepaid';
  /** Refused when the method is made (a mistyped number), before any intent sees it. */
  readonly invalidNumber?: true;
  readonly refusal?: Refusal;
  /** `always`: every payment; `unless_set_up`: not when the method was set up for off-session use. */
  readonly authentication?: 'always' | 'unless_set_up';
  readonly dispute?: 'fraudulent' | 'product_not_received' | 'inquiry';
  readonly refund?: 'pending' | 'fails';
  /** The money is available at once instead of after two days. */
  readonly available?: true;
}

const DECLINED = 'Your card was declined.';

function refusal(declineCode: string, more: Partial<Refusal> = {}): { readonly refusal: Refusal } {
  return {
    refusal: {
      code: 'card_declined',
      declineCode,
      message: DECLINED,
      networkCode: '05',
      advice: 'try_again_later',
      blocked: false,
      ...more,
    },
  };
}

const REFUSALS: Readonly<Record<string, Partial<Refusal>>> = {
  insufficient_funds: { message: 'Your card has insufficient funds.', networkCode: '51' },
  lost_card: { networkCode: '41', advice: 'do_not_try_again' },
  stolen_card: { networkCode: '43', advice: 'do_not_try_again' },
  pickup_card: { networkCode: '04', advice: 'do_not_try_again' },
  restricted_card: { networkCode: '62', advice: 'do_not_try_again' },
  fraudulent: { networkCode: null, advice: 'do_not_try_again', blocked: true },
  stop_payment_order: { networkCode: 'R0', advice: 'do_not_try_again' },
  revocation_of_authorization: { networkCode: 'R1', advice: 'do_not_try_again' },
  revocation_of_all_authorizations: { networkCode: 'R3', advice: 'do_not_try_again' },
  card_velocity_exceeded: {
    message:
      'Your card was declined for making repeated attempts too frequently or exceeding its amount limit.',
    networkCode: '65',
  },
  expired_card: {
    code: 'expired_card',
    message: 'Your card has expired.',
    networkCode: '54',
    advice: 'confirm_card_data',
  },
  incorrect_cvc: {
    code: 'incorrect_cvc',
    message: "Your card's security code is incorrect.",
    networkCode: 'N7',
    advice: 'confirm_card_data',
  },
  incorrect_number: {
    code: 'incorrect_number',
    message: 'Your card number is incorrect.',
    networkCode: '14',
    advice: 'confirm_card_data',
  },
  processing_error: {
    code: 'processing_error',
    message: 'An error occurred while processing your card. Try again in a little bit.',
    networkCode: '96',
  },
  issuer_not_available: { networkCode: '91' },
  authentication_required: {
    code: 'authentication_required',
    message: 'Your card was declined. This transaction requires authentication.',
    networkCode: '65',
    advice: null,
  },
  user_cancelled: {
    code: 'payment_method_customer_decline',
    declineCode: null,
    message: 'The customer declined the payment.',
    networkCode: null,
    advice: null,
  },
  payer_timeout: {
    code: 'payment_method_provider_timeout',
    declineCode: null,
    message: 'The payment method failed due to a timeout.',
    networkCode: null,
    advice: null,
  },
  live_mode_test_card: {
    message: 'Your card was declined. Your request was in live mode, but used a known test card.',
    networkCode: null,
    advice: 'confirm_card_data',
  },
};

/** Reasons that all simulators understand, where Stripe has another word. */
const WORDS = new Map(
  Object.entries({
    declined: 'generic_decline',
    fraud: 'fraudulent',
    fraud_suspected: 'fraudulent',
    limit_exceeded: 'card_velocity_exceeded',
    invalid_card: 'incorrect_number',
    account_closed: 'invalid_account',
    transaction_not_permitted: 'transaction_not_allowed',
    provider_unavailable: 'issuer_not_available',
    authentication_failed: 'authentication_not_handled',
    ambiguous: 'processing_error',
  }),
);

/** The refusal behind any decline code; codes without an entry of their own read like a plain decline. */
export function refusalOf(reason: string): Refusal {
  const code = WORDS.get(reason) ?? reason;
  return refusal(code, Object.hasOwn(REFUSALS, code) ? REFUSALS[code] : {}).refusal;
}

function declining(declineCode: string): Pick<TestCard, 'refusal'> {
  return { refusal: refusalOf(declineCode) };
}

function card(number: string, more: Partial<TestCard> = {}): [string, TestCard] {
  return [
    number,
    { brand: 'visa', last4: number.slice(-4), country: 'US', funding: 'credit', ...more },
  ];
}

/** By number. Any other number that passes the Luhn check is an ordinary good card. */
const CARDS: ReadonlyMap<string, TestCard> = new Map([
  card('4242424242424242'),
  card('4000056655665556', { funding: 'debit' }),
  card('5555555555554444', { brand: 'mastercard' }),
  card('5200828282828210', { brand: 'mastercard', funding: 'debit' }),
  card('5105105105105100', { brand: 'mastercard', funding: 'prepaid' }),
  card('378282246310005', { brand: 'amex' }),
  card('6011111111111117', { brand: 'discover' }),
  card('3056930009020004', { brand: 'diners' }),
  card('3566002020360505', { brand: 'jcb' }),
  card('6200000000000005', { brand: 'unionpay' }),
  card('4000008260000000', { country: 'GB' }),
  card('4000002760000016', { country: 'DE' }),
  card('4000005660000004', { country: 'NG' }),
  card('4000000000000002', declining('generic_decline')),
  card('4000000000009995', declining('insufficient_funds')),
  card('4000000000009987', declining('lost_card')),
  card('4000000000009979', declining('stolen_card')),
  card('4000000000000069', declining('expired_card')),
  card('4000000000000127', declining('incorrect_cvc')),
  card('4000000000000101', declining('incorrect_cvc')),
  card('4000000000000119', declining('processing_error')),
  card('4000000000006975', declining('card_velocity_exceeded')),
  card('4000000000000341', declining('generic_decline')),
  card('4100000000000019', declining('fraudulent')),
  card('4242424242424241', { invalidNumber: true }),
  card('4000002760003184', { country: 'DE', authentication: 'always' }),
  card('4000000000003220', { authentication: 'always' }),
  card('4000002500003155', { country: 'FR', authentication: 'unless_set_up' }),
  card('4000003800000446', { country: 'FI' }),
  card('4000008260003178', {
    country: 'GB',
    authentication: 'always',
    ...declining('insufficient_funds'),
  }),
  card('4000008400001629', { authentication: 'always', ...declining('generic_decline') }),
  card('4000000000000259', { dispute: 'fraudulent' }),
  card('4000000000002685', { dispute: 'product_not_received' }),
  card('4000000000001976', { dispute: 'inquiry' }),
  card('4000000000007726', { refund: 'pending' }),
  card('4000000000005126', { refund: 'fails' }),
  card('4000000000000077', { available: true }),
]);

/** `pm_card_…` without the prefix; `pm_card_visa_chargeDeclined…` is read as `pm_card_chargeDeclined…`. */
const TOKENS: Readonly<Record<string, string>> = {
  visa: '4242424242424242',
  us: '4242424242424242',
  visa_debit: '4000056655665556',
  mastercard: '5555555555554444',
  mastercard_debit: '5200828282828210',
  mastercard_prepaid: '5105105105105100',
  amex: '378282246310005',
  discover: '6011111111111117',
  diners: '3056930009020004',
  jcb: '3566002020360505',
  unionpay: '6200000000000005',
  gb: '4000008260000000',
  de: '4000002760000016',
  ng: '4000005660000004',
  bypassPending: '4000000000000077',
  chargeDeclined: '4000000000000002',
  chargeDeclinedInsufficientFunds: '4000000000009995',
  chargeDeclinedLostCard: '4000000000009987',
  chargeDeclinedStolenCard: '4000000000009979',
  chargeDeclinedExpiredCard: '4000000000000069',
  chargeDeclinedIncorrectCvc: '4000000000000127',
  chargeDeclinedProcessingError: '4000000000000119',
  chargeDeclinedVelocityLimitExceeded: '4000000000006975',
  chargeDeclinedFraudulent: '4100000000000019',
  radarBlock: '4100000000000019',
  chargeCustomerFail: '4000000000000341',
  authenticationRequired: '4000002760003184',
  threeDSecure2Required: '4000000000003220',
  authenticationRequiredOnSetup: '4000002500003155',
  authenticationRequiredSetupForOffSession: '4000003800000446',
  authenticationRequiredChargeDeclinedInsufficientFunds: '4000008260003178',
  authenticationRequiredChargeDeclined: '4000008400001629',
  createDispute: '4000000000000259',
  createDisputeProductNotReceived: '4000000000002685',
  createDisputeInquiry: '4000000000001976',
  pendingRefund: '4000000000007726',
  refundFail: '4000000000005126',
};

export function cardOfToken(token: string): TestCard | null {
  const name = /^pm_card_(?:visa_(?=[a-z]+[A-Z]))?([A-Za-z0-9_]+)$/.exec(token)?.[1];
  if (name === undefined || !Object.hasOwn(TOKENS, name)) return null;
  return CARDS.get(TOKENS[name]!) ?? null;
}

export function cardOfNumber(number: string): TestCard {
  const digits = number.replace(/[ -]/g, '');
  const known = CARDS.get(digits);
  if (known) return known;
  const [, plain] = card(digits, { brand: brandOf(digits) });
  return /^\d{12,19}$/.test(digits) && passesLuhn(digits)
    ? plain
    : { ...plain, invalidNumber: true };
}

export function isTestCard(number: string): boolean {
  return CARDS.has(number.replace(/[ -]/g, ''));
}

function brandOf(digits: string): string {
  if (digits.startsWith('4')) return 'visa';
  if (/^(5[1-5]|2[2-7])/.test(digits)) return 'mastercard';
  if (/^3[47]/.test(digits)) return 'amex';
  return 'unknown';
}

function passesLuhn(digits: string): boolean {
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const doubled = index % 2 === 1 ? Number(digit) * 2 : Number(digit);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}
