// What a payer pays with, and what Paystack's test instruments do (psp/paystack.md section 7).
import { createHash } from 'node:crypto';

export type StepWord =
  | 'send_pin'
  | 'send_otp'
  | 'send_phone'
  | 'send_birthday'
  | 'send_address'
  | 'open_url'
  | 'pay_offline'
  | 'pending_bank_transfer';

export interface Step {
  readonly word: StepWord;
  /** The only right answer; null: any well-formed one. */
  readonly answer: string | null;
}

/** What becomes of a refund to this instrument. */
export type RefundFate = 'processed' | 'failed' | 'needs-attention';

/** The `authorization` object, as far as it is the instrument's. */
export interface Instrument {
  readonly channel: string;
  readonly bin: string;
  readonly last4: string;
  readonly exp_month: string;
  readonly exp_year: string;
  readonly card_type: string;
  readonly bank: string;
  readonly brand: string;
  readonly reusable: boolean;
}

/** How a charge with an instrument goes: the payer's steps, and at the end success (null) or a reason. */
export interface Script {
  readonly instrument: Instrument;
  readonly steps: readonly Step[];
  readonly end: string | null;
  readonly fate: RefundFate;
}

export const OTP = '123456';

const step = (word: StepWord, answer: string | null = null): Step => ({ word, answer });

interface TestCard {
  readonly cvv: string | null;
  readonly steps?: readonly Step[];
  readonly end?: string;
  readonly fate?: RefundFate;
}

const cards: Readonly<Partial<Record<string, TestCard>>> = {
  '4084084084084081': { cvv: '408' },
  '507850785078507812': { cvv: '081', steps: [step('send_pin', '1111')] },
  '5060666666666666666': {
    cvv: '123',
    steps: [step('send_pin', '1234'), step('send_otp', OTP)],
  },
  '507850785078507804': {
    cvv: '884',
    steps: [step('send_pin', '0000'), step('send_phone'), step('send_otp', OTP)],
  },
  '5192602720584796': { cvv: '123', steps: [step('open_url')] },
  '4084080000005408': { cvv: '001', end: 'declined' },
  '507850785078507853': {
    cvv: '082',
    steps: [step('send_pin', '0000')],
    end: 'authentication_failed',
  },
  '4084080000670037': { cvv: '787', end: 'insufficient_funds' },
  '4084080000671803': { cvv: null, fate: 'failed' },
  '4084080000671902': { cvv: null, fate: 'needs-attention' },
};

export function cardScript(number: string, cvv: string, month: string, year: string): Script {
  const card = cards[number];
  const wrongCvv = card !== undefined && card.cvv !== null && card.cvv !== cvv;
  return {
    instrument: cardInstrument(number, month, year),
    steps: wrongCvv ? [] : (card?.steps ?? []),
    // Test mode declines every card that is not a test card.
    end: card === undefined ? 'declined' : wrongCvv ? 'invalid_card' : (card.end ?? null),
    fate: card?.fate ?? 'processed',
  };
}

function cardInstrument(number: string, month: string, year: string): Instrument {
  const brand = number.startsWith('4') ? 'visa' : number.startsWith('50') ? 'verve' : 'mastercard';
  return {
    channel: 'card',
    bin: number.slice(0, 6),
    last4: number.slice(-4),
    exp_month: month,
    exp_year: year,
    card_type: `${brand} `, // with the space: so does Paystack
    bank: 'TEST BANK',
    brand,
    reusable: true,
  };
}

/** What the hosted page pays with when nobody chose. */
export const DEFAULT_CARD = cardInstrument('4084084084084081', '12', '2030');

const NETWORKS: Readonly<Partial<Record<string, string>>> = {
  mtn: 'MTN',
  atl: 'ATMoney & Airtel Money',
  vod: 'Telecel',
  mpesa: 'M-PESA',
  mpesa_offline: 'M-PESA',
  mptill: 'M-PESA Till',
  orange: 'Orange Money',
  wave: 'Wave',
};

export function walletInstrument(phone: string, network: string): Instrument {
  const digits = phone.replace(/\D/g, '');
  const name = NETWORKS[network] ?? network;
  return {
    channel: 'mobile_money',
    bin: `${digits.slice(0, 3)}XXX`,
    last4: `X${digits.slice(-3)}`,
    exp_month: '12',
    exp_year: '9999',
    card_type: '',
    bank: name,
    brand: `${name} mobile money`,
    reusable: false,
  };
}

/** Bank, bank transfer, USSD, QR, EFT: nothing that could be charged again. */
export function offlineInstrument(channel: string, last4 = 'XXXX'): Instrument {
  return {
    channel,
    bin: 'XXXXXX',
    last4,
    exp_month: '12',
    exp_year: '9999',
    card_type: 'offline',
    bank: 'TEST BANK',
    brand: 'offline',
    reusable: false,
  };
}

/** The same for the same instrument. */
export function signatureOf(instrument: Instrument): string {
  const text = JSON.stringify(instrument);
  return `SIG_${createHash('sha256').update(text).digest('hex').slice(0, 20)}`;
}

const STEP_WORDS = 'send_pin send_otp send_phone send_birthday send_address open_url'.split(' ');

/**
 * Authorization codes that work for every merchant and e-mail address without having been saved:
 * `AUTH_success…`, `AUTH_demo…`, `AUTH_decline_<reason>`, `AUTH_<step>` (`AUTH_send_otp` …), `AUTH_refund_failed`,
 * `AUTH_refund_needs_attention`, `AUTH_partial`, `AUTH_pending`, `AUTH_paused`. Null for any other code.
 */
export function magicScript(code: string): Script | null {
  const name = code.slice('AUTH_'.length);
  const base: Script = { instrument: DEFAULT_CARD, steps: [], end: null, fate: 'processed' };
  if (/^(success|demo|partial|pending|paused)/.test(name)) return base;
  if (name === 'refund_failed') return { ...base, fate: 'failed' };
  if (name === 'refund_needs_attention') return { ...base, fate: 'needs-attention' };
  if (name.startsWith('decline_')) return { ...base, end: name.slice('decline_'.length) };
  if (!STEP_WORDS.includes(name)) return null;
  const answer = name === 'send_otp' ? OTP : name === 'send_pin' ? '1111' : null;
  return { ...base, steps: [step(name as StepWord, answer)] };
}
