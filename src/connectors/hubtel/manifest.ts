// What Hubtel (Ghana) takes and asks for (psp/hubtel.md sections 1, 2 and 6). Every service has a host of its own.
import type { CredentialField, Manifest } from '../contract.ts';

const field = (
  name: string,
  title: string,
  more: Partial<CredentialField> = {},
): CredentialField => ({ name, title, required: true, secret: true, ...more });

const detail = { required: false, secret: false } as const;

export const manifest: Manifest = {
  provider: 'hubtel',
  name: 'Hubtel',
  // There is one environment, and it moves money: a sandbox connection is served by the simulator only.
  baseUrl: { sandbox: 'https://payproxyapi.hubtel.com', live: 'https://payproxyapi.hubtel.com' },
  liveOnly: true,
  hosts: {
    rmsc: 'https://rmsc.hubtel.com',
    txnstatus: 'https://api-txnstatus.hubtel.com',
    rmp: 'https://rmp.hubtel.com',
    refund: 'https://refund-api.hubtel.com',
    smp: 'https://smp.hubtel.com',
    smrsc: 'https://smrsc.hubtel.com',
    trnf: 'https://trnf.hubtel.com',
  },
  credentials: [
    field('client_id', 'API ID'),
    field('client_secret', 'API key', { aliases: ['secret'] }),
    field('merchant_account', 'Merchant account (POS sales id)', { secret: false }),
    field('prepaid_deposit_id', 'Prepaid deposit id, for payouts', detail),
    field('ip_whitelisted', "`true` when this server's address is on Hubtel's list", detail),
    field(
      'browser_checkout',
      "`true` hands the API ID and key to customers' browsers, for Hubtel's own widget",
      detail,
    ),
  ],
  publicCredential: null,
  capabilities: {
    methods: ['mobile_money', 'card'],
    countries: ['GH'],
    currencies: ['GHS'],
    operations: ['charge', 'refund', 'payout'],
    partialRefund: false,
    manualCapture: null,
    minimumMinor: { GHS: 1n },
    maximumMinor: { GHS: 100_000_000n },
  },
  // That a duplicate reference is refused is not guaranteed (section 5): nothing is sent twice.
  guaranteesKey: null,
  // Section 2.4: at 5 minutes without a callback at the latest.
  syncScheduleS: [30, 120, 300, 600, 1200, 2400, 3600],
  callbackAlias: 'hb',
};
