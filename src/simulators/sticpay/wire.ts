// SticPay's fields, digests, codes and answers (psp/sticpay.md sections 1, 2 and 7). Errors come with HTTP 200.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { PspError } from '../simulator.ts';

export type Fields = Readonly<Record<string, unknown>>;
export type Texts = Readonly<Record<string, string>>;
export type SignType = 'MD5' | 'SHA256';

export interface Problem {
  readonly field: string;
  readonly defaultMessage: string;
}

const MESSAGES: Readonly<Record<number, string>> = {
  1: 'Cancel',
  100: 'Payment request expired',
  200: 'Customer not found',
  300: 'Merchant not found',
  410: 'Amount is below the minimum',
  411: 'Amount is above the maximum',
  600: 'Database error, transfer not executed',
  700: 'Customer balance is insufficient',
  701: 'Merchant balance is insufficient',
  800: 'Invalid parameter',
  807: 'Parameter must be a supported currency',
  809: 'Merchant signature is invalid',
  850: 'Parameter is required',
  900: 'Could not process with the supplied parameters',
  1100: 'No callback URL',
  1300: 'Order number is already used',
  1400: 'Transaction not found',
  1401: 'Order not found',
  1402: 'Transaction is not refundable',
};

/** A refusal in SticPay's words, with the fields that are wrong. */
export function refuse(code: number, errors: readonly Problem[] = []): PspError {
  const message = MESSAGES[code] ?? 'Refused';
  return new PspError(200, { success: false, code, message, errors });
}

export function wrongField(code: number, field: string): PspError {
  return refuse(code, [{ field, defaultMessage: MESSAGES[code] ?? 'is invalid' }]);
}

/** Form or JSON, as merchants send either; only texts count. */
export function fieldsOf(request: FastifyRequest): Texts {
  const { body } = request;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return {};
  return Object.fromEntries(
    Object.entries(body as Fields).filter((pair): pair is [string, string] => isText(pair[1])),
  );
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= 2_000;
}

export function required(fields: Texts, name: string): string {
  const value = fields[name];
  if (value === undefined) throw wrongField(850, name);
  return value;
}

/** Lower-case digest of the fields in their order, with the key last. */
export function signatureOf(fields: Texts, names: readonly string[], type: SignType, key: string) {
  const text = names.map((name) => `${name}=${fields[name] ?? ''}`).join('&');
  const algorithm = type === 'SHA256' ? 'sha256' : 'md5';
  return createHash(algorithm).update(`${text}&key=${key}`).digest('hex');
}

export function signTypeOf({ sign_type: type = 'MD5' }: Texts): SignType {
  if (type === 'MD5' || type === 'SHA256') return type;
  throw wrongField(800, 'sign_type');
}

export function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** `2025-12-12 08:57:10`, UTC. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}

export function isTime(text: string): boolean {
  return (
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(text) &&
    !Number.isNaN(Date.parse(`${text.replace(' ', 'T')}Z`))
  );
}
