// Passes on the OTP that a charge asked for: POST /validate-charge (psp/flutterwave.md section 2.2). A refusal of the
// step itself leaves the charge open at Flutterwave, so it is `unknown`: the host asks, and may not fall back.
import { type Outcome, unknown } from '../../domain/attempt/outcome.ts';
import type { SubmitInput } from '../contract.ts';
import { textOf } from '../json.ts';
import type { ApiRequest } from './api.ts';
import type { Answer } from './reply.ts';
import { expectedOf } from './sync.ts';
import { readTransaction } from './transaction.ts';

/** Null when there is nothing that this field could answer. */
export function submitRequest({ attempt, field, value }: SubmitInput): ApiRequest | null {
  const { flw_ref: flwRef } = attempt.pspState;
  if (field !== 'otp' || !flwRef) return null;
  // Of what goes through us only saved cards are asked for one.
  const json = { otp: value.trim(), flw_ref: flwRef, type: 'card' };
  return { method: 'POST', path: '/validate-charge', json };
}

export function readSubmit(answer: Answer, { attempt }: SubmitInput): Outcome {
  if (answer.kind === 'bare') return unknown(`step refused, HTTP ${answer.httpStatus}`);
  if (answer.kind === 'unknown') return answer;
  // The attempt itself was sent long ago: a step that never left must not read as a charge that never left.
  if (answer.kind === 'not_sent') return unknown(`step not sent: ${answer.reason}`);
  const { reply } = answer;
  if (!reply.accepted || textOf(reply.data.status) === null)
    return unknown(`step refused: ${reply.message}`);
  const { reference, pspState } = expectedOf(attempt);
  return readTransaction(reply.data, { reference, pspState: { ...pspState, action: '' } });
}
