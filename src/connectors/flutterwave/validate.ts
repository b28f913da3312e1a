// Reads the answer to `GET /balances` as a statement about the secret key (psp/flutterwave.md section 1).
import type { Validation } from '../contract.ts';
import type { Answer } from './reply.ts';

export function readValidation(answer: Answer): Validation {
  if (answer.kind === 'bare') return verdict(answer.httpStatus, `HTTP ${answer.httpStatus}`);
  if (answer.kind !== 'reply') return notReached(answer.reason);
  const { reply } = answer;
  if (reply.accepted)
    return { ok: true, reached: true, message: 'Flutterwave accepts the secret key' };
  return verdict(reply.httpStatus, reply.message);
}

/** Anything but a refusal of the key says nothing about it. */
function verdict(httpStatus: number, said: string): Validation {
  return httpStatus === 401 || httpStatus === 403
    ? { ok: false, reached: true, message: `Flutterwave refused the secret key: ${said}` }
    : notReached(said);
}

function notReached(reason: string): Validation {
  return { ok: false, reached: false, message: `Flutterwave gave no answer: ${reason}` };
}
