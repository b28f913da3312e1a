// Customer data in the form Paystack asks for.
import type { ChargeInput, Customer } from '../contract.ts';

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/** The customer's e-mail address; Reevit's browser code sends it as the customer id. */
export function emailOf({ email, id }: Customer): string | null {
  return [email, id].find((text) => text !== null && EMAIL.test(text)) ?? null;
}

/**
 * Paystack takes no payment without an e-mail address, but merchants of phone-first markets often have none.
 * A placeholder lets them be paid: under `.invalid` (RFC 2606), so that no mail can reach a stranger, and made of
 * the reference, so that it is the same at every repeat and no two customers share it.
 */
export function emailOrPlaceholder({ customer, reference }: ChargeInput): string {
  return emailOf(customer) ?? `${reference}@customers.invalid`;
}

/** Ghana wants local numbers (`0551234987`), Kenya the country code (psp/paystack.md section 6). */
export function phoneFor(currency: string, phone: string): string {
  const digits = phone.replace(/[^\d+]/g, '');
  if (currency === 'GHS') return digits.replace(/^(?:\+?233|00233)(\d{9})$/, '0$1');
  if (currency === 'KES') return digits.replace(/^0?([17]\d{8})$/, '+254$1');
  return digits;
}
