// Paystack and its simulator (psp/paystack.md sections 2, 3, 6 and 7).
import type { Instrument, PayoutInput } from '../../src/connectors/contract.ts';
import { paystack as connector } from '../../src/connectors/paystack/index.ts';
import type { DeclineCode } from '../../src/domain/attempt/decline.ts';
import { money } from '../../src/kernel/money.ts';
import { onPage, onPhone } from './answers.ts';
import type { Answer, Journey, Patch, Refusal, Subject } from './subject.ts';

const nothing: Instrument = {
  token: null,
  phone: null,
  network: null,
  bankCode: null,
  accountNumber: null,
};

function card(token: string, currency = 'GHS'): Patch {
  return {
    amount: money(currency === 'XOF' ? 2_000n : 20_000n, currency),
    method: 'card',
    instrument: { ...nothing, token },
  };
}

function wallet(currency: string, phone: string, network: string): Patch {
  const amount = money(currency === 'XOF' ? 2_000n : 20_000n, currency);
  return { amount, method: 'mobile_money', instrument: { ...nothing, phone, network } };
}

const authorization = (token: string): Patch => ({
  ...card(token, 'ZAR'),
  captureMethod: 'manual',
});
const page: Patch = { amount: money(20_000n, 'GHS'), method: 'card' };

/** Accounts and dialled codes have a page of their own in the simulator: `checkout/<number>`. */
const atNumber: Answer = (payment, button, psps) => {
  const { belief } = payment;
  const action = belief?.kind === 'requires_action' ? belief.action : null;
  const number =
    action?.type === 'bank_transfer'
      ? action.accountNumber
      : action?.type === 'ussd'
        ? /000\*(\d+)#/.exec(action.code)?.[1]
        : undefined;
  return psps.press(`${psps.url}/simulators/paystack/checkout/${number}`, button);
};

function prompt(name: string, patch: Patch): Journey {
  return {
    name,
    row: 'prompt',
    patch,
    asks: 'wait',
    answer: onPhone(patch.instrument!.phone!),
    declined: 'generic_decline',
    cancelled: 'user_cancelled',
    expires: { afterMs: 180_000, code: 'payer_timeout' },
  };
}

const fails = { declined: 'generic_decline', cancelled: 'open', expires: null } as const;
const OTP = {
  field: 'otp',
  right: '123456',
  wrong: { value: '654321', code: 'authentication_failed' },
  malformed: '!',
} as const;

const journeys: readonly [Journey, ...Journey[]] = [
  { name: 'page', row: 'page', patch: page, asks: 'redirect', answer: onPage, ...fails },
  {
    name: 'page that only authorises',
    row: 'authorize',
    patch: { amount: money(20_000n, 'ZAR'), method: 'card', captureMethod: 'manual' },
    asks: 'redirect',
    answer: onPage,
    ...fails,
  },
  {
    name: 'saved card that the bank asks about',
    row: 'authentication',
    patch: card('AUTH_send_otp'),
    asks: 'redirect',
    answer: onPage,
    ...fails,
  },
  {
    name: 'EFT',
    row: 'authentication',
    patch: { amount: money(20_000n, 'ZAR'), method: 'eft', instrument: nothing },
    asks: 'redirect',
    answer: onPage,
    ...fails,
  },
  prompt('MTN in Ghana', wallet('GHS', '+233551234987', 'mtn')),
  prompt('M-PESA', wallet('KES', '+254710000000', 'mpesa')),
  prompt('Orange in Ivory Coast', wallet('XOF', '+2250701020304', 'orange')),
  {
    name: 'Telecel voucher',
    row: 'answer',
    patch: wallet('GHS', '0501234567', 'vod'),
    asks: 'submit',
    steps: [OTP],
    submitPath: '/charge/submit',
    answer: null,
    ...fails,
  },
  {
    name: 'bank account',
    row: 'answer',
    patch: {
      amount: money(20_000n, 'NGN'),
      method: 'bank',
      instrument: { ...nothing, bankCode: '057', accountNumber: '0000000000' },
    },
    asks: 'submit',
    steps: [
      {
        field: 'birthday',
        right: '2007-04-15',
        wrong: { value: '1999-12-31', code: 'authentication_failed' },
        malformed: 'yesterday',
      },
      OTP,
    ],
    answer: null,
    ...fails,
  },
  {
    name: 'bank transfer',
    row: 'bank_transfer',
    patch: { amount: money(20_000n, 'NGN'), method: 'bank_transfer', instrument: nothing },
    asks: 'bank_transfer',
    answer: atNumber,
    // A wrong amount goes back, and the right one may still come.
    declined: 'open',
    cancelled: 'open',
    expires: { afterMs: 3_600_000, code: 'payer_timeout' },
  },
  {
    name: 'Pesalink',
    row: 'bank_transfer',
    patch: { amount: money(20_000n, 'KES'), method: 'bank_transfer', instrument: nothing },
    asks: 'bank_transfer',
    answer: atNumber,
    declined: 'open',
    cancelled: 'open',
    expires: { afterMs: 25 * 60_000, code: 'payer_timeout' },
  },
  {
    name: 'USSD',
    row: 'ussd',
    patch: {
      amount: money(20_000n, 'NGN'),
      method: 'ussd',
      instrument: { ...nothing, bankCode: '058' },
    },
    asks: 'ussd',
    answer: atNumber,
    ...fails,
  },
  {
    name: 'QR',
    row: 'qr',
    patch: { amount: money(20_000n, 'ZAR'), method: 'qr', instrument: nothing },
    asks: 'qr',
    answer: onPage,
    ...fails,
  },
];

