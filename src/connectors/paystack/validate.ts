// Reads the answer to `GET /balance` as a statement about the secret key.
import type { Validation } from '../contract.ts';
import type { Answer } from './reply.ts';

export function readValidation(answer: Answer): Validation {
  if (answer.kind === 'bare') return verdict(answer.httpStatus, `HTTP ${answer.httpStatus}`);
  if (answer.kind !== 'reply')
    return { ok: false, reached: false, message: `Paystack was not reached: ${answer.reason}` };
  const { reply } = answer;
  if (reply.accepted)
    return { ok: true, reached: true, message: 'Paystack accepts the secret key' };
  return verdict(reply.httpStatus, reply.message);
}

/** Too many requests say nothing about the key. */
function verdict(httpStatus: number, said: string): Validation {
  return httpStatus === 429
    ? { ok: false, reached: false, message: 'Paystack limits the rate of requests' }
    : { ok: false, reached: true, message: `Paystack refused the secret key: ${said}` };
}
