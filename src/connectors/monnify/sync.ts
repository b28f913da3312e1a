// Asks Monnify what became of a payment, by our reference (psp/monnify.md section 2.3). Only the transaction's own status
// decides: a refused question (key, rate limit) is no answer about the money.
import { type Outcome, unknown } from '../../domain/attempt/outcome.ts';
import type { AttemptRef, Call } from '../contract.ts';
import { replyOrReason } from '../envelope.ts';
import { ask } from './api.ts';
import { isNotFound } from './reply.ts';
import { readTransaction } from './transaction.ts';

export async function sync({ reference, pspState }: AttemptRef, call: Call): Promise<Outcome> {
  const query = new URLSearchParams({ paymentReference: reference });
  const path = `/api/v2/merchant/transactions/query?${query}`;
  const reply = replyOrReason(await ask({ method: 'GET', path }, call));
  if (typeof reply === 'string') return unknown(reply);
  if (isNotFound(reply)) return { kind: 'unknown', reason: reply.message, notFound: true };
  if (!reply.accepted) return unknown(`no answer: ${reply.message}`);
  return readTransaction(reply.body, { reference, pspState });
}
