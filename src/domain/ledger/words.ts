// The words of the ledger: what Formance calls types, statuses and schemes (api/formance.md sections 4, 5 and 15), and
// how v1, whose enumerations are closed, is told of what it does not know.
import type { PaymentType } from '../payment/payment.ts';

export const ledgerStatuses = [
  'UNKNOWN',
  'PENDING',
  'SUCCEEDED',
  'CANCELLED',
  'FAILED',
  'EXPIRED',
  'REFUNDED',
  'REFUNDED_FAILURE',
  'REFUND_REVERSED',
  'DISPUTE',
  'DISPUTE_WON',
  'DISPUTE_LOST',
  'AMOUNT_ADJUSTEMENT', // so it is spelled on the wire
  'AUTHORISATION',
  'CAPTURE',
  'CAPTURE_FAILED',
  'OTHER',
] as const;

export type LedgerStatus = (typeof ledgerStatuses)[number];

const STATUSES: ReadonlySet<string> = new Set(ledgerStatuses);

export function isLedgerStatus(word: string): word is LedgerStatus {
  return STATUSES.has(word);
}

const V1_STATUSES: Readonly<Partial<Record<LedgerStatus, LedgerStatus>>> = {
  UNKNOWN: 'OTHER',
  AUTHORISATION: 'PENDING',
  CAPTURE: 'SUCCEEDED',
  REFUND_REVERSED: 'SUCCEEDED',
  CAPTURE_FAILED: 'FAILED',
};

/** AMOUNT_ADJUSTEMENT has no word of its own in v1: the caller gives the status before it. */
export function v1StatusOf(status: LedgerStatus): LedgerStatus {
  return V1_STATUSES[status] ?? status;
}

const TYPES: Readonly<Record<string, PaymentType>> = {
  'PAY-IN': 'pay_in',
  PAYOUT: 'payout',
  TRANSFER: 'transfer',
  OTHER: 'other',
  UNKNOWN: 'unknown',
};
const WIRE_TYPES = new Map(Object.entries(TYPES).map(([wire, type]) => [type, wire]));

export function typeOfWire(word: string): PaymentType | null {
  return Object.hasOwn(TYPES, word) ? TYPES[word]! : null;
}

export function wireTypeOf(type: PaymentType): string {
  return WIRE_TYPES.get(type)!;
}

/** v1's spelling -> v3's. */
const SCHEMES: Readonly<Record<string, string>> = {
  unknown: 'UNKNOWN',
  other: 'OTHER',
  visa: 'CARD_VISA',
  mastercard: 'CARD_MASTERCARD',
  amex: 'CARD_AMEX',
  diners: 'CARD_DINERS',
  discover: 'CARD_DISCOVER',
  jcb: 'CARD_JCB',
  unionpay: 'CARD_UNION_PAY',
  alipay: 'CARD_ALIPAY',
  cup: 'CARD_CUP',
  'sepa debit': 'SEPA_DEBIT',
  'sepa credit': 'SEPA_CREDIT',
  sepa: 'SEPA',
  'apple pay': 'APPLE_PAY',
  'google pay': 'GOOGLE_PAY',
  doku: 'DOKU',
  dragonpay: 'DRAGON_PAY',
  maestro: 'MAESTRO',
  molpay: 'MOL_PAY',
  a2a: 'A2A',
  'ach debit': 'ACH_DEBIT',
  ach: 'ACH',
  rtp: 'RTP',
};
const V1_SCHEMES = new Map(Object.entries(SCHEMES).map(([v1, v3]) => [v3, v1]));

/** Either spelling -> v1's, in which schemes are stored; null for a word that v1 does not know. */
export function schemeOfWire(word: string): string | null {
  return Object.hasOwn(SCHEMES, word) ? word : (V1_SCHEMES.get(word) ?? null);
}

export function v1SchemeOf(stored: string | null): string {
  if (stored === null) return 'unknown';
  return Object.hasOwn(SCHEMES, stored) ? stored : 'other';
}

export function v3SchemeOf(stored: string | null): string {
  return stored === null ? 'UNKNOWN' : (SCHEMES[stored] ?? stored);
}
