// Monnify's envelope, login and dates (psp/monnify.md section 1). A login gives a token for about an hour; the books are
// kept by API key.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Books } from '../books.ts';
import { type Parts, PspError } from '../simulator.ts';

export type Fields = Readonly<Record<string, unknown>>;

export const BUSINESS = 'Demo Shop';

const API_KEY = /^MK_(TEST|PROD)_[A-Za-z0-9]{1,200}$/;
const LIFE_S = 3_567;
/** How many calls a token of a `MK_TEST_STALE…` key is good for. */
const STALE_AFTER = 2;

interface Token {
  readonly apiKey: string;
  readonly endsMs: number;
  readonly used: number;
}

export interface Merchant {
  readonly apiKey: string;
  readonly secretKey: string;
}

export type Gate = ReturnType<typeof createGate>;

/** Who calls, by the token that he got; and who he said he was when he got it. */
export function createGate({ books, ports }: Parts) {
  const tokens = books.collection<Token>('_tokens');
  const merchants = books.collection<Merchant>('_merchants');

  function login(request: FastifyRequest): object {
    const given = /^Basic ([A-Za-z0-9+/=]{1,4000})$/.exec(request.headers.authorization ?? '')?.[1];
    const [, apiKey = '', secretKey = ''] =
      /^([^:]*):(.*)$/s.exec(Buffer.from(given ?? '', 'base64').toString('utf8')) ?? [];
    const known = merchants.get(apiKey, 'self');
    const wrong = known !== undefined && known.secretKey !== secretKey;
    if (!API_KEY.test(apiKey) || secretKey === '' || apiKey.includes('INVALID') || wrong)
      throw refuse(401, '99', 'Authentication Failed: bad credentials');
    if (!known) merchants.put(apiKey, 'self', { apiKey, secretKey });
    const token = `eyJ${ports.random.bytes(24).toString('base64url')}`;
    tokens.put('', token, { apiKey, endsMs: ports.clock.nowMs() + LIFE_S * 1_000, used: 0 });
    return ok({ accessToken: token, expiresIn: LIFE_S });
  }

  function apiKeyOf(request: FastifyRequest): string | null {
    const text = /^Bearer (\S{1,4000})$/.exec(request.headers.authorization ?? '')?.[1];
    const token = text === undefined ? undefined : tokens.get('', text);
    return token?.apiKey ?? null;
  }

  return {
    routes(app: FastifyInstance) {
      app.post('/api/v1/auth/login', login);
    },
    /** Null without a token; also of one that has ended. For descriptions of a request. */
    apiKeyOf,
    merchantOf(request: FastifyRequest): string {
      const text = (request.headers.authorization ?? '').slice('Bearer '.length);
      const token = apiKeyOf(request) === null ? undefined : tokens.get('', text);
      const stale = token?.apiKey.startsWith('MK_TEST_STALE') && token.used >= STALE_AFTER;
      if (!token || stale || ports.clock.nowMs() >= token.endsMs)
        throw new PspError(401, { error: 'invalid_token', error_description: 'Invalid token' });
      if (token.apiKey.startsWith('MK_TEST_STALE'))
        tokens.put('', text, { ...token, used: token.used + 1 });
      return token.apiKey;
    },
    secretOf: (apiKey: string): string => merchants.get(apiKey, 'self')?.secretKey ?? '',
  };
}

export function ok(responseBody: unknown): object {
  return { requestSuccessful: true, responseMessage: 'success', responseCode: '0', responseBody };
}

export function refuse(status: number, responseCode: string, responseMessage: string): PspError {
  return new PspError(status, { requestSuccessful: false, responseMessage, responseCode });
}

/** The generic code, which most mistakes have. */
export function invalid(message: string): PspError {
  return refuse(422, '99', message);
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
  const text = textOf(body[name]);
  if (text === null) throw invalid(`${name} is required`);
  return text;
}

/** A number that no two transactions share, in Monnify's form: `MNFY|11|20260105101500|000042`. */
export function newReference(books: Books, prefix: string, nowMs: number): string {
  const stamp = new Date(nowMs).toISOString().replaceAll(/\D/g, '').slice(0, 14);
  const number = String(books.next('reference')).padStart(6, '0');
  return `${prefix}|${stamp}|${number}`;
}

const LAGOS_MS = 3_600_000;

/** Lagos time without a zone: `2026-01-05 11:20:42.615`. */
export function lagosTime(ms: number): string {
  return new Date(ms + LAGOS_MS).toISOString().replace('T', ' ').slice(0, 23);
}

/** Lagos time as the older services write it: `05/01/2026 11:15:32 AM`. */
export function lagosClock(ms: number): string {
  const [, year, month, day, hour = '', rest] =
    /^(\d+)-(\d+)-(\d+)T(\d+):(\d+:\d+)/.exec(new Date(ms + LAGOS_MS).toISOString()) ?? [];
  const hours = Number(hour);
  return `${day}/${month}/${year} ${hours % 12 || 12}:${rest} ${hours < 12 ? 'AM' : 'PM'}`;
}
