// Flutterwave and its simulator (psp/flutterwave.md sections 2, 3 and 6).
import type { Instrument, PayoutInput } from '../../src/connectors/contract.ts';
import { flutterwave as connector } from '../../src/connectors/flutterwave/index.ts';
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

/** In whole units where the currency has no others. */
const WHOLE = new Set(['UGX', 'RWF', 'XAF', 'XOF']);
const some = (currency: string) => money(WHOLE.has(currency) ? 2_000n : 20_000n, currency);

function card(token: string, currency = 'NGN'): Patch {
  return { amount: some(currency), method: 'card', instrument: { ...nothing, token } };
}

function wallet(currency: string, phone: string, network: string | null): Patch {
  const instrument = { ...nothing, phone, network };
  return { amount: some(currency), method: 'mobile_money', instrument };
}

const page: Patch = { amount: some('GHS'), method: 'card' };

/** Accounts and dialled codes have a page of their own in the simulator. */
const atNumber: Answer = (payment, button, psps) => {
  const { belief } = payment;
  const action = belief?.kind === 'requires_action' ? belief.action : null;
  const number =
    action?.type === 'bank_transfer'
      ? action.accountNumber
      : action?.type === 'ussd'
        ? /\*(\d+)#/.exec(action.code)?.[1]
        : undefined;
  return psps.press(`${psps.url}/simulators/flutterwave/captcha/verify/${number}`, button);
};

const fails = { declined: 'do_not_honor', cancelled: 'open', expires: null } as const;

function redirected(name: string, patch: Patch): Journey {
  return { name, row: 'authentication', patch, asks: 'redirect', answer: onPage, ...fails };
}

function prompt(name: string, patch: Patch): Journey {
  return {
    name,
    row: 'prompt',
    patch,
    asks: 'wait',
    answer: onPhone(patch.instrument!.phone!),
    declined: 'do_not_honor',
    cancelled: 'user_cancelled',
    expires: { afterMs: 180_000, code: 'payer_timeout' },
  };
}

const HOUR_MS = 3_600_000;

function account(name: string, currency: string): Journey {
  return {
    name,
    row: 'bank_transfer',
    patch: { amount: some(currency), method: 'bank_transfer', instrument: nothing },
    asks: 'bank_transfer',
    answer: atNumber,
    // A wrong amount goes back, and the right one may still come.
    declined: 'open',
    cancelled: 'open',
    expires: { afterMs: HOUR_MS, code: 'payer_timeout' },
  };
}

const bank = (currency: string): Patch => ({
  amount: some(currency),
  method: 'bank',
  instrument: { ...nothing, bankCode: '044', accountNumber: '0690000031' },
});

const journeys: readonly [Journey, ...Journey[]] = [
  {
    name: 'page',
    row: 'page',
    patch: page,
    asks: 'redirect',
    answer: onPage,
    // One failed try of several.
    declined: 'open',
    cancelled: 'open',
    // Ten minutes more for who began in time.
    expires: { afterMs: HOUR_MS + 600_000, code: 'payer_timeout' },
  },
  redirected('saved card that the bank asks about', card('flw-t1nf-3ds')),
  redirected('bank account in Nigeria', bank('NGN')),
  redirected('bank account in Britain', bank('GBP')),
  redirected('bank account in South Africa', bank('ZAR')),
  redirected('MTN in Ghana', wallet('GHS', '+233551234987', 'mtn')),
  redirected('Airtel in Uganda', wallet('UGX', '0751234567', 'atl')),
  redirected('MTN in Rwanda', wallet('RWF', '+250781234567', 'mtn')),
  redirected('Zamtel in Zambia', wallet('ZMW', '+260951234567', 'zamtel')),
  prompt('M-PESA', wallet('KES', '0712345678', null)),
  prompt('Vodacom in Tanzania', wallet('TZS', '+255741234567', 'vod')),
  prompt('Orange in Senegal', wallet('XOF', '+221771234567', 'orange')),
  prompt('MTN in Cameroon', wallet('XAF', '+237671234567', 'mtn')),
  {
    name: 'saved card with an OTP',
    row: 'answer',
    patch: card('flw-t1nf-otp'),
    asks: 'submit',
    steps: [
      {
        field: 'otp',
        right: '12345',
        wrong: { value: '54321', code: 'authentication_failed' },
        malformed: '!',
      },
    ],
    submitPath: '/validate-charge',
    answer: null,
    ...fails,
  },
  account('bank transfer in Nigeria', 'NGN'),
  account('bank transfer in Ghana', 'GHS'),
  {
    name: 'USSD',
    row: 'ussd',
    patch: {
      amount: some('NGN'),
      method: 'ussd',
      instrument: { ...nothing, bankCode: '058' },
    },
    asks: 'ussd',
    answer: atNumber,
    ...fails,
  },
];

