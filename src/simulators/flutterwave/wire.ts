// Flutterwave's envelope, errors and keys (psp/flutterwave.md section 1).
import type { FastifyRequest } from 'fastify';
import { PspError } from '../simulator.ts';

export type Fields = Readonly<Record<string, unknown>>;

export const BUSINESS = 'Demo Shop';
export const ACCOUNT_ID = 1001;

/** Any well-formed key is a merchant of its own. `…invalid…` is well formed and refused: for tests of that. */
const KEY = /^Bearer (FLWSECK(?:_TEST)?-[A-Za-z0-9_-]{1,200})$/;

export function merchantOf(request: FastifyRequest): string {
  const key = keyOf(request);
  if (key === null) throw refuse(401, 'Authorization required');
  if (/^FLWSECK(?:_TEST)?-invalid/.test(key)) throw refuse(401, 'Invalid authorization key');
  return key;
}

export function keyOf(request: FastifyRequest): string | null {
  return KEY.exec(request.headers.authorization ?? '')?.[1] ?? null;
}

export function ok(message: string, data: unknown, more: object = {}): object {
  return { status: 'success', message, ...(data === undefined ? {} : { data }), ...more };
}

export function refuse(status: number, message: string): PspError {
  return new PspError(status, { status: 'error', message, data: null });
}

/** Every client mistake is a 400 with a sentence; there are no codes. */
export function invalid(message: string): PspError {
  return refuse(400, message);
}

export function bodyOf(request: FastifyRequest): Fields {
  return isFields(request.body) ? request.body : {};
}

export function queryOf(request: FastifyRequest): Fields {
  return isFields(request.query) ? request.query : {};
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}

export function required(body: Fields, name: string): string {
  const value = body[name];
  const text = typeof value === 'number' ? String(value) : textOf(value);
  if (text === null) throw invalid(`${name} is required`);
  return text;
}

export function iso(ms: number): string {
  return new Date(ms).toISOString();
}
