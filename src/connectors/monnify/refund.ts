// Refunds, under our reference, which Monnify takes once; asynchronous (psp/monnify.md section 2.4). They are made by
// Monnify's name of the transaction.
import { declined, type Outcome, unknown } from '../../domain/attempt/outcome.ts';
import type { Call, OperationInput } from '../contract.ts';
import { replyOrReason } from '../envelope.ts';
import { type Json, textOf } from '../json.ts';
import { CURRENCY, fromNaira, refuseAmount, toNaira } from './amount.ts';
import { ask } from './api.ts';
import { refused, refusedByStatus } from './declines.ts';
import { isNotFound } from './reply.ts';
import { sync } from './sync.ts';

/** 100 naira. */
const MINIMUM = 10_000n;

export async function refund(input: OperationInput, call: Call): Promise<Outcome> {
  if (input.pspReference !== null) return syncRefund(input, call);
  const refusal = refuseAmount(input.amount, MINIMUM);
  if (refusal) return refusal;
  const transaction = await findTransaction(input, call);
  if (typeof transaction !== 'string') return transaction;
  const { reference, amount, reason } = input;
  const json = {
    transactionReference: transaction,
    refundReference: reference,
    refundAmount: toNaira(amount),
    refundReason: clip(reason ?? 'Refund', 64),
    customerNote: clip(reason ?? 'Refund', 16),
  };
  const path = '/api/v1/refunds/initiate-refund';
  const answer = await ask({ method: 'POST', path, json }, call);
  if (answer.kind === 'bare') return refusedByStatus(answer.httpStatus);
  if (answer.kind !== 'reply') return answer;
  const { reply } = answer;
  return reply.accepted ? readRefund(reply.body, reference) : refused(reply, 'merchant');
}

/** The query tells it when no earlier reply did. A refund that cannot name its transaction is not sent. */
async function findTransaction({ attempt }: OperationInput, call: Call): Promise<string | Outcome> {
  if (attempt.pspReference !== null) return attempt.pspReference;
  const { kind, pspReference, ...rest } = await sync(attempt, call);
  if (kind === 'succeeded' && pspReference) return pspReference;
  const silent = kind === 'unknown' && !('notFound' in rest);
  return silent
    ? { kind: 'not_sent', reason: 'no refund was sent: Monnify did not name the transaction' }
    : declined('invalid_request', 'Monnify has no paid transaction to refund');
}

/** At most so many characters; one that the cut would halve is marked. */
function clip(text: string, most: number): string {
  return text.replaceAll('\u0000', ' ').slice(0, most).toWellFormed().trim() || 'Refund';
}

/** A refund object, also the data of refund events. It names no currency: there is but one. */
export function readRefund(data: Json, reference: string): Outcome {
  if (data.refundReference !== reference) return unknown('the reply is about another refund');
  const status = textOf(data.refundStatus) ?? '';
  const facts = { pspReference: reference, pspState: { status } };
  switch (status) {
    case 'PENDING':
    case 'IN_PROGRESS':
      return { ...facts, kind: 'pending', message: status };
    case 'FAILED': {
      const said = textOf(data.comment) ?? 'the refund failed';
      return declined('generic_decline', said, status, facts);
    }
    case 'COMPLETED': {
      const amountMinor = fromNaira(data.refundAmount);
      return amountMinor === null || amountMinor === 0n
        ? { ...facts, ...unknown('completed, but without an amount') }
        : { ...facts, kind: 'succeeded', what: 'refunded', amountMinor, currency: CURRENCY };
    }
    default:
      return { ...facts, ...unknown(`refund status ${status}`) };
  }
}

export async function syncRefund({ reference }: OperationInput, call: Call): Promise<Outcome> {
  const path = `/api/v1/refunds/${encodeURIComponent(reference)}`;
  const reply = replyOrReason(await ask({ method: 'GET', path }, call));
  if (typeof reply === 'string') return unknown(reply);
  if (isNotFound(reply)) return { kind: 'unknown', reason: reply.message, notFound: true };
  return reply.accepted ? readRefund(reply.body, reference) : unknown(reply.message);
}
