// Phones, times and texts in the forms that Daraja asks for (psp/mpesa.md sections 2.1 and 6).
import { readPhone } from '../../kernel/phone.ts';

/** `254712345678`; null when it is no Kenyan mobile number. */
export function msisdnOf(text: string): string | null {
  const phone = readPhone(text, 'KE');
  const digits = phone?.e164.slice(1) ?? '';
  return /^254[17]\d{8}$/.test(digits) ? digits : null;
}

const EAST_AFRICA_MS = 3 * 60 * 60_000;

/** `20260105101500`: East Africa Time. */
export function timestampOf(nowMs: number): string {
  return eastAfrica(nowMs).replace(/\D/g, '');
}

/** `2026-01-05 10:15:00`: East Africa Time. */
export function eastAfrica(nowMs: number): string {
  return new Date(nowMs + EAST_AFRICA_MS).toISOString().slice(0, 19).replace('T', ' ');
}

/** Letters, digits and a few signs, cut; `fallback` when too little is left. */
export function plainText(text: string | null, maxCharacters: number, fallback: string): string {
  const plain = (text ?? '')
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9 .,-]/g, '')
    .replace(/ +/g, ' ')
    .trim()
    .slice(0, maxCharacters)
    .trim();
  return plain.length >= 2 ? plain : fallback;
}

/**
 * The account that a payer sees, at most 12 characters: the end of our reference, with a letter that tells what it is.
 * `S`: an STK push, which Safaricom also tells as a payment to the PayBill; `P`: the payer pays in by himself.
 */
export function accountOf(kind: 'S' | 'P', reference: string): string {
  return `${kind}${reference.slice(-11).toUpperCase()}`;
}
