// Paystack's payment session time-out: how long a checkout page can be paid, in seconds; 0: for ever.
import type { FastifyInstance } from 'fastify';
import type { Books } from '../books.ts';
import type { Desk } from './desk.ts';
import { bodyOf, invalidParams, merchantOf, ok } from './wire.ts';

interface Session {
  readonly seconds: number;
}

export function sessionSecondsOf(books: Books, key: string): number {
  return books.collection<Session>('_sessions').get(key, 'timeout')?.seconds ?? 0;
}

export function sessionRoutes(app: FastifyInstance, { parts: { books } }: Desk): void {
  const sessions = books.collection<Session>('_sessions');

  app.get('/integration/payment_session_timeout', (request) => {
    const { key } = merchantOf(request);
    const seconds = sessionSecondsOf(books, key);
    return ok('Payment session timeout retrieved', { payment_session_timeout: seconds });
  });

  app.put('/integration/payment_session_timeout', (request) => {
    const { key } = merchantOf(request);
    const { timeout } = bodyOf(request);
    if (typeof timeout !== 'number' || !Number.isSafeInteger(timeout) || timeout < 0)
      throw invalidParams('timeout is a number of seconds');
    sessions.put(key, 'timeout', { seconds: timeout });
    return ok('Payment session timeout updated', { payment_session_timeout: timeout });
  });
}
