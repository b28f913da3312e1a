// What Monnify can do and what a connection to it needs (psp/monnify.md sections 1 and 6).
import type { Manifest } from '../contract.ts';

/** 20 naira (section 2.1). */
const MINIMUM = 2_000n;

export const manifest: Manifest = {
  provider: 'monnify',
  name: 'Monnify',
  baseUrl: { sandbox: 'https://sandbox.monnify.com', live: 'https://api.monnify.com' },
  credentials: [
    {
      name: 'api_key',
      required: true,
      secret: false,
      title: 'API key',
      pattern: { sandbox: '^MK_TEST_', live: '^MK_PROD_' },
    },
    { name: 'secret_key', required: true, secret: true, title: 'Secret key; also signs webhooks' },
    { name: 'contract_code', required: true, secret: false, title: 'Contract code' },
    {
      name: 'wallet_account_number',
      required: false,
      secret: false,
      title: 'Wallet account, source of payouts and refunds',
    },
  ],
  publicCredential: 'api_key',
  capabilities: {
    methods: ['card', 'bank_transfer', 'ussd'],
    countries: ['NG'],
    currencies: ['NGN'],
    operations: ['charge', 'refund', 'payout'],
    partialRefund: true,
    manualCapture: null,
    minimumMinor: { NGN: MINIMUM },
    maximumMinor: {},
  },
  // A repeated reference is refused, not replayed (section 5): after `unknown`, ask.
  guaranteesKey: null,
  // No event tells of failed cards and expired payments (section 4): asked about sooner than others.
  syncScheduleS: [10, 30, 60, 120, 300, 600, 1_200, 2_700],
  history: { kinds: ['payments', 'refunds', 'payouts', 'balances'], by: 'creation' },
};
