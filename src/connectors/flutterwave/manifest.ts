// What Flutterwave v3 can do and what a connection to it needs (psp/flutterwave.md sections 1 and 6).
import type { Manifest } from '../contract.ts';

export const manifest: Manifest = {
  provider: 'flutterwave',
  name: 'Flutterwave',
  // One host; the key selects the mode.
  baseUrl: {
    sandbox: 'https://api.flutterwave.com/v3',
    live: 'https://api.flutterwave.com/v3',
  },
  credentials: [
    {
      name: 'secret_key',
      required: true,
      secret: true,
      title: 'Secret key',
      pattern: { sandbox: '^FLWSECK_TEST-', live: '^FLWSECK-' },
    },
    {
      name: 'public_key',
      required: false,
      secret: false,
      title: 'Public key',
      pattern: { sandbox: '^FLWPUBK_TEST-', live: '^FLWPUBK-' },
    },
    {
      name: 'encryption_key',
      required: false,
      secret: true,
      title: 'Encryption key, for direct card charges',
    },
    { name: 'secret_hash', required: false, secret: true, title: 'Secret hash of webhooks' },
  ],
  publicCredential: 'public_key',
  capabilities: {
    methods: ['card', 'mobile_money', 'bank_transfer', 'bank', 'ussd', 'apple_pay', 'google_pay'],
    countries: ['NG', 'GH', 'KE', 'ZA', 'UG', 'RW', 'ZM', 'TZ', 'CM', 'CI', 'SN'],
    currencies: [
      'NGN',
      'GHS',
      'KES',
      'ZAR',
      'UGX',
      'RWF',
      'ZMW',
      'TZS',
      'XAF',
      'XOF',
      'USD',
      'EUR',
      'GBP',
    ],
    operations: ['charge', 'refund', 'payout'],
    partialRefund: true,
    manualCapture: null,
    // Not published: the error text tells (section 6).
    minimumMinor: {},
    maximumMinor: {},
  },
  // A repeated tx_ref is refused or, on direct charges, charged again (section 5): after `unknown`, ask.
  guaranteesKey: null,
  syncScheduleS: null,
  secretHeader: 'verif-hash',
  history: { kinds: ['payments', 'refunds', 'payouts', 'disputes', 'balances'], by: 'creation' },
};
