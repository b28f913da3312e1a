// Paymaxis's keys, envelope, errors and amounts (psp/paymaxis.md sections 1 and 2.1).
import type { FastifyRequest } from 'fastify';
import { isCurrency } from '../../kernel/currency.ts';
import { parseDecimal, toDecimalText } from '../../kernel/money.ts';
import { PspError } from '../simulator.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** Any text without blanks is the key of a shop of its own; one that begins with `invalid` is refused. */
const KEY = /^Bearer ([\x21-\x7e]{1,512})$/;

export function keyOf(request: FastifyRequest): string | null {
  return KEY.exec(request.headers.authorization ?? '')?.[1] ?? null;
}

export function shopOf(request: FastifyRequest): string {
  const key = keyOf(request);
  if (key === null || key.startsWith('invalid')) throw unauthorized();
  return key;
}

export function unauthorized(): PspError {
  return refuse(401, 'unauthorized', 'Unauthorized');
}

/** The body has `status` and `errors`; nothing more is documented. */
export function refuse(status: number, code: string, message: string): PspError {
  return new PspError(status, { status, errors: [{ code, message }] });
}

export function invalid(field: string, why: string): PspError {
  return refuse(400, 'validation_error', `${field} ${why}`);
}

export function envelope(nowMs: number, result: unknown, more: object = {}): object {
  return { timestamp: timestamp(nowMs), status: 200, result, ...more };
}

/** `2022-10-05T11:23:12.595+00:00`. */
export function timestamp(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '+00:00');
}

export function bodyOf(request: FastifyRequest): Fields {
  return isFields(request.body) ? request.body : {};
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Null when absent; throws when it is no text, or too long. */
export function optionalText(body: Fields, name: string, longest = 1_000): string | null {
  const value = body[name];
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string' || value.length > longest)
    throw invalid(name, `must be text of at most ${longest} characters`);
  return value;
}

export function currencyOf(body: Fields): string {
  const { currency } = body;
  if (typeof currency !== 'string') throw invalid('currency', 'must not be empty');
  if (!isCurrency(currency)) throw invalid('currency', 'is not enabled for this shop');
  return currency;
}

/** A JSON number in major units. The document calls it optional; this shop's page has no field to enter it. */
export function amountOf(body: Fields, currency: string): bigint {
  const { amount } = body;
  const minor = typeof amount === 'number' ? parseDecimal(amount, currency) : null;
  if (minor === null || minor <= 0n) throw invalid('amount', 'must be a positive number');
  return minor;
}

/** As the JSON number that Paymaxis writes: `12`, `11.12`. */
export function wireAmount(amountMinor: string, currency: string): number {
  return Number(toDecimalText({ amountMinor: BigInt(amountMinor), currency }));
}
