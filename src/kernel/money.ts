// Money is integer minor units plus an ISO 4217 currency. There is no floating point anywhere near it.
import { exponentOf } from './currency.ts';

export interface Money {
  readonly amountMinor: bigint;
  readonly currency: string;
}

export function money(amountMinor: bigint, currency: string): Money {
  return { amountMinor, currency };
}

export function sameMoney(a: Money, b: Money): boolean {
  return a.amountMinor === b.amountMinor && a.currency === b.currency;
}

/** `1050n GHS` -> `"10.50"`: always exactly the currency's number of decimals. */
export function toDecimalText({ amountMinor, currency }: Money): string {
  return shiftPoint(amountMinor, exponentOf(currency));
}

/** Inserts a decimal point `digits` places from the right; never divides. */
export function shiftPoint(integer: bigint, digits: number): string {
  if (digits === 0) return integer.toString();
  const sign = integer < 0n ? '-' : '';
  const text = (integer < 0n ? -integer : integer).toString().padStart(digits + 1, '0');
  return `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/**
 * Reads a PSP's decimal amount in major units (`1500`, `1500.0`, `"1500.00"`) into minor units.
 * Null when it is not a number or has more non-zero decimals than the currency: nothing is ever rounded.
 */
export function parseDecimal(value: unknown, currency: string): bigint | null {
  const text = typeof value === 'number' ? decimalOf(value) : value;
  if (typeof text !== 'string') return null;
  const match = /^(-?)(\d{1,18})(?:\.(\d{1,18}))?$/.exec(text.trim());
  if (!match) return null;
  const [, sign, whole, fraction = ''] = match;
  const digits = exponentOf(currency);
  const kept = fraction.slice(0, digits).padEnd(digits, '0');
  if (/[1-9]/.test(fraction.slice(digits))) return null;
  const amount = BigInt(`${whole}${kept}`);
  return sign ? -amount : amount;
}

/** Reads a PSP's integer amount (number or digit string). Null for fractions, negatives and anything else. */
export function parseInteger(value: unknown): bigint | null {
  if (typeof value === 'number')
    return Number.isSafeInteger(value) && value >= 0 ? BigInt(value) : null;
  if (typeof value === 'string' && /^\d{1,18}$/.test(value)) return BigInt(value);
  return null;
}

function decimalOf(value: number): string | null {
  const text = String(value);
  return text.includes('e') ? null : text;
}
