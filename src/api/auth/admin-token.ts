// Lets the operator in, and nobody else: one bearer token, compared in constant time.
import { createHash, timingSafeEqual } from 'node:crypto';
import { Problem } from '../../kernel/problem.ts';
import type { App } from '../app.ts';
import { bearerOf } from './presented-key.ts';

/** Adds the check to every request of `app`, unknown paths included: they say nothing to strangers. */
export function requireAdminToken(app: App, adminToken: string): void {
  if (adminToken.length < 8) throw new Error('the admin token has fewer than 8 characters');
  const expected = digest(adminToken);
  app.addHook('onRequest', async (request) => {
    const token = bearerOf(request);
    if (token === null || !timingSafeEqual(digest(token), expected))
      throw new Problem(401, 'unauthorized', 'Send the admin token: Authorization: Bearer …');
  });
}

/** Digests, because timingSafeEqual needs equal lengths. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