const REASONS: Readonly<Record<string, DeclineCode>> = {
  insufficient_funds: 'insufficient_funds',
  do_not_honor: 'do_not_honor',
  generic_decline: 'do_not_honor',
  transaction_not_permitted: 'do_not_honor',
  expired_card: 'expired_card',
  incorrect_pin: 'authentication_failed',
  invalid_otp: 'authentication_failed',
  authentication_failed: 'authentication_failed',
  fraud: 'fraud_suspected',
  limit_exceeded: 'limit_exceeded',
  user_cancelled: 'user_cancelled',
  payer_timeout: 'payer_timeout',
  invalid_phone: 'invalid_phone',
};

const refusals: readonly Refusal[] = [
  ...Object.entries(REASONS).map(([reason, code]) => ({
    name: `flw-t1nf-decline_${reason}`,
    patch: card(`flw-t1nf-decline_${reason}`),
    code,
  })),
  // At /payments nothing was made that could have failed: the doubtful text proves nothing there.
  ...Object.entries(REASONS).map(([reason, code]) => ({
    name: `page refused for ${reason}`,
    patch: { ...page, metadata: { simulate: `decline:${reason}` } },
    code: code === 'payer_timeout' ? ('unknown' as const) : code,
  })),
  {
    name: 'page that is to be asked about again',
    patch: { ...page, metadata: { simulate: 'decline:requery' } },
    code: 'unknown',
  },
  {
    name: 'mobile money refused at once',
    patch: {
      ...wallet('KES', '0712345678', null),
      metadata: { simulate: 'decline:insufficient_funds' },
    },
    code: 'insufficient_funds',
  },
  {
    name: 'currency not switched on',
    patch: {
      ...card('flw-t1nf-success'),
      metadata: { simulate: 'decline:currency_not_supported' },
    },
    code: 'merchant_config',
    fallback: 'yes',
  },
];

type Beneficiary = NonNullable<PayoutInput['beneficiary']>;

function inBank(accountNumber: string, bankCode = '058'): Beneficiary {
  return { type: 'bank', name: 'Túndé Bẹ́llò', accountNumber, bankCode };
}

function mobile(accountNumber: string, bankCode: string): Beneficiary {
  return { type: 'mobile_money', name: 'Ama Mensah', accountNumber, bankCode };
}

const mobilePayout = (name: string, currency: string, number: string, network: string) => ({
  name,
  input: { amount: some(currency), beneficiary: mobile(number, network) },
});