const REASONS: Readonly<Record<string, DeclineCode | 'unknown'>> = {
  insufficient_funds: 'insufficient_funds',
  do_not_honor: 'do_not_honor',
  generic_decline: 'generic_decline',
  expired_card: 'expired_card',
  incorrect_pin: 'authentication_failed',
  wrong_otp: 'authentication_failed',
  authentication_failed: 'authentication_failed',
  invalid_card: 'incorrect_number',
  account_closed: 'invalid_account',
  fraud: 'fraud_suspected',
  limit_exceeded: 'limit_exceeded',
  restricted_card: 'restricted_card',
  transaction_not_permitted: 'transaction_not_permitted',
  user_cancelled: 'user_cancelled',
  payer_timeout: 'payer_timeout',
  provider_unavailable: 'provider_unavailable',
  ambiguous: 'unknown',
};

const refusals: readonly Refusal[] = [
  ...Object.entries(REASONS).map(([reason, code]) => ({
    name: `AUTH_decline_${reason}`,
    patch: card(`AUTH_decline_${reason}`),
    code,
  })),
  // At initialize nothing was made that could have failed: the doubtful texts prove nothing there.
  ...Object.entries(REASONS).map(([reason, code]) => ({
    name: `page refused for ${reason}`,
    patch: { ...page, metadata: { simulate: `decline:${reason}` } },
    code: ['payer_timeout', 'provider_unavailable'].includes(code) ? ('unknown' as const) : code,
  })),
  {
    name: 'authorization refused',
    patch: authorization('AUTH_decline_insufficient_funds'),
    code: 'insufficient_funds',
  },
  {
    name: 'currency not switched on',
    patch: { ...card('AUTH_success'), metadata: { simulate: 'decline:currency_not_supported' } },
    code: 'merchant_config',
    fallback: 'yes',
  },
];

function account(accountNumber: string, bankCode = '058'): NonNullable<PayoutInput['beneficiary']> {
  return { type: 'bank', name: 'Túndé Bẹ́llò', accountNumber, bankCode };
}

function mobile(accountNumber: string, bankCode: string): NonNullable<PayoutInput['beneficiary']> {
  return { type: 'mobile_money', name: 'Ama Mensah', accountNumber, bankCode };
}

const NAIRA = money(80_000n, 'NGN');

