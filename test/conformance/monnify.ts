// Monnify and its simulator (psp/monnify.md sections 2, 3 and 6).
import type { Instrument, PayoutInput } from '../../src/connectors/contract.ts';
import { monnify as connector } from '../../src/connectors/monnify/index.ts';
import type { DeclineCode } from '../../src/domain/attempt/decline.ts';
import { money } from '../../src/kernel/money.ts';
import { onPage } from './answers.ts';
import type { Answer, Journey, Patch, Refusal, Subject } from './subject.ts';

const nothing: Instrument = {
  token: null,
  phone: null,
  network: null,
  bankCode: null,
  accountNumber: null,
};

/** A fifth of it is still a refund that Monnify makes. */
const amount = money(100_000n, 'NGN');
const page: Patch = { amount, method: 'card' };
const LIFE_MS = 2_400_000;

function card(token: string): Patch {
  return { amount, method: 'card', instrument: { ...nothing, token } };
}

/** Accounts and dialled codes have a page of their own in the simulator. */
const atNumber: Answer = ({ belief }, button, psps) => {
  const action = belief?.kind === 'requires_action' ? belief.action : null;
  const number =
    action?.type === 'bank_transfer'
      ? action.accountNumber
      : action?.type === 'ussd'
        ? /000\*(\d+)#/.exec(action.code)?.[1]
        : undefined;
  return psps.press(`${psps.url}/simulators/monnify/checkout/${number}`, button);
};

const journeys: readonly [Journey, ...Journey[]] = [
  {
    name: 'page',
    row: 'page',
    patch: page,
    asks: 'redirect',
    answer: onPage,
    declined: 'generic_decline',
    cancelled: 'user_cancelled',
    expires: { afterMs: LIFE_MS, code: 'payer_timeout' },
  },
  {
    name: 'bank transfer',
    row: 'bank_transfer',
    patch: { amount, method: 'bank_transfer', instrument: nothing },
    asks: 'bank_transfer',
    answer: atNumber,
    calls: 2,
    // A wrong amount goes back, and the right one may still come.
    declined: 'open',
    cancelled: 'open',
    expires: { afterMs: LIFE_MS, code: 'payer_timeout' },
  },
  {
    name: 'USSD',
    row: 'ussd',
    patch: { amount, method: 'ussd', instrument: { ...nothing, bankCode: '058' } },
    asks: 'ussd',
    answer: atNumber,
    calls: 2,
    declined: 'open',
    cancelled: 'open',
    expires: { afterMs: LIFE_MS, code: 'payer_timeout' },
  },
];

const REASONS: Readonly<Record<string, DeclineCode | 'unknown'>> = {
  insufficient_funds: 'insufficient_funds',
  do_not_honor: 'do_not_honor',
  expired_card: 'expired_card',
  incorrect_pin: 'incorrect_pin',
  invalid_otp: 'authentication_failed',
  invalid_card: 'incorrect_number',
  fraud: 'fraud_suspected',
  limit_exceeded: 'limit_exceeded',
  merchant_config: 'merchant_config',
};

const refusals: readonly Refusal[] = [
  ...Object.entries(REASONS).flatMap(([reason, code]) => [
    { name: `MNFY_decline_${reason}`, patch: card(`MNFY_decline_${reason}`), code },
    {
      name: `page refused for ${reason}`,
      patch: { ...page, metadata: { simulate: `decline:${reason}` } },
      code,
    },
  ]),
  {
    name: 'a card that is refused without a clear word',
    patch: card('MNFY_decline_unclear'),
    code: 'unknown',
  },
];

function account(accountNumber: string): NonNullable<PayoutInput['beneficiary']> {
  return { type: 'bank', name: 'Túndé Bẹ́llò', accountNumber, bankCode: '058' };
}

const SUM = money(80_000n, 'NGN');

