// Daraja's tokens, errors, addresses and times (psp/mpesa.md sections 1, 3 and 4). Client errors come with HTTP 500.
import type { FastifyRequest } from 'fastify';
import type { Collection } from '../books.ts';
import { type Parts, PspError } from '../simulator.ts';

export type Fields = Readonly<Record<string, unknown>>;

export const BUSINESS = 'Demo Shop';

export function bodyOf(request: FastifyRequest): Fields {
  const { body } = request;
  return typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as Fields) : {};
}

export function refuse(status: number, errorCode: string, errorMessage: string): PspError {
  return new PspError(status, { requestId: '1000-2000001-1', errorCode, errorMessage });
}

export function badField(name: string): PspError {
  return refuse(400, '400.002.02', `Bad Request - Invalid ${name}`);
}

export interface Token {
  readonly token: string;
  readonly expiresMs: number;
}

/** `null`: not a Basic header of a consumer key and secret. */
export function consumerOf(request: FastifyRequest): { key: string; secret: string } | null {
  const match = /^Basic ([A-Za-z0-9+/=]{1,2000})$/.exec(request.headers.authorization ?? '');
  const text = Buffer.from(match?.[1] ?? '', 'base64').toString('utf8');
  const at = text.indexOf(':');
  return at > 0 ? { key: text.slice(0, at), secret: text.slice(at + 1) } : null;
}

export type Tokens = Collection<Token>;

/** The consumer key of the request's access token. A new token has ended the one before. */
export function merchantOf(request: FastifyRequest, parts: Parts, tokens: Tokens): string {
  const key = keyOf(request, tokens);
  const nowMs = parts.ports.clock.nowMs();
  if (key === null || (tokens.get(key, 'current')?.expiresMs ?? 0) <= nowMs)
    throw refuse(404, '404.001.03', 'Invalid Access Token');
  if (request.headers['content-type']?.includes('application/json') !== true)
    throw badField('BusinessShortCode');
  return key;
}

export function keyOf(request: FastifyRequest, tokens: Tokens): string | null {
  const given = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (given === undefined) return consumerOf(request)?.key ?? null;
  // The key is named in the token, so that a token that was ended still tells whose it was to the fault rules.
  const key = Buffer.from(given.split('.')[0] ?? '', 'base64url').toString('utf8');
  return tokens.get(key, 'current')?.token === given ? key : null;
}

export function newToken(key: string, parts: Parts): string {
  const random = parts.ports.random.bytes(18).toString('base64url');
  return `${Buffer.from(key).toString('base64url')}.${random}`;
}

export function textOf(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}

export function required(body: Fields, name: string, pattern = /^[\s\S]+$/): string {
  const value = textOf(body[name]);
  if (value === null || !pattern.test(value)) throw badField(name);
  return value;
}

/** Whole shillings within the limits of one transaction. */
export function amountOf(body: Fields): number {
  const text = required(body, 'Amount', /^[1-9]\d{0,5}$/);
  const amount = Number(text);
  if (amount > 250_000) throw badField('Amount');
  return amount;
}

export function phoneOf(body: Fields, name: string): string {
  return required(body, name, /^254[17]\d{8}$/);
}

const FORBIDDEN = /mpesa|safaricom|exe|exec|cmd|sql|query/i;

/** Public addresses without certain words; the sandbox takes http. */
export function addressOf(body: Fields, name: string): string {
  const url = required(body, name);
  if (!/^https?:\/\//.test(url) || !URL.canParse(url) || FORBIDDEN.test(url)) throw badField(name);
  return url;
}

const EAST_AFRICA_MS = 3 * 60 * 60_000;

/** `20260105101530`. */
export function stampOf(ms: number): string {
  return new Date(ms + EAST_AFRICA_MS).toISOString().slice(0, 19).replace(/\D/g, '');
}

/** `2026-01-05 10:15:00`, East Africa Time, in milliseconds; null when it is none. */
export function readStamp(text: string | null): number | null {
  if (text === null || !/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(text)) return null;
  const ms = Date.parse(`${text.replace(' ', 'T')}Z`);
  return Number.isNaN(ms) ? null : ms - EAST_AFRICA_MS;
}

export function masked(phone: string): string {
  return `${phone.slice(0, 5)}****${phone.slice(-3)}`;
}