export const flutterwave: Subject = {
  connector,
  credentialsOf: (name) => ({
    secret_key: `FLWSECK_TEST-conformance${name}a1b2c3-X`,
    public_key: `FLWPUBK_TEST-conformance${name}d4e5f6-X`,
    encryption_key: `FLWSECK_TESTenc${name}0123456`,
    secret_hash: `hash-of-${name}-789abcdef`,
  }),
  bookKeyOf: ({ secret_key: key }) => key!,
  webhookSecretOf: ({ secret_hash: hash }) => hash!,
  wrong: { secret_key: 'FLWSECK_TEST-invalid0123456789-X' },
  direct: card('flw-t1nf-success'),
  late: {
    patch: { ...card('flw-t1nf-success'), metadata: { simulate: 'late_success:5000' } },
    afterMs: 5_000,
  },
  journeys,
  silentPage: true,
  refusals,
  authorize: null,
  refunds: {
    settlesMs: 500,
    late: { patch: card('flw-t1nf-refund_pending'), afterMs: 500 },
    failing: { patch: card('flw-t1nf-refund_failed'), afterMs: 500 },
    stuck: null,
  },
  payouts: {
    ways: [
      { name: 'bank in NGN', input: { amount: some('NGN'), beneficiary: inBank('0001234567') } },
      {
        name: 'bank in GHS',
        input: {
          amount: some('GHS'),
          beneficiary: inBank('1234567890123', 'GH280100:GH280103'),
        },
      },
      {
        name: 'bank in ZAR',
        input: { amount: some('ZAR'), beneficiary: inBank('62000000000', '632005') },
      },
      mobilePayout('wallet in GHS', 'GHS', '0551234987', 'mtn'),
      mobilePayout('wallet in KES', 'KES', '0712345678', 'mpesa'),
      mobilePayout('wallet in UGX', 'UGX', '0751234567', 'mtn'),
      mobilePayout('wallet in RWF', 'RWF', '+250781234567', 'mtn'),
      mobilePayout('wallet in TZS', 'TZS', '+255741234567', 'tigo'),
      mobilePayout('wallet in XAF', 'XAF', '+237671234567', 'mtn'),
      mobilePayout('wallet in XOF', 'XOF', '+221771234567', 'orange'),
    ],
    settlesMs: 500,
    beforehand: '/accounts/resolve',
    refused: [
      {
        name: 'no such account',
        input: { beneficiary: inBank('9990000005') },
        code: 'invalid_account',
      },
      { name: 'nobody to pay', input: { beneficiary: null }, code: 'invalid_account' },
      {
        name: 'balance too small',
        input: { amount: money(90_000_000_000n, 'NGN'), beneficiary: inBank('0001234567') },
        code: 'merchant_balance_insufficient',
      },
    ],
    failing: [
      {
        name: 'refused by the bank',
        input: { beneficiary: inBank('9990000001') },
        code: 'generic_decline',
        afterMs: 500,
      },
    ],
    stuck: [
      { name: 'approval of the merchant', input: { beneficiary: inBank('9990000003') } },
      { name: 'bank does not answer', input: { beneficiary: inBank('9990000004') } },
    ],
  },
  currencies: [
    ...['NGN', 'GHS', 'KES', 'ZAR', 'UGX', 'RWF', 'ZMW', 'XAF', 'XOF', 'USD', 'EUR', 'GBP'].map(
      (currency) => ({ currency }),
    ),
    { currency: 'TZS', smallest: 100n, largest: 99_999_900n },
  ],
  methods: [
    { method: 'card', patch: page },
    { method: 'mobile_money', patch: { amount: some('KES') } },
    { method: 'bank_transfer', patch: { amount: some('NGN') } },
    { method: 'bank', patch: { amount: some('NGN') } },
    { method: 'ussd', patch: { amount: some('NGN') } },
    { method: 'apple_pay', patch: { amount: some('GBP') } },
    { method: 'google_pay', patch: { amount: some('GBP') } },
  ],
  impossible: [money(1_000n, 'JPY'), money(150n, 'TZS'), money(9_999_999_999_999_999n, 'NGN')],
  signs: 'sender',
  webhookToleranceMs: null,
  refusedWithoutCall: [
    {
      name: "another PSP's token",
      run: async (merchant) => (await merchant.charge(card('AUTH_success'))).last!,
    },
    {
      name: 'a saved card without an e-mail address',
      run: async (merchant) => {
        const customer = { id: 'cus_1', email: null, name: null, phone: null };
        return (await merchant.charge({ ...card('flw-t1nf-success'), customer })).last!;
      },
    },
    {
      name: 'a charge that is to be captured by hand',
      run: async (merchant) => {
        const payment = merchant.open({ ...card('flw-t1nf-success'), captureMethod: 'manual' });
        return merchant.send(payment, 'open', 'charge');
      },
    },
    {
      name: 'a prompt to what is no phone number',
      run: async (merchant) => (await merchant.charge(wallet('KES', '12', null))).last!,
    },
    {
      name: 'mobile money in Britain',
      run: async (merchant) =>
        (await merchant.charge({ amount: some('GBP'), method: 'mobile_money' })).last!,
    },
    {
      name: 'a payout to a bank in Ghana without its branch',
      run: async (merchant) => {
        const beneficiary = inBank('1234567890123', 'GH280100');
        return (await merchant.payOut({ amount: some('GHS'), beneficiary })).last!;
      },
    },
    {
      name: 'a payout to a bank in USD',
      run: async (merchant) => {
        const beneficiary = inBank('0123456789');
        return (await merchant.payOut({ amount: some('USD'), beneficiary })).last!;
      },
    },
  ],
  cannot: {
    client: 'the inline library shows the same page (section 2.1)',
    qr: 'only within its page (section 2.1)',
    authorize: "preauthorization takes the card's number itself (section 2.2)",
    capture_part: "preauthorization takes the card's number itself (section 2.2)",
    void: "preauthorization takes the card's number itself (section 2.2)",
    close: 'a link or a charge cannot be cancelled (section 2.2)',
    refund_stuck: 'no status of a refund waits for a person (section 2.4)',
    repeat: 'a repeated tx_ref is refused, or charged again (section 5)',
    webhook_age: 'the token carries no time: repeats are known by their id (section 4)',
    dispute: 'chargebacks are only listed (section 2.6)',
  },
};
