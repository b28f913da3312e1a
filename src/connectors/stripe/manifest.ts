// What Stripe is and can do (psp/stripe.md sections 1, 5 and 6).
import type { Manifest, Method, Operation } from '../contract.ts';
import { fromStripeAmount, supportedCurrencies } from './amount.ts';

const METHODS: readonly Method[] = ['card', 'apple_pay', 'google_pay'];

/** ISO minor units, [remembered]; for others the minimum is what half a US dollar is worth, and Stripe says so. */
const MINIMUM_MINOR: Readonly<Record<string, bigint>> = {
  USD: 50n,
  EUR: 50n,
  GBP: 30n,
  AED: 200n,
  AUD: 50n,
  BGN: 100n,
  BRL: 50n,
  CAD: 50n,
  CHF: 50n,
  CZK: 1500n,
  DKK: 250n,
  HKD: 400n,
  HUF: 17_500n,
  INR: 50n,
  JPY: 50n,
  MXN: 1000n,
  MYR: 200n,
  NOK: 300n,
  NZD: 50n,
  PLN: 200n,
  RON: 200n,
  SEK: 300n,
  SGD: 50n,
  THB: 1000n,
};

/** Digits of the largest amount on the wire: eight, and more for some ([remembered]). */
const DIGITS_MAX: Readonly<Record<string, number>> = {
  INR: 9,
  COP: 10,
  HUF: 10,
  JPY: 10,
  IDR: 12,
  LBP: 12,
};

/** The largest amount in ISO minor units; UGX and ISK have two zeros more on the wire, which count as digits. */
function largest(currency: string): bigint {
  const wire = 10 ** (DIGITS_MAX[currency] ?? 8) - 1;
  const money = fromStripeAmount(wire, currency) ?? fromStripeAmount(wire - (wire % 100), currency);
  return money?.amountMinor ?? 0n;
}

function maximumMinor(): Record<string, bigint> {
  return Object.fromEntries(supportedCurrencies().map((code) => [code, largest(code)]));
}

/** Each under a key of its own; a transfer is sent as a payout is. */
const KEYED: readonly Operation[] = [
  'charge',
  'authorize',
  'capture',
  'void',
  'refund',
  'payout',
  'reversal',
];

export const manifest: Manifest = {
  provider: 'stripe',
  name: 'Stripe',
  baseUrl: { sandbox: 'https://api.stripe.com', live: 'https://api.stripe.com' },
  credentials: [
    {
      name: 'secret_key',
      required: true,
      secret: true,
      title: 'Secret or restricted key (sk_…, rk_…)',
      aliases: ['sk_live', 'sk_test'],
      pattern: {
        sandbox: '^(sk|rk)_test_[A-Za-z0-9_]+$',
        live: '^(sk|rk)_live_[A-Za-z0-9_]+$',
      },
    },
    {
      name: 'publishable_key',
      required: false,
      secret: false,
      title: 'Publishable key (pk_…), for Stripe.js',
      pattern: { sandbox: '^pk_test_[A-Za-z0-9_]+$', live: '^pk_live_[A-Za-z0-9_]+$' },
    },
    {
      name: 'stripe_webhook_secret',
      required: false,
      secret: true,
      title: 'Webhook signing secret (whsec_…); two, separated by a comma, during rotation',
      aliases: ['webhook_secret', 'signing_secret'],
    },
    {
      name: 'account_id',
      required: false,
      secret: false,
      title: 'Connected account (acct_…), with Stripe Connect',
    },
  ],
  publicCredential: 'publishable_key',
  capabilities: {
    methods: METHODS,
    countries: 'any',
    currencies: supportedCurrencies(),
    operations: [...KEYED, 'transfer'],
    partialRefund: true,
    manualCapture: { methods: METHODS, currencies: 'any' },
    minimumMinor: MINIMUM_MINOR,
    maximumMinor: maximumMinor(),
  },
  // Stripe keeps a key at least 24 h; one hour is left for clocks and for sending.
  guaranteesKey: {
    operations: KEYED,
    hours: 23,
  },
  syncScheduleS: null,
  history: {
    kinds: ['payments', 'refunds', 'payouts', 'disputes', 'accounts', 'balances'],
    by: 'creation',
    externalAccounts: true,
  },
};
