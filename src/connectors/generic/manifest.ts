// A PSP that speaks Formance's generic connector API (api/formance.md section 10), at the merchant's own address.
import type { Manifest } from '../contract.ts';

/** What the generic API can do, whoever speaks it. */
export const spoken = {
  publicCredential: null,
  capabilities: {
    methods: [],
    countries: 'any',
    currencies: 'any',
    operations: ['payout', 'transfer'],
    partialRefund: false,
    manualCapture: null,
    minimumMinor: {},
    maximumMinor: {},
  },
  // The API promises a repeat under the same key for transfers only, and says not for how long: ask, never repeat.
  guaranteesKey: null,
  syncScheduleS: null,
  history: {
    kinds: ['payments', 'refunds', 'accounts', 'balances'],
    by: 'change',
    externalAccounts: true,
  },
} as const satisfies Partial<Manifest>;

export const manifest: Manifest = {
  provider: 'generic',
  name: 'Generic',
  baseUrl: { sandbox: 'https://generic.invalid', live: 'https://generic.invalid' },
  endpointCredential: 'endpoint',
  credentials: [
    { name: 'api_key', required: true, secret: true, title: 'API key, sent as a bearer token' },
    {
      name: 'endpoint',
      required: true,
      secret: false,
      title: "Base URL of the PSP's generic API",
      pattern: { sandbox: '^https?://', live: '^https://' },
    },
  ],
  ...spoken,
};
