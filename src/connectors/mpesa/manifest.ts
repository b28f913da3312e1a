// What M-Pesa (Safaricom Daraja, Kenya) takes and asks for (psp/mpesa.md sections 1, 4 to 7).
import type { CredentialField, Manifest } from '../contract.ts';

const optional = (name: string, title: string, secret = false): CredentialField => ({
  name,
  title,
  secret,
  required: false,
});
const secret = (name: string, title: string): CredentialField => ({
  name,
  title,
  secret: true,
  required: true,
});

export const manifest: Manifest = {
  provider: 'mpesa',
  name: 'M-Pesa',
  baseUrl: { sandbox: 'https://sandbox.safaricom.co.ke', live: 'https://api.safaricom.co.ke' },
  credentials: [
    secret('consumer_key', 'Consumer key'),
    secret('consumer_secret', 'Consumer secret'),
    secret('passkey', 'Passkey of STK push'),
    {
      name: 'business_short_code',
      title: 'Business short code: the PayBill, or the head office of a till',
      required: true,
      secret: false,
      aliases: ['shortcode', 'short_code'],
      pattern: { sandbox: '^\\d{5,7}$', live: '^\\d{5,7}$' },
    },
    optional('type', '`paybill` (default) or `till`'),
    optional('till_number', 'Till number, of a till'),
    optional('initiator_name', 'Initiator of payouts, reversals and status questions'),
    optional('security_credential', 'Security credential of the initiator, encrypted', true),
    optional('initiator_password', 'Password of the initiator, instead: needs `certificate`', true),
    optional('b2c_short_code', 'Short code of payouts; left out: the business short code'),
    optional('certificate', "Safaricom's certificate of this environment (PEM)"),
  ],
  publicCredential: null,
  capabilities: {
    methods: ['mobile_money'],
    countries: ['KE'],
    currencies: ['KES'],
    operations: ['charge', 'refund', 'payout'],
    // A part can only be given back as a payout of its own (section 2.4).
    partialRefund: false,
    manualCapture: null,
    minimumMinor: { KES: 100n },
    maximumMinor: { KES: 25_000_000n },
  },
  // A transaction is reversed once: a second reversal of it answers R000001 (section 5).
  guaranteesKey: { operations: ['refund'], hours: 48 },
  // Section 2.2: no more often, because of the spike arrest.
  syncScheduleS: [15, 30, 60, 120, 300, 600, 1800],
  // Safaricom refuses addresses with its own name in them (section 4).
  callbackAlias: 'mp',
  acknowledgement: { ResultCode: 0, ResultDesc: 'Accepted' },
};
