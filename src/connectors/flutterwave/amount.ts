// Flutterwave counts in major units, as JSON numbers: whole ones in some currencies, Tanzania's by custom
// (psp/flutterwave.md section 6). The only place where amounts change their unit.
import { declined, type Outcome } from '../../domain/attempt/outcome.ts';
import { type Money, parseDecimal, toDecimalText } from '../../kernel/money.ts';
import { manifest } from './manifest.ts';

/** TZS has cents in ISO 4217, and none here. */
const WHOLE = new Set(['TZS']);

/** The JSON number Flutterwave is sent. Callers check refuseAmount first, so that it is exact. */
export function toMajor(money: Money): number {
  return Number(toDecimalText(money));
}

/** A reply's amount in ISO minor units: a number or a decimal text. Null when it cannot be read. */
export function fromMajor(value: unknown, currency: string): bigint | null {
  if (!takes(currency)) return null;
  const minor = parseDecimal(value, currency);
  return minor === null || minor < 0n ? null : minor;
}

function takes(currency: string): boolean {
  return manifest.capabilities.currencies.includes(currency);
}

/** Why an amount cannot be moved at Flutterwave at all; null when it can. Spares a call that must fail. */
export function refuseAmount(money: Money): Outcome | null {
  const { amountMinor, currency } = money;
  if (!takes(currency)) return declined('merchant_config', `Flutterwave does not take ${currency}`);
  if (amountMinor <= 0n) return declined('amount_too_small', 'nothing to pay');
  if (WHOLE.has(currency) && amountMinor % 100n !== 0n)
    return declined('invalid_request', `Flutterwave takes whole amounts only in ${currency}`);
  // Beyond what a JSON number holds to the last digit.
  return parseDecimal(toMajor(money), currency) === amountMinor
    ? null
    : declined('amount_too_large', 'more than a number holds exactly');
}
