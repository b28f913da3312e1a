// Hubtel and its simulator (psp/hubtel.md sections 2, 3, 6 and 8).
import type { Instrument, PayoutInput } from '../../src/connectors/contract.ts';
import { hubtel as connector } from '../../src/connectors/hubtel/index.ts';
import type { DeclineCode } from '../../src/domain/attempt/decline.ts';
import { money } from '../../src/kernel/money.ts';
import { onPage, onPhone } from './answers.ts';
import type { Journey, Patch, Subject } from './subject.ts';

const nothing: Instrument = {
  token: null,
  phone: null,
  network: null,
  bankCode: null,
  accountNumber: null,
};

const SUM = money(20_000n, 'GHS');
const page: Patch = { amount: SUM, method: 'card' };

function wallet(phone: string, network: string | null = null): Patch {
  return { amount: SUM, method: 'mobile_money', instrument: { ...nothing, phone, network } };
}

function prompt(name: string, patch: Patch): Journey {
  return {
    name,
    row: 'prompt',
    patch,
    asks: 'wait',
    answer: onPhone(patch.instrument!.phone!),
    declined: 'authentication_failed',
    cancelled: 'user_cancelled',
    expires: { afterMs: 300_000, code: 'payer_timeout' },
  };
}

/** The payer does everything right, and it is refused. */
function refused(phone: string, code: DeclineCode): Journey {
  const journey = prompt(`phone ${phone.slice(-4)}`, wallet(phone));
  return { ...journey, refusedAfterAll: code, expires: null };
}

function account(accountNumber: string, bankCode: string): NonNullable<PayoutInput['beneficiary']> {
  return { type: 'bank', name: 'Kofi Asante', accountNumber, bankCode };
}

function mobile(accountNumber: string, bankCode: string): NonNullable<PayoutInput['beneficiary']> {
  return { type: 'mobile_money', name: 'Kofi Asante', accountNumber, bankCode };
}

export const hubtel: Subject = {
  connector,
  takesNoMetadata: true,
  knowsNoRateLimit: true,
  credentialsOf: (name) => ({
    client_id: `apiid${name}demo0123456789`,
    client_secret: `apikey${name}a1b2c3d4e5f60789`,
    merchant_account: '11684',
    prepaid_deposit_id: '10002',
    ip_whitelisted: 'true',
  }),
  bookKeyOf: ({ client_id: key }) => key!,
  webhookSecretOf: () => null,
  wrong: {
    client_id: 'invalidapiid0123456789',
    client_secret: 'apikey0123456789',
    merchant_account: '11684',
    ip_whitelisted: 'true',
  },
  direct: null,
  late: null,
  journeys: [
    {
      name: 'page',
      row: 'page',
      patch: page,
      asks: 'redirect',
      answer: onPage,
      declined: 'open',
      cancelled: 'open',
      expires: null,
    },
    prompt('MTN', wallet('+233244123987', 'mtn')),
    prompt('Telecel, by its number', wallet('0201234987')),
    prompt('AirtelTigo', wallet('233261234987', 'atl')),
    refused('+233240000001', 'insufficient_funds'),
    refused('+233240000002', 'authentication_failed'),
  ],
  refusals: [
    { name: 'no phone of Ghana', patch: wallet('+254712345678'), code: 'invalid_phone' },
    { name: 'address not on the list', patch: wallet('+233240000006'), code: 'merchant_config' },
  ],
  authorize: null,
  refunds: {
    settlesMs: 2_000,
    late: { patch: page, afterMs: 2_000 },
    failing: null,
    stuck: null,
  },
  payouts: {
    ways: [
      { name: 'wallet', input: { amount: SUM, beneficiary: mobile('+233244123987', 'mtn') } },
      {
        name: 'wallet by its number',
        input: { amount: SUM, beneficiary: mobile('0201234987', '') },
      },
      { name: 'bank', input: { amount: SUM, beneficiary: account('0012345678', '300304') } },
    ],
    settlesMs: 2_000,
    beforehand: null,
    refused: [
      { name: 'nobody to pay', input: { beneficiary: null }, code: 'invalid_account' },
      {
        name: 'no such bank code',
        input: { beneficiary: account('0012345678', 'GCB') },
        code: 'invalid_account',
      },
      {
        name: 'no phone of Ghana',
        input: { beneficiary: mobile('12345', 'mtn') },
        code: 'invalid_phone',
      },
      {
        name: 'balance too small',
        input: { amount: money(100_000_000n, 'GHS'), beneficiary: mobile('0244123987', 'mtn') },
        code: 'merchant_balance_insufficient',
      },
    ],
    failing: [
      {
        name: 'refused by the network',
        input: { beneficiary: mobile('+233240000001', 'mtn') },
        code: 'generic_decline',
        afterMs: 2_000,
      },
    ],
    stuck: [
      { name: 'no answer of the network', input: { beneficiary: mobile('+233240000003', 'mtn') } },
    ],
  },
  currencies: [{ currency: 'GHS', smallest: 100n }],
  methods: [
    { method: 'card', patch: page },
    { method: 'mobile_money', patch: { amount: SUM } },
  ],
  impossible: [money(1_000n, 'KES'), money(1_000n, 'JPY')],
  signs: 'nothing',
  webhookToleranceMs: null,
  refusedWithoutCall: [
    {
      name: 'an authorization',
      run: async (merchant) => {
        const payment = merchant.open({ ...page, captureMethod: 'manual' });
        return merchant.send(payment, 'open', 'charge');
      },
    },
    {
      name: 'a bank transfer',
      run: async (merchant) => (await merchant.charge({ ...page, method: 'bank_transfer' })).last!,
    },
    {
      name: 'a transfer between own accounts',
      run: async (merchant) => (await merchant.payOut({ kind: 'transfer' })).last!,
    },
  ],
  cannot: {
    client: 'the browser library needs the API key in the browser (section 1)',
    expiry: 'how long a page lives is not documented (section 2.1)',
    direct: 'only with a mandate of the payer, which is not offered here (section 2.3)',
    authentication: "a card's bank is asked on Hubtel's page (section 2.1)",
    answer: 'no OTP for ordinary charges (section 2.2)',
    bank_transfer: 'not offered (section 2)',
    ussd: 'the prompt comes by itself (section 2.2)',
    qr: "GhQR is on Hubtel's page only (section 2.1)",
    late: 'a payment is paid as soon as the payer has (section 2.2)',
    authorize: 'no authorizations (section 2.7)',
    capture_part: 'no authorizations (section 2.7)',
    void: 'no void (section 2.7)',
    close: 'a page cannot be closed by us (section 2.1)',
    refund_part: 'whole payments only (section 2.5)',
    refund_failed: 'no status tells of a refund that failed (section 2.5)',
    refund_stuck: 'no status tells of a refund that waits (section 2.5)',
    webhook_age: 'callbacks are not signed (section 4)',
    dispute: 'no dispute API (section 2.7)',
    history: 'Hubtel lists nothing (section 2.7)',
    repeat: 'that a duplicate is refused is not guaranteed (section 5)',
  },
};
