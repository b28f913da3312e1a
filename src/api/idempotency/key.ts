// The header Idempotency-Key and what it is compared by. A key is any text of 1 to 255 characters; the IETF draft quotes
// it, every known client sends it bare: quotes are not part of the key.
import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { invalid } from '../../kernel/problem.ts';

const CHARACTERS_MAX = 255;

/** Null when the header is absent. */
export function readKey(request: FastifyRequest): string | null {
  const header = request.headers['idempotency-key'];
  if (header === undefined) return null;
  const text = String(header).trim();
  const key = /^"(.*)"$/s.exec(text)?.[1] ?? text;
  if (key === '' || key.length > CHARACTERS_MAX) {
    const message = `Idempotency-Key must have 1 to ${CHARACTERS_MAX} characters`;
    throw invalid('invalid_idempotency_key', message, 'Idempotency-Key');
  }
  return key;
}

/** Method and concrete path, without the query: the same key on another path is another operation. */
export function routeOf(request: FastifyRequest): string {
  const [path = ''] = request.url.split('?', 1);
  return `${request.method} ${path}`;
}

/**
 * SHA-256 of the body as canonical JSON: its values, not their spelling or the order of their members. `ignored` names
 * top-level members that do not count.
 */
export function fingerprintOf(body: unknown, ignored: readonly string[] = []): Buffer {
  const counted = isObject(body)
    ? Object.fromEntries(Object.entries(body).filter(([name]) => !ignored.includes(name)))
    : body;
  return createHash('sha256').update(canonical(counted)).digest();
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? 'null';
  const members = Object.keys(value)
    .sort()
    .filter((name) => value[name] !== undefined)
    .map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`);
  return `{${members.join(',')}}`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