export const paystack: Subject = {
  connector,
  credentialsOf: (name) => ({
    secret_key: `sk_test_conformance${name}a1b2c3d4e5`,
    public_key: `pk_test_conformance${name}f6g7h8i9j0`,
  }),
  bookKeyOf: ({ secret_key: key }) => key!,
  webhookSecretOf: () => null,
  wrong: { secret_key: 'sk_test_invalid0123456789' },
  direct: card('AUTH_success'),
  late: {
    patch: { ...card('AUTH_success'), metadata: { simulate: 'late_success:5000' } },
    afterMs: 5_000,
  },
  journeys,
  refusals,
  authorize: authorization('AUTH_success'),
  refunds: {
    settlesMs: 500,
    late: { patch: card('AUTH_success'), afterMs: 500 },
    failing: { patch: card('AUTH_refund_failed'), afterMs: 500 },
    stuck: card('AUTH_refund_needs_attention'),
  },
  payouts: {
    ways: [
      { name: 'bank in NGN', input: { amount: NAIRA, beneficiary: account('0001234567') } },
      {
        name: 'bank in GHS',
        input: { amount: money(8_000n, 'GHS'), beneficiary: account('1234567890123', '030100') },
      },
      {
        name: 'bank in ZAR',
        input: { amount: money(8_000n, 'ZAR'), beneficiary: account('62000000000', '632005') },
      },
      {
        name: 'bank in KES',
        input: { amount: money(8_000n, 'KES'), beneficiary: account('0123456789', '01') },
      },
      {
        name: 'wallet in GHS',
        input: { amount: money(8_000n, 'GHS'), beneficiary: mobile('0551234987', 'mtn') },
      },
      {
        name: 'wallet in KES',
        input: { amount: money(8_000n, 'KES'), beneficiary: mobile('0712345678', 'mpesa') },
      },
      {
        name: 'wallet in XOF',
        input: { amount: money(8_000n, 'XOF'), beneficiary: mobile('0701020304', 'wave') },
      },
    ],
    settlesMs: 500,
    beforehand: '/transferrecipient',
    refused: [
      {
        name: 'no such account',
        input: { beneficiary: account('9990000005') },
        code: 'invalid_account',
      },
      { name: 'nobody to pay', input: { beneficiary: null }, code: 'invalid_account' },
      {
        name: 'balance too small',
        input: { amount: money(2_000_000_000n, 'NGN'), beneficiary: account('0001234567') },
        code: 'merchant_balance_insufficient',
      },
    ],
    failing: [
      {
        name: 'refused by the bank',
        input: { beneficiary: account('9990000001') },
        code: 'generic_decline',
        afterMs: 500,
      },
      {
        name: 'paid, and comes back',
        input: { beneficiary: account('9990000002') },
        code: 'generic_decline',
        afterMs: 1_000,
      },
    ],
    stuck: [
      { name: 'OTP of the merchant', input: { beneficiary: account('9990000003') } },
      { name: 'bank does not answer', input: { beneficiary: account('9990000004') } },
    ],
  },
  currencies: ['NGN', 'GHS', 'KES', 'ZAR', 'USD', 'XOF'].map((currency) => ({ currency })),
  methods: [
    { method: 'card', patch: page },
    { method: 'mobile_money', patch: { amount: money(20_000n, 'KES') } },
    { method: 'bank_transfer', patch: { amount: money(20_000n, 'NGN') } },
    { method: 'bank', patch: { amount: money(20_000n, 'NGN') } },
    { method: 'ussd', patch: { amount: money(20_000n, 'NGN') } },
    { method: 'apple_pay', patch: { amount: money(20_000n, 'ZAR') } },
    { method: 'qr', patch: { amount: money(20_000n, 'ZAR') } },
    { method: 'eft', patch: { amount: money(20_000n, 'ZAR') } },
  ],
  impossible: [money(1_000n, 'EUR'), money(1_000n, 'JPY')],
  signs: 'body',
  webhookToleranceMs: null,
  refusedWithoutCall: [
    {
      name: 'an authorization in another currency than ZAR',
      run: async (merchant) =>
        (await merchant.charge({ ...card('AUTH_success', 'NGN'), captureMethod: 'manual' })).last!,
    },
    {
      name: 'an authorization of mobile money',
      run: async (merchant) =>
        (
          await merchant.charge({
            ...page,
            amount: money(20_000n, 'ZAR'),
            method: 'mobile_money',
            captureMethod: 'manual',
          })
        ).last!,
    },
    {
      name: 'a capture of what was captured when it was made',
      run: async (merchant) => (await merchant.operate('capture', await merchant.charge())).last!,
    },
    {
      name: 'a release of what was captured when it was made',
      run: async (merchant) => (await merchant.operate('void', await merchant.charge())).last!,
    },
    {
      name: "another PSP's token",
      run: async (merchant) => (await merchant.charge(card('pm_card_visa'))).last!,
    },
    {
      name: 'a saved card without an e-mail address',
      run: async (merchant) => {
        const customer = { id: 'cus_1', email: null, name: null, phone: null };
        return (await merchant.charge({ ...card('AUTH_success'), customer })).last!;
      },
    },
    {
      name: 'a payout to a bank in XOF',
      run: async (merchant) => {
        const amount = money(8_000n, 'XOF');
        return (await merchant.payOut({ amount, beneficiary: account('0123456789') })).last!;
      },
    },
  ],
  cannot: {
    client: 'the popup shows the same page (section 2.1)',
    expiry: "only with the merchant's session time-out, which is off by default (section 2.6)",
    close: 'an unpaid checkout cannot be closed by us (section 2.6)',
    repeat: 'a repeated reference is refused, not replayed (section 5)',
    webhook_age: 'the signature carries no time: repeats are known by their id (section 4)',
  },
};
