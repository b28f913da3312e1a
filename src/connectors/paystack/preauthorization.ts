// Authorize, capture and release of ZAR cards (psp/paystack.md section 2.6). An ordinary Paystack transaction can be
// neither authorised only nor voided.
import { declined, type Outcome, unknown } from '../../domain/attempt/outcome.ts';
import type { AttemptRef, Call, ChargeInput, OperationInput } from '../contract.ts';
import { type Json, textOf } from '../json.ts';
import { fromSubunits, refuseAmount, toSubunits } from './amount.ts';
import { type ApiRequest, ask } from './api.ts';
import { type Plan, planPage, planSavedCard } from './charge.ts';
import { failed, refused, refusedByStatus } from './declines.ts';
import type { Answer } from './reply.ts';
import { expectedOf, readQuery } from './sync.ts';
import {
  abandoned,
  type Expected,
  type Facts,
  factsOf,
  readTransaction,
  strangerTo,
} from './transaction.ts';

export function planAuthorize(input: ChargeInput): Plan {
  const card = input.method === null || input.method === 'card';
  if (input.amount.currency !== 'ZAR' || !card)
    return { refusal: declined('merchant_config', 'Paystack authorises only cards in ZAR') };
  const refusal = refuseAmount(input.amount);
  if (refusal) return { refusal };
  if (input.instrument?.token) {
    const path = '/preauthorization/reserve_authorization';
    const plan = planSavedCard(input, input.instrument.token, path);
    return 'request' in plan ? { ...plan, read: readReserve } : plan;
  }
  // Released rather than captured when the merchant forgets it: money is never taken unasked.
  return planPage({ ...input, method: null }, '/preauthorization/initialize', {
    expire_action: 'release',
  });
}

function readReserve(answer: Answer, expected: Expected): Outcome {
  if (answer.kind === 'bare') return refusedByStatus(answer.httpStatus);
  if (answer.kind !== 'reply') return answer;
  const { reply } = answer;
  if (textOf(reply.data.status) !== null)
    return readPreauthorization(reply.data, reply.accepted, expected);
  return reply.accepted ? unknown('reply without a status') : refused(reply, 'payer');
}

/** The attempt's state at Paystack: `GET /preauthorization/verify`. */
export async function syncPreauthorization(attempt: AttemptRef, call: Call): Promise<Outcome> {
  const path = `/preauthorization/verify/${encodeURIComponent(attempt.reference)}`;
  const answer = await ask({ method: 'GET', path }, call);
  return readQuery(answer, expectedOf(attempt, call), readPreauthorization);
}

export async function capture(input: OperationInput, call: Call): Promise<Outcome> {
  if (!isPreauthorization(input.attempt))
    return declined('invalid_request', 'this payment was captured when it was made');
  if (input.pspReference !== null) return syncPreauthorization(input.attempt, call);
  return readStep(await ask(captureRequest(input), call), expectedOf(input.attempt, call));
}

/**
 * There is no void of an ordinary transaction at Paystack: said without a call. A release may be sent again, since a
 * second one releases nothing more.
 */
export async function release(input: OperationInput, call: Call): Promise<Outcome> {
  if (!isPreauthorization(input.attempt))
    return declined('invalid_request', 'cannot be voided at Paystack');
  const expected = expectedOf(input.attempt, call);
  return readStep(await ask(releaseRequest(input), call), expected, input);
}

export function isPreauthorization({ captureMethod }: AttemptRef): boolean {
  return captureMethod === 'manual';
}

function captureRequest({ attempt, amount }: OperationInput): ApiRequest {
  const { reference } = attempt;
  const json = { reference, currency: amount.currency, amount: toSubunits(amount) };
  return { method: 'POST', path: '/preauthorization/capture', json };
}

function releaseRequest({ attempt }: OperationInput): ApiRequest {
  const json = { reference: attempt.reference };
  return { method: 'POST', path: '/preauthorization/release', json };
}

/** The answer to capture or release. A release states no amount: all of it is released. */
function readStep(answer: Answer, expected: Expected, released?: OperationInput): Outcome {
  if (answer.kind === 'bare') return refusedByStatus(answer.httpStatus);
  if (answer.kind !== 'reply') return answer;
  const { data, accepted } = answer.reply;
  const status = textOf(data.status);
  if (status === null)
    return accepted ? unknown('reply without a status') : refused(answer.reply, 'merchant');
  if (status === 'capture_failed' || status === 'release_failed')
    return failed(data, 'merchant', { pspReference: expected.reference }, 'invalid_request');
  const stated = released
    ? { amount: toSubunits(released.attempt.amount), currency: released.attempt.amount.currency }
    : {};
  // A capture answers as an ordinary transaction, whose success is the capture.
  const captured = released === undefined && status === 'success';
  const known = captured ? { status: 'captured', transaction_id: data.id } : {};
  return readPreauthorization({ ...stated, ...data, ...known }, accepted, expected);
}

/** Statuses of section 2.6; the others are those of an ordinary transaction. */
export function readPreauthorization(data: Json, accepted: boolean, expected: Expected): Outcome {
  const stranger = strangerTo(expected, data);
  if (stranger !== null) return unknown(stranger);
  const status = textOf(data.status) ?? '';
  // Its own id names no transaction: refunds are found by that of the capture.
  const facts = factsOf({ ...data, id: data.transaction_id }, status, expected);
  switch (status) {
    case 'authorized':
    // A release that failed leaves the authorisation as it was.
    case 'release_failed':
      return done('authorized', data.amount, data, accepted, expected, facts);
    case 'captured':
      return done('captured', data.captured_amount ?? data.amount, data, accepted, expected, facts);
    case 'released':
      return done('voided', data.amount, data, accepted, expected, facts);
    case 'capture_failed':
      // The capture is over; whether the authorisation still stands, Paystack does not say.
      return { ...facts, kind: 'pending', message: 'the capture failed at Paystack' };
    case 'abandoned':
      return abandoned(facts, expected);
    case 'success':
      // Captured or only authorised? Not a word of this object's.
      return { ...facts, ...unknown('status success') };
    default:
      return readTransaction(data, accepted, expected);
  }
}

function done(
  what: 'authorized' | 'captured' | 'voided',
  amount: unknown,
  data: Json,
  accepted: boolean,
  { reference }: Expected,
  facts: Facts,
): Outcome {
  const currency = textOf(data.currency);
  const amountMinor = currency === null ? null : fromSubunits(amount, currency);
  const ours = accepted && data.reference === reference;
  if (!ours || currency === null || amountMinor === null)
    return { ...facts, ...unknown(`${what}, but without reference, amount and currency`) };
  return { ...facts, kind: 'succeeded', what, amountMinor, currency };
}
