// Naira in major units, as numbers and as texts (psp/monnify.md sections 2.3 and 6). The books keep kobo.
import { parseDecimal, shiftPoint } from '../../kernel/money.ts';
import { invalid } from './wire.ts';

export const MINIMUM = 2_000;

export function minorOf(value: unknown): number {
  const minor = typeof value === 'number' ? parseDecimal(value, 'NGN') : null;
  if (minor === null || minor <= 0n || minor > BigInt(Number.MAX_SAFE_INTEGER))
    throw invalid('amount is invalid: invalid amount');
  return Number(minor);
}

export function numberOf(minor: number): number {
  return Number(textOfMinor(minor));
}

/** `"1500.00"`. */
export function textOfMinor(minor: number): string {
  return shiftPoint(BigInt(minor), 2);
}

/** One percent. */
export function feeOf(minor: number): number {
  return Math.floor(minor / 100);
}

export function formatAmount(minor: number): string {
  return `NGN ${textOfMinor(minor)}`;
}
