// Paystack counts in subunits: hundredths of every currency, XOF too, although ISO 4217 gives XOF no decimals
// (psp/paystack.md section 6). The only place where amounts change their unit.
import { declined, type Outcome } from '../../domain/attempt/outcome.ts';
import { type Money, parseInteger } from '../../kernel/money.ts';
import { manifest } from './manifest.ts';

/** Subunits per ISO minor unit. Null: not a currency of Paystack's. */
function subunitsPerMinor(currency: string): bigint | null {
  if (currency === 'XOF') return 100n;
  return manifest.capabilities.currencies.includes(currency) ? 1n : null;
}

/** The JSON number Paystack is sent. Callers check refuseAmount first, so that it is exact. */
export function toSubunits({ amountMinor, currency }: Money): number {
  return Number(amountMinor * (subunitsPerMinor(currency) ?? 1n));
}

/** A reply's amount in ISO minor units: number or digit string. Null when it cannot be read. */
export function fromSubunits(value: unknown, currency: string): bigint | null {
  const rate = subunitsPerMinor(currency);
  const subunits = parseInteger(
    typeof value === 'string' ? value.trim().replace(/\.0+$/, '') : value,
  );
  // XOF: Paystack ignores the fraction, and so does the division.
  return rate === null || subunits === null ? null : subunits / rate;
}

/** Why an amount cannot be charged at Paystack at all; null when it can. Spares a call that must fail. */
export function refuseAmount({ amountMinor, currency }: Money): Outcome | null {
  if (subunitsPerMinor(currency) === null)
    return declined('merchant_config', `Paystack does not take ${currency}`);
  const { minimumMinor, maximumMinor } = manifest.capabilities;
  if (amountMinor < (minimumMinor[currency] ?? 1n))
    return declined('amount_too_small', `below the minimum of Paystack in ${currency}`);
  if (amountMinor > (maximumMinor[currency] ?? 0n))
    return declined('amount_too_large', `above the maximum of Paystack in ${currency}`);
  return null;
}
