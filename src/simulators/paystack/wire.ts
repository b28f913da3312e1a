// Paystack's envelope, errors, keys and dates (psp/paystack.md section 1).
import type { FastifyRequest } from 'fastify';
import { PspError } from '../simulator.ts';

export type Domain = 'test' | 'live';
export type Fields = Readonly<Record<string, unknown>>;

export interface Merchant {
  readonly key: string;
  readonly domain: Domain;
}

export const INTEGRATION = 100_001;
export const BUSINESS = 'Demo Shop';

/** Any well-formed key is a merchant of its own. `sk_test_invalid…` is well formed and refused: for tests of that. */
const KEY = /^Bearer (sk_(test|live)_[A-Za-z0-9_-]{1,200})$/;

export function merchantOf(request: FastifyRequest): Merchant {
  const key = keyOf(request);
  if (key === null || /^sk_(test|live)_invalid/.test(key)) throw refuse(401, 'Invalid key');
  return { key, domain: domainOf(key) };
}

export function keyOf(request: FastifyRequest): string | null {
  return KEY.exec(request.headers.authorization ?? '')?.[1] ?? null;
}

export function domainOf(key: string): Domain {
  return key.startsWith('sk_live_') ? 'live' : 'test';
}

export function ok(message: string, data?: unknown, meta?: object): object {
  return {
    status: true,
    message,
    ...(data === undefined ? {} : { data }),
    ...(meta === undefined ? {} : { meta }),
  };
}

export interface ErrorFacts {
  readonly code?: string;
  readonly type?: 'validation_error' | 'api_error' | 'processor_error';
  readonly nextStep?: string;
  readonly data?: object;
}

export function refuse(status: number, message: string, facts: ErrorFacts = {}): PspError {
  const { code, type = 'validation_error', nextStep, data } = facts;
  if (code === undefined && data === undefined)
    return new PspError(status, { status: false, message });
  return new PspError(status, {
    status: false,
    message,
    ...(data === undefined ? {} : { data }),
    ...(code === undefined ? {} : { meta: { nextStep: nextStep ?? '' }, type, code }),
  });
}

export function invalidParams(message: string): PspError {
  return refuse(400, message, { code: 'invalid_params', nextStep: 'Correct the request' });
}

export function missing(name: string): PspError {
  return refuse(400, `${name} is required`, {
    code: 'missing_params',
    nextStep: `Provide ${name}`,
  });
}

export function bodyOf(request: FastifyRequest): Fields {
  return isFields(request.body) ? request.body : {};
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

export function required(body: Fields, name: string): string {
  const value = body[name];
  const text = typeof value === 'number' ? String(value) : textOf(value);
  if (text === null) throw missing(name);
  return text;
}

export function iso(ms: number): string;
export function iso(ms: number | null): string | null;
export function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
