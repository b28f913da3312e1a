// What Paystack can do and what a connection to it needs (psp/paystack.md sections 1 and 6).
import type { Manifest } from '../contract.ts';

/** 10,000,000 major units per transaction, in every currency (section 6). */
const MAXIMUM_MAJOR = 10_000_000n;

export const manifest: Manifest = {
  provider: 'paystack',
  name: 'Paystack',
  // One host; the key selects the mode.
  baseUrl: { sandbox: 'https://api.paystack.co', live: 'https://api.paystack.co' },
  credentials: [
    {
      name: 'secret_key',
      required: true,
      secret: true,
      title: 'Secret key; also signs webhooks',
      pattern: { sandbox: '^sk_test_', live: '^sk_live_' },
    },
    {
      name: 'public_key',
      required: false,
      secret: false,
      title: 'Public key, for the browser popup',
      pattern: { sandbox: '^pk_test_', live: '^pk_live_' },
    },
  ],
  publicCredential: 'public_key',
  capabilities: {
    methods: ['card', 'mobile_money', 'bank_transfer', 'bank', 'ussd', 'apple_pay', 'qr', 'eft'],
    countries: ['NG', 'GH', 'KE', 'ZA', 'CI'],
    currencies: ['NGN', 'GHS', 'KES', 'ZAR', 'USD', 'XOF'],
    operations: ['charge', 'authorize', 'capture', 'void', 'refund', 'payout'],
    partialRefund: true,
    manualCapture: { methods: ['card'], currencies: ['ZAR'] },
    minimumMinor: { NGN: 5000n, USD: 200n, GHS: 10n, ZAR: 100n, KES: 300n, XOF: 1n },
    maximumMinor: {
      NGN: MAXIMUM_MAJOR * 100n,
      USD: MAXIMUM_MAJOR * 100n,
      GHS: MAXIMUM_MAJOR * 100n,
      ZAR: MAXIMUM_MAJOR * 100n,
      KES: MAXIMUM_MAJOR * 100n,
      XOF: MAXIMUM_MAJOR,
    },
  },
  // A repeated reference is refused, not replayed (section 5): after `unknown`, ask.
  guaranteesKey: null,
  syncScheduleS: null,
  history: {
    kinds: ['payments', 'refunds', 'payouts', 'disputes', 'accounts', 'balances'],
    by: 'creation',
    externalAccounts: true,
  },
};
