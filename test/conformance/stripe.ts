// Stripe and its simulator (psp/stripe.md sections 2, 3, 6 and 7).
import type { Instrument } from '../../src/connectors/contract.ts';
import { stripe as connector } from '../../src/connectors/stripe/index.ts';
import type { DeclineCode, Fallback } from '../../src/domain/attempt/decline.ts';
import { exponentOf } from '../../src/kernel/currency.ts';
import { money } from '../../src/kernel/money.ts';
import { onPage, pageOf } from './answers.ts';
import type { Answer, Journey, Patch, Subject } from './subject.ts';

const nothing: Instrument = {
  token: null,
  phone: null,
  network: null,
  bankCode: null,
  accountNumber: null,
};

const DOLLARS = money(1_100n, 'USD');
const page: Patch = { amount: DOLLARS, method: 'card' };
const card = (token: string): Patch => ({ ...page, instrument: { ...nothing, token } });
const manual = (patch: Patch): Patch => ({ ...patch, captureMethod: 'manual' });
const wishing = (simulate: string): Patch => ({ ...card('pm_card_visa'), metadata: { simulate } });

/** Pays the page with a card whose bank asks, and answers the bank. */
const pageAndBank: Answer = async (payment, button, psps) => {
  const fields = { payment_method: 'pm_card_authenticationRequired' };
  const { location } = await psps.press(pageOf(payment), 'success', fields);
  return psps.press(location!, button);
};

/** The simulator's stand-in for a shop page with Stripe.js on it. */
const inShop: Answer = ({ pspReference, token }, button, psps) => {
  const secret = encodeURIComponent(token!);
  return psps.press(
    `${psps.url}/simulators/stripe/pay/${pspReference}?client_secret=${secret}`,
    button,
  );
};

const open = { declined: 'open', cancelled: 'open' } as const;
const proof = {
  declined: 'authentication_failed',
  cancelled: 'authentication_failed',
  expires: null,
} as const;
const HOUR = { afterMs: 3_600_000, code: 'payer_timeout' } as const;

const journeys: readonly [Journey, ...Journey[]] = [
  {
    name: 'page',
    row: 'page',
    patch: page,
    asks: 'redirect',
    answer: onPage,
    ...open,
    expires: HOUR,
  },
  {
    name: 'page that only authorises',
    row: 'authorize',
    patch: manual(page),
    asks: 'redirect',
    answer: onPage,
    ...open,
    expires: HOUR,
  },
  {
    name: 'page with a card whose bank asks',
    row: 'authentication',
    patch: page,
    asks: 'redirect',
    answer: pageAndBank,
    ...open,
    expires: null,
  },
  {
    name: 'Stripe.js',
    row: 'client',
    patch: { ...page, presentation: 'client' },
    asks: 'client',
    answer: inShop,
    ...open,
    expires: null,
  },
  {
    name: 'token whose bank asks',
    row: 'authentication',
    patch: card('pm_card_authenticationRequired'),
    asks: 'redirect',
    answer: onPage,
    ...proof,
  },
  {
    name: 'authorization whose bank asks',
    row: 'authentication',
    patch: manual(card('pm_card_authenticationRequired')),
    asks: 'redirect',
    answer: onPage,
    ...proof,
  },
  {
    name: 'token whose bank asks, and then',
    row: 'authentication',
    patch: card('pm_card_authenticationRequiredChargeDeclinedInsufficientFunds'),
    asks: 'redirect',
    answer: onPage,
    ...proof,
    refusedAfterAll: 'insufficient_funds',
  },
];

const TOKENS: Readonly<Record<string, DeclineCode>> = {
  chargeDeclined: 'generic_decline',
  chargeDeclinedInsufficientFunds: 'insufficient_funds',
  chargeDeclinedLostCard: 'fraud_suspected',
  chargeDeclinedStolenCard: 'fraud_suspected',
  chargeDeclinedFraudulent: 'fraud_suspected',
  chargeDeclinedExpiredCard: 'expired_card',
  chargeDeclinedIncorrectCvc: 'incorrect_cvc',
  chargeDeclinedProcessingError: 'provider_unavailable',
  chargeDeclinedVelocityLimitExceeded: 'limit_exceeded',
};

const REASONS: Readonly<Record<string, readonly [DeclineCode, Fallback?]>> = {
  do_not_honor: ['do_not_honor', 'once'],
  call_issuer: ['do_not_honor', 'once'],
  stop_payment_order: ['do_not_honor', 'never'],
  revocation_of_authorization: ['do_not_honor', 'never'],
  pickup_card: ['fraud_suspected', 'never'],
  restricted_card: ['fraud_suspected', 'never'],
  incorrect_number: ['incorrect_number', 'never'],
  incorrect_pin: ['incorrect_pin', 'never'],
  invalid_account: ['invalid_account', 'never'],
  authentication_required: ['authentication_required', 'never'],
  user_cancelled: ['user_cancelled', 'never'],
  payer_timeout: ['payer_timeout', 'never'],
  issuer_not_available: ['provider_unavailable', 'once'],
  card_not_supported: ['merchant_config', 'once'],
  duplicate_transaction: ['invalid_request', 'never'],
  a_reason_of_tomorrow: ['generic_decline'],
  merchant_config: ['merchant_config', 'yes'],
  currency_not_supported: ['merchant_config', 'yes'],
  channel_not_enabled: ['merchant_config', 'yes'],
};

