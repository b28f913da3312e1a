// Monnify counts in naira: a JSON number out, a number or a quoted text back (psp/monnify.md sections 2.3 and 6).
import { declined, type Outcome } from '../../domain/attempt/outcome.ts';
import { type Money, parseDecimal, toDecimalText } from '../../kernel/money.ts';
import { manifest } from './manifest.ts';

export const CURRENCY = 'NGN';

/** The JSON number Monnify is sent. Callers check refuseAmount first, so that it is exact. */
export function toNaira(money: Money): number {
  return Number(toDecimalText(money));
}

/** A reply's amount in kobo. Null when it cannot be read. */
export function fromNaira(value: unknown): bigint | null {
  const minor = parseDecimal(value, CURRENCY);
  return minor === null || minor < 0n ? null : minor;
}

/** Why an amount cannot be moved at Monnify at all; null when it can. Spares a call that must fail. */
export function refuseAmount(
  money: Money,
  least = manifest.capabilities.minimumMinor.NGN ?? 1n,
): Outcome | null {
  if (money.currency !== CURRENCY)
    return declined('merchant_config', `Monnify does not take ${money.currency}`);
  if (money.amountMinor < least)
    return declined('amount_too_small', 'below the minimum of Monnify');
  // Beyond what a JSON number holds to the last digit.
  return parseDecimal(toNaira(money), CURRENCY) === money.amountMinor
    ? null
    : declined('amount_too_large', 'more than a number holds exactly');
}
