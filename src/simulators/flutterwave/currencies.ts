// Currencies and amounts (psp/flutterwave.md section 6): major units, as numbers; whole ones in some currencies. The
// books keep ISO 4217 minor units.
import { parseDecimal, shiftPoint } from '../../kernel/money.ts';
import { invalid } from './wire.ts';

const DECIMALS: Readonly<Record<string, number>> = {
  NGN: 2,
  GHS: 2,
  KES: 2,
  ZAR: 2,
  UGX: 0,
  RWF: 0,
  ZMW: 2,
  TZS: 2,
  XAF: 0,
  XOF: 0,
  USD: 2,
  EUR: 2,
  GBP: 2,
};

/** Custom rather than ISO: cents of a shilling are not taken. */
const WHOLE = new Set(['UGX', 'RWF', 'XAF', 'XOF', 'TZS']);

export const CURRENCIES = Object.keys(DECIMALS);

export function currencyOf(value: unknown): string {
  const code = value ?? 'NGN';
  if (typeof code === 'string' && code in DECIMALS) return code;
  throw unsupportedCurrency(String(code));
}

export function unsupportedCurrency(code: string) {
  return invalid(`${code.slice(0, 3)}: currency not supported, merchant is not enabled for it`);
}

/** Numbers, and digit strings, which v3 tolerates. */
export function minorOf(value: unknown, currency: string): number {
  const minor = parseDecimal(value, currency);
  if (minor === null || minor <= 0n || minor > BigInt(Number.MAX_SAFE_INTEGER))
    throw invalid('amount is invalid: amount should be a number above 0');
  if (WHOLE.has(currency) && minor % 10n ** BigInt(DECIMALS[currency]!) !== 0n)
    throw invalid(`amount is invalid: ${currency} takes whole numbers only`);
  return Number(minor);
}

/** The JSON number of an amount in the books. */
export function majorOf(minor: number, currency: string): number {
  return Number(shiftPoint(BigInt(minor), DECIMALS[currency]!));
}

/** 1.4 %. */
export function feeOf(minor: number): number {
  return Math.floor((minor * 14) / 1_000);
}

/** `GHS 200.00`, for pages. */
export function formatAmount(minor: number, currency: string): string {
  return `${currency} ${shiftPoint(BigInt(minor), DECIMALS[currency]!)}`;
}
