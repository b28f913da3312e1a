// Every way in which a payment, a refund or a payout of ours can end at Flutterwave's and Monnify's simulators.
import { expect } from 'vitest';
import { type Fields, type Json, press, type Shop } from './history-shop.ts';

/** What the customer does, or the merchant afterwards. */
type Deed = (shop: Shop, payment: Json) => Promise<unknown>;

const onPage =
  (...outcomes: string[]): Deed =>
  async (_, { next_action: { url } }) => {
    for (const outcome of outcomes) await press(url, outcome);
  };
/** Naira; none: what is due. */
const payInto =
  (page: string, ...amounts: string[]): Deed =>
  async ({ stage }, { next_action: { account_number: account } }) => {
    const url = `${stage.pspUrl}/simulators/${page}/${account}`;
    if (amounts.length === 0) await press(url, 'success');
    for (const amount of amounts) await press(url, 'success', { amount });
  };
const refund =
  (...amounts: number[]): Deed =>
  async ({ merchant }, { id }) => {
    for (const amount of amounts) {
      const made = await merchant.send('POST', `/payments/${id}/refund`, { amount });
      expect(made.status, made.text).toBeLessThan(300);
    }
  };
const submit =
  (value: string): Deed =>
  ({ merchant }, { id }) =>
    merchant.send('POST', `/payments/${id}/submit-action`, { type: 'otp', value });

interface Way {
  readonly name: string;
  readonly intent: Fields;
  readonly does?: Deed;
  /** `closed`: nobody paid; whether we or the PSP closed it is a matter of time. */
  readonly ends: string;
}

const naira = (method: string, more: Fields = {}): Fields => ({
  currency: 'NGN',
  country: 'NG',
  method,
  ...more,
});
export const card = (token: string, more: Fields = {}) =>
  naira('card', { payment_method: { token }, ...more });
const account = naira('bank_transfer', { payment_method: {} });
const simulate = (simulate: string) => ({ metadata: { simulate } });

interface Psp {
  readonly provider: string;
  readonly credentials: (name: string) => Fields;
  readonly ways: readonly Way[];
  /** Accounts that payouts go to, and how they end. */
  readonly payouts: Readonly<Record<string, string>>;
}

export const flutterwave: Psp = {
  provider: 'flutterwave',
  credentials: (name) => ({ secret_key: `FLWSECK_TEST-${name}-X` }),
  ways: [
    { name: 'card', intent: card('flw-t1nf-success'), ends: 'succeeded' },
    { name: 'refused', intent: card('flw-t1nf-decline_insufficient_funds'), ends: 'failed' },
    { name: 'OTP', intent: card('flw-t1nf-otp'), does: submit('12345'), ends: 'succeeded' },
    { name: 'wrong OTP', intent: card('flw-t1nf-otp'), does: submit('54321'), ends: 'failed' },
    { name: 'abandoned OTP', intent: card('flw-t1nf-otp'), ends: 'closed' },
    { name: 'page', intent: naira('card'), does: onPage('success'), ends: 'succeeded' },
    {
      name: 'page, at the third try',
      intent: naira('card'),
      does: onPage('failure', 'failure', 'success'),
      ends: 'succeeded',
    },
    {
      name: 'page, all tries',
      intent: naira('card'),
      does: onPage('failure', 'failure', 'failure'),
      ends: 'failed',
    },
    { name: 'abandoned page', intent: naira('card'), ends: 'closed' },
    {
      name: 'abandoned after a try',
      intent: naira('card'),
      does: onPage('failure'),
      ends: 'closed',
    },
    {
      name: 'late',
      intent: card('flw-t1nf-success', simulate('late_success:60000')),
      ends: 'succeeded',
    },
    {
      name: 'lost reply',
      intent: card('flw-t1nf-success', simulate('charge.reply_lost')),
      ends: 'succeeded',
    },
    {
      name: 'account',
      intent: account,
      does: payInto('flutterwave/captcha/verify'),
      ends: 'succeeded',
    },
    { name: 'nobody paid in', intent: account, ends: 'closed' },
    {
      name: 'shillings',
      intent: {
        currency: 'KES',
        country: 'KE',
        method: 'mobile_money',
        payment_method: { phone: '0712345678' },
      },
      does: async ({ stage }) => press(`${stage.pspUrl}/simulators/phone/0712345678`, 'success'),
      ends: 'succeeded',
    },
    {
      name: 'refunds in parts',
      intent: card('flw-t1nf-success'),
      does: refund(10_001, 20_002),
      ends: 'partially_refunded',
    },
    { name: 'refunded', intent: card('flw-t1nf-success'), does: refund(50_000), ends: 'refunded' },
    {
      name: 'slow refund',
      intent: card('flw-t1nf-refund_pending'),
      does: refund(7_007),
      ends: 'partially_refunded',
    },
    {
      name: 'failed refund',
      intent: card('flw-t1nf-refund_failed'),
      does: refund(7_007),
      ends: 'succeeded',
    },
    {
      name: 'lost refund',
      intent: card('flw-t1nf-success', simulate('refund.reply_lost')),
      does: refund(7_007),
      ends: 'partially_refunded',
    },
  ],
  payouts: {
    '0690000040': 'succeeded',
    '9990000001': 'failed',
    '9990000003': 'processing',
    '9990000005': 'failed',
  },
};

