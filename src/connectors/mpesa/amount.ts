// M-Pesa takes whole shillings only; ISO 4217 gives KES two decimals (psp/mpesa.md section 6). Nothing is rounded.
import { declined, type Outcome } from '../../domain/attempt/outcome.ts';
import { type Money, parseDecimal } from '../../kernel/money.ts';
import { manifest } from './manifest.ts';

/** Digits, as M-Pesa is sent them. Callers check refuseAmount first. */
export function toShillings({ amountMinor }: Money): string {
  return (amountMinor / 100n).toString();
}

/** `150`, `150.00`, `"150.00"` in cents. Null when it cannot be read. */
export function fromShillings(value: unknown): bigint | null {
  return parseDecimal(value, 'KES');
}

/** Why an amount cannot be sent to M-Pesa; null when it can. Spares a call that must fail. */
export function refuseAmount({ amountMinor, currency }: Money): Outcome | null {
  if (currency !== 'KES') return declined('merchant_config', `M-PESA does not take ${currency}`);
  const { minimumMinor, maximumMinor } = manifest.capabilities;
  if (amountMinor < minimumMinor.KES!)
    return declined('amount_too_small', 'M-PESA takes at least KES 1');
  if (amountMinor > maximumMinor.KES!)
    return declined('amount_too_large', 'M-PESA takes at most KES 250,000 at once');
  if (amountMinor % 100n === 0n) return null;
  const message = 'M-PESA takes whole shillings only';
  // Nothing was sent: a PSP that takes cents may have it.
  return {
    kind: 'declined',
    decline: { code: 'invalid_request', message, pspCode: null, fallbackOverride: 'yes' },
  };
}