export const monnify: Subject = {
  connector,
  tokenPath: '/api/v1/auth/',
  credentialsOf: (name) => ({
    api_key: `MK_TEST_CONFORMANCE${name}A1B2C3`,
    secret_key: `secretkey${name}D4E5F6A7B8C9`,
    contract_code: `58${[...name].map((one) => one.charCodeAt(0) % 10).join('')}418290`.slice(
      0,
      15,
    ),
    wallet_account_number: '8016472829',
  }),
  bookKeyOf: ({ api_key: key }) => key!,
  webhookSecretOf: () => null,
  wrong: {
    api_key: 'MK_TEST_INVALID0123456789',
    secret_key: 'secretkey-wrong-0123456789',
    contract_code: '5867418298',
  },
  direct: card('MNFY_success'),
  late: {
    patch: { ...card('MNFY_success'), metadata: { simulate: 'late_success:5000' } },
    afterMs: 5_000,
  },
  journeys,
  refusals,
  authorize: null,
  refunds: {
    settlesMs: 500,
    late: { patch: card('MNFY_success'), afterMs: 500 },
    failing: { patch: card('MNFY_refund_failed'), afterMs: 500 },
    stuck: null,
  },
  payouts: {
    ways: [{ name: 'bank in NGN', input: { amount: SUM, beneficiary: account('0001234567') } }],
    settlesMs: 500,
    beforehand: '/api/v1/disbursements/account/validate',
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
  // Less than this is taken, but not given back.
  currencies: [{ currency: 'NGN', smallest: 10_000n }],
  methods: [
    { method: 'card', patch: page },
    { method: 'bank_transfer', patch: page },
    { method: 'ussd', patch: page },
  ],
  impossible: [money(1_000n, 'USD'), money(9_999_999_999_999_999n, 'NGN')],
  // The sandbox signs nothing; live webhooks are tested beside the connector.
  signs: 'nothing',
  webhookNote: 'signed in live mode; in the sandbox a reason to ask',
  webhookToleranceMs: null,
  refusedWithoutCall: [
    {
      name: 'a charge that is to be captured by hand',
      run: async (merchant) => {
        const payment = merchant.open({ ...card('MNFY_success'), captureMethod: 'manual' });
        return merchant.send(payment, 'open', 'charge');
      },
    },
    {
      name: 'mobile money',
      run: async (merchant) => (await merchant.charge({ amount, method: 'mobile_money' })).last!,
    },
    {
      name: 'a saved card without an e-mail address',
      run: async (merchant) => {
        const customer = { id: 'cus_1', email: null, name: null, phone: null };
        return (await merchant.charge({ ...card('MNFY_success'), customer })).last!;
      },
    },
    {
      name: 'a refund of less than 100 naira',
      run: async (merchant) => {
        const payment = await merchant.paid();
        return (await merchant.operate('refund', payment, 9_999n)).last!;
      },
    },
    {
      name: 'a payout to a wallet',
      run: async (merchant) => {
        const beneficiary = { ...account('0001234567'), type: 'mobile_money' } as const;
        return (await merchant.payOut({ beneficiary })).last!;
      },
    },
  ],
  cannot: {
    client: 'the web SDK shows the same page (section 2.1)',
    authentication: 'only of cards by number, which do not pass through us (section 2.2)',
    answer: 'only of cards by number, which do not pass through us (section 2.2)',
    prompt: 'cards, transfers and USSD only (section 6)',
    qr: 'cards, transfers and USSD only (section 6)',
    authorize: 'no authorize and capture (section 2.2)',
    capture_part: 'no authorize and capture (section 2.2)',
    void: 'no void (section 2.2)',
    close: 'only invoices can be cancelled (section 2.2)',
    refund_stuck: 'no status of a refund waits for a person (section 2.4)',
    repeat: 'a repeated reference is refused, not replayed (section 5)',
    webhook_age: 'the signature carries no time: repeats are known by their id (section 4)',
    dispute: 'no API for disputes (section 2.6)',
  },
};