export const monnify: Psp = {
  provider: 'monnify',
  credentials: (name) => ({
    api_key: `MK_TEST_${name}`,
    secret_key: `SECRET${name}`,
    contract_code: '1000000001',
    wallet_account_number: '9000000001',
  }),
  ways: [
    { name: 'card', intent: card('MNFY_success'), ends: 'succeeded' },
    { name: 'refused', intent: card('MNFY_decline_insufficient_funds'), ends: 'failed' },
    { name: 'page', intent: naira('card'), does: onPage('success'), ends: 'succeeded' },
    { name: 'page refused', intent: naira('card'), does: onPage('failure'), ends: 'failed' },
    { name: 'left the page', intent: naira('card'), does: onPage('cancel'), ends: 'failed' },
    { name: 'abandoned page', intent: naira('card'), ends: 'closed' },
    {
      name: 'late',
      intent: naira('card', simulate('late_success:60000')),
      does: onPage('success'),
      ends: 'succeeded',
    },
    {
      name: 'lost reply',
      intent: card('MNFY_success', simulate('charge.reply_lost')),
      ends: 'succeeded',
    },
    {
      name: 'account',
      intent: account,
      does: payInto('monnify/checkout'),
      ends: 'succeeded',
    },
    {
      name: 'in two parts',
      intent: account,
      does: payInto('monnify/checkout', '200', '300'),
      ends: 'succeeded',
    },
    {
      name: 'a part only',
      intent: account,
      does: payInto('monnify/checkout', '200'),
      ends: 'closed',
    },
    {
      name: 'too much',
      intent: account,
      does: payInto('monnify/checkout', '700.05'),
      ends: 'succeeded',
    },
    { name: 'nobody paid in', intent: account, ends: 'closed' },
    {
      name: 'refunds in parts',
      intent: card('MNFY_success'),
      does: refund(10_001, 20_002),
      ends: 'partially_refunded',
    },
    { name: 'refunded', intent: card('MNFY_success'), does: refund(50_000), ends: 'refunded' },
    {
      name: 'failed refund',
      intent: card('MNFY_refund_failed'),
      does: refund(10_007),
      ends: 'succeeded',
    },
    {
      name: 'lost refund',
      intent: card('MNFY_success', simulate('refund.reply_lost')),
      does: refund(10_007),
      ends: 'partially_refunded',
    },
  ],
  payouts: {
    '0690000040': 'succeeded',
    '9990000001': 'failed',
    '9990000002': 'reversed',
    '9990000003': 'processing',
    '9990000004': 'processing',
    '9990000005': 'failed',
  },
};
