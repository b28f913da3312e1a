// Asks Paystack what became of a charge: verify by our reference, and for a direct charge in flight also the check
// that repeats the next step. Only the transaction's own status decides: a refused question (key, rate limit) is no
// answer about the money.
import { type Outcome, unknown } from '../../domain/attempt/outcome.ts';
import type { AttemptRef, Call } from '../contract.ts';
import { replyOrReason } from '../envelope.ts';
import { type Json, textOf } from '../json.ts';
import { type ApiRequest, ask } from './api.ts';
import type { Answer } from './reply.ts';
import { type Expected, readTransaction } from './transaction.ts';

/** Paystack asks not to check sooner (section 2.2). */
const CHECK_AFTER_MS = 10_000;

export function expectedOf(attempt: AttemptRef, call: Call): Expected {
  return { reference: attempt.reference, mode: call.mode, pspState: attempt.pspState };
}

export async function syncCharge(attempt: AttemptRef, call: Call): Promise<Outcome> {
  const expected = expectedOf(attempt, call);
  const verified = readQuery(await ask(verifyRequest(attempt.reference), call), expected);
  if (!mayKnowMore(verified, attempt, call.nowMs)) return verified;
  const checked = readQuery(await ask(checkRequest(attempt.reference), call), expected);
  return checked.kind === 'unknown' ? verified : checked;
}

export function verifyRequest(reference: string): ApiRequest {
  return { method: 'GET', path: `/transaction/verify/${encodeURIComponent(reference)}` };
}

function checkRequest(reference: string): ApiRequest {
  return { method: 'GET', path: `/charge/${encodeURIComponent(reference)}` };
}

/** Verify says `ongoing`; the check says which step it is. A hosted page has no steps of ours. */
function mayKnowMore(verified: Outcome, attempt: AttemptRef, nowMs: number): boolean {
  const open = verified.kind === 'pending' || verified.kind === 'requires_action';
  const direct = attempt.pspState.flow !== 'page';
  return open && direct && nowMs - attempt.createdAtMs >= CHECK_AFTER_MS;
}

/** Reads the answer to a question about a transaction, which must name our reference. */
export function readQuery(
  answer: Answer,
  expected: Expected,
  read: (data: Json, accepted: boolean, expected: Expected) => Outcome = readTransaction,
): Outcome {
  const reply = replyOrReason(answer);
  if (typeof reply === 'string') return unknown(reply);
  const { data, accepted, message } = reply;
  if (isNotFound(answer)) return { kind: 'unknown', reason: message, notFound: true };
  if (textOf(data.status) === null) return unknown(`no answer: ${message}`);
  if (data.reference !== expected.reference) return unknown('the reply is about another reference');
  return read(data, accepted, expected);
}

/** The reference is not known at Paystack. Proves nothing by itself: the host counts (section 3). */
function isNotFound(answer: Answer): boolean {
  if (answer.kind !== 'reply' || answer.reply.accepted) return false;
  const { code, message, httpStatus } = answer.reply;
  if (code === 'transaction_not_found' || code === 'not_found') return true;
  const said = /not found|reference is invalid|invalid reference/i.test(message);
  return said && (httpStatus === 400 || httpStatus === 404);
}