/** Where 1 minor unit is too fine for Stripe, and what its field holds of it. */
function bounds(currency: string) {
  const largest = connector.manifest.capabilities.maximumMinor[currency] ?? 0n;
  if (currency === 'MGA') return { currency, smallest: 100n };
  if (exponentOf(currency) !== 3) return { currency };
  return { currency, smallest: 10n, largest: largest - (largest % 10n) };
}

export const stripe: Subject = {
  connector,
  credentialsOf: (name) => ({
    secret_key: `sk_test_conformance${name}a1b2c3d4e5`,
    publishable_key: `pk_test_conformance${name}f6g7h8i9j0`,
    stripe_webhook_secret: `whsec_conformance${name}k1l2m3n4o5`,
  }),
  bookKeyOf: ({ secret_key: key }) => key!,
  webhookSecretOf: ({ stripe_webhook_secret: secret }) => secret ?? null,
  wrong: { secret_key: 'sk_test_not-a-key-0123456789' },
  direct: card('pm_card_visa'),
  late: { patch: wishing('late_success:5000'), afterMs: 5_000 },
  journeys,
  refusals: [
    ...Object.entries(TOKENS).map(([token, code]) => ({
      name: `pm_card_${token}`,
      patch: card(`pm_card_${token}`),
      code,
    })),
    ...Object.entries(REASONS).map(([reason, [code, fallback]]) => ({
      name: reason,
      patch: wishing(`decline:${reason}`),
      code,
      ...(fallback === undefined ? {} : { fallback }),
    })),
    {
      name: 'page of an account that may not charge',
      patch: { ...page, metadata: { simulate: 'decline:merchant_config' } },
      code: 'merchant_config',
      fallback: 'yes',
    },
  ],
  authorize: manual(card('pm_card_visa')),
  refunds: {
    settlesMs: 0,
    late: { patch: card('pm_card_pendingRefund'), afterMs: 2_000 },
    failing: { patch: card('pm_card_refundFail'), afterMs: 2_000 },
    stuck: null,
  },
  payouts: {
    ways: [
      { name: 'own bank account', input: { amount: money(1_000n, 'USD'), beneficiary: null } },
    ],
    settlesMs: 3_000,
    beforehand: null,
    prepare: async (merchant) => {
      const amount = money(5_000n, 'USD');
      await merchant.charge({ ...card('pm_card_bypassPending'), amount });
    },
    refused: [
      {
        name: 'balance too small',
        input: { amount: money(9_999_999n, 'USD') },
        code: 'merchant_balance_insufficient',
      },
    ],
    failing: [
      {
        name: 'account closed',
        input: { metadata: { simulate: 'payout.decline:account_closed' } },
        code: 'invalid_account',
        afterMs: 3_000,
      },
      {
        name: 'bank gives no reason that we know',
        input: { metadata: { simulate: 'payout.decline:could_not_process' } },
        code: 'invalid_request',
        afterMs: 3_000,
      },
    ],
    stuck: [],
  },
  currencies: (connector.manifest.capabilities.currencies as readonly string[]).map(bounds),
  methods: [
    { method: 'card', patch: page },
    { method: 'apple_pay', patch: page },
    { method: 'google_pay', patch: page },
  ],
  impossible: [
    money(1_005n, 'BHD'),
    money(1_001n, 'KWD'),
    money(150n, 'MGA'),
    money(1_000n, 'IQD'),
    money(1_000n, 'SYP'),
  ],
  signs: 'body',
  webhookToleranceMs: 300_000,
  refusedWithoutCall: [
    {
      name: 'a payout to somebody else',
      run: async (merchant) => {
        const accountNumber = '000123456789';
        const beneficiary = { name: 'Ada Obi', accountNumber, bankCode: '110000000' };
        return (await merchant.payOut({ beneficiary: { type: 'bank', ...beneficiary } })).last!;
      },
    },
    {
      name: 'a card number in the place of a token',
      run: async (merchant) => (await merchant.charge(card('4242424242424242'))).last!,
    },
    {
      name: "another PSP's token",
      run: async (merchant) => (await merchant.charge(card('AUTH_success'))).last!,
    },
  ],
  cannot: {
    answer: 'Stripe asks on its own page or in the browser, never through us (section 2.1)',
    prompt: 'cards and wallets only (section 6)',
    bank_transfer: 'cards and wallets only (section 6)',
    ussd: 'cards and wallets only (section 6)',
    qr: 'cards and wallets only (section 6)',
    refund_stuck: 'requires_action happens to methods that are not offered here (section 2.4)',
  },
};
