// Hubtel's authentication, errors and amounts (psp/hubtel.md sections 1, 3 and 6). Collections answer in camelCase or
// PascalCase, as the service does.
import type { FastifyRequest } from 'fastify';
import { PspError } from '../simulator.ts';

export type Fields = Readonly<Record<string, unknown>>;

export const BUSINESS = 'Demo Shop';

export function bodyOf(request: FastifyRequest): Fields {
  const { body } = request;
  return typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as Fields) : {};
}

export function keyOf(request: FastifyRequest): string | null {
  const match = /^Basic ([A-Za-z0-9+/=]{1,2000})$/.exec(request.headers.authorization ?? '');
  const text = Buffer.from(match?.[1] ?? '', 'base64').toString('utf8');
  const at = text.indexOf(':');
  return at > 0 && at < text.length - 1 ? text.slice(0, at) : null;
}

/** Any API ID is a merchant of its own; `invalid…` is refused. */
export function merchantOf(request: FastifyRequest): string {
  const key = keyOf(request);
  if (key === null || key.startsWith('invalid')) throw new PspError(401, 'Unauthorized');
  return key;
}

const FORBIDDEN =
  '<html><head><title>403 Forbidden</title></head><body>403 Forbidden</body></html>';

/** Services behind the allow-list of addresses: `unlisted…` is on none. */
export function listedMerchantOf(request: FastifyRequest): string {
  const key = merchantOf(request);
  if (key.startsWith('unlisted')) throw forbidden();
  return key;
}

export function forbidden(): PspError {
  return new PspError(403, FORBIDDEN, { 'content-type': 'text/html' });
}

/** The services of old answer in PascalCase. */
export function refuse(status: number, code: string, message: string): PspError {
  return new PspError(status, { ResponseCode: code, Message: message });
}

/** ASP.NET's own complaint about a field. */
export function badField(name: string): PspError {
  return new PspError(400, {
    title: 'One or more validation errors occurred.',
    status: 400,
    errors: { [name]: [`The field ${name} is invalid.`] },
  });
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

export function required(body: Fields, name: string, pattern = /^[\s\S]+$/): string {
  const value = textOf(body[name]);
  if (value === null || !pattern.test(value)) throw badField(name);
  return value;
}

/** Pesewas of a JSON number with at most two decimals. */
export function amountOf(body: Fields, name: string): number {
  const value = body[name];
  const match =
    typeof value === 'number' ? /^(\d{1,12})(?:\.(\d{1,2}))?$/.exec(String(value)) : null;
  if (!match) throw badField(name);
  const pesewas = Number(`${match[1]}${(match[2] ?? '').padEnd(2, '0')}`);
  if (pesewas === 0) throw refuse(400, '4070', 'Amount is below the minimum');
  return pesewas;
}

export function cedis(pesewas: number): number {
  const text = String(pesewas).padStart(3, '0');
  return Number(`${text.slice(0, -2)}.${text.slice(-2)}`);
}

export function addressOf(body: Fields, name: string): string {
  const url = required(body, name);
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) throw badField(name);
  return url;
}

export const MSISDN = /^233\d{9}$/;
export const CHANNEL = /^(mtn|vodafone|tigo)-gh$/;
