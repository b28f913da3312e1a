// Finds the secret that a request presents. Values are compared elsewhere, in constant time, and never logged.
import type { FastifyRequest } from 'fastify';

/** `Authorization: Bearer …`, or null. */
export function bearerOf(request: FastifyRequest): string | null {
  return /^Bearer +(\S{1,512})$/i.exec(request.headers.authorization ?? '')?.[1] ?? null;
}

/** A single header of a sane length, or null. */
export function headerOf(request: FastifyRequest, name: string): string | null {
  const value = request.headers[name];
  return typeof value === 'string' && value !== '' && value.length <= 512 ? value : null;
}
