// The customer's e-mail address, for PSPs that take no payment without one.
import type { ChargeInput, Customer } from './contract.ts';

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/** Reevit's browser code sends it as the customer id. */
export function emailOf({ email, id }: Customer): string | null {
  return [email, id].find((text) => text !== null && EMAIL.test(text)) ?? null;
}

/**
 * Merchants of phone-first markets often have no address, and some PSPs take no payment without one. A placeholder
 * lets them be paid: under `.invalid` (RFC 2606), so that no mail can reach a stranger, and made of the reference,
 * so that it is the same at every repeat and no two customers share it.
 */
export function emailOrPlaceholder({
  customer,
  reference,
}: Pick<ChargeInput, 'customer' | 'reference'>): string {
  return emailOf(customer) ?? `${reference}@customers.invalid`;
}
