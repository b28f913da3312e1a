// Answers Paystack's question for an OTP, PIN, phone, birthday or address (psp/paystack.md section 2.2).
//
// Only `data.status` says that the charge is over. A refusal of the step itself (wrong field, key refused, rate
// limit) leaves the charge open at Paystack, so it is `unknown`: the host asks, and may not fall back.
import { type Outcome, unknown } from '../../domain/attempt/outcome.ts';
import type { SubmitInput } from '../contract.ts';
import { type Json, parseObject, textOf } from '../json.ts';
import type { ApiRequest } from './api.ts';
import type { Answer } from './reply.ts';
import { type Expected, readTransaction } from './transaction.ts';

/** The request of a step, or null when an address is not the JSON object it has to be. */
export function submitRequest({ attempt, field, value }: SubmitInput): ApiRequest | null {
  const answer = field === 'address' ? addressOf(value) : { [field]: value.trim() };
  if (answer === null) return null;
  const json = { ...answer, reference: attempt.reference };
  return { method: 'POST', path: `/charge/submit_${field}`, json };
}

function addressOf(value: string): Json | null {
  const given = parseObject(value);
  if (given === null) return null;
  return {
    address: textOf(given.address) ?? '',
    city: textOf(given.city) ?? '',
    state: textOf(given.state) ?? '',
    // The parameter list calls it zipcode; the samples and the OpenAPI file zip_code.
    zip_code: textOf(given.zip_code) ?? textOf(given.zipcode) ?? '',
  };
}

export function readSubmit(answer: Answer, expected: Expected): Outcome {
  if (answer.kind === 'bare') return unknown(`step refused, HTTP ${answer.httpStatus}`);
  if (answer.kind === 'unknown') return answer;
  // The attempt itself was sent long ago: a step that never left must not read as a charge that never left.
  if (answer.kind === 'not_sent') return unknown(`step not sent: ${answer.reason}`);
  const { reply } = answer;
  if (textOf(reply.data.status) !== null || reply.data.paused === true)
    return readTransaction(reply.data, reply.accepted, expected);
  return unknown(`step refused: ${reply.message}`);
}

/** Nothing was sent and the charge is still open: ask again. */
export function askAddressAgain({ attempt }: SubmitInput): Outcome {
  const message = 'Please enter address, city, state and zip_code, as a JSON object';
  return {
    kind: 'requires_action',
    action: { type: 'submit', field: 'address', message },
    pspReference: attempt.reference,
    pspState: attempt.pspState,
  };
}
