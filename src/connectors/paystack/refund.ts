// Refunds. Paystack has no key for them (psp/paystack.md section 5), so a refund is marked with our reference in its
// merchant note, and one whose reply was lost is looked for in the list before anything is sent again.
import { type Outcome, unknown } from '../../domain/attempt/outcome.ts';
import type { Call, OperationInput } from '../contract.ts';
import { replyOrReason } from '../envelope.ts';
import { idOf, type Json, objectOf, textOf } from '../json.ts';
import { fromSubunits, toSubunits } from './amount.ts';
import { type ApiRequest, ask } from './api.ts';
import { failed, refused, refusedByStatus } from './declines.ts';
import type { Answer } from './reply.ts';
import { expectedOf, verifyRequest } from './sync.ts';
import { strangerTo } from './transaction.ts';

const NOTE = 'switchyard ';
const PAGE_SIZE = 100;
/** More refunds of one payment than this are not searched; the answer is then `unknown`, never "not found". */
const MAX_PAGES = 5;
/** Our clock and Paystack's. */
const SKEW_MS = 5 * 60_000;

export async function refund(input: OperationInput, call: Call): Promise<Outcome> {
  if (input.pspReference !== null) return syncRefund(input, call);
  return readRefundReply(await ask(refundRequest(input), call), input, call);
}

function refundRequest({ attempt, amount, reference, reason }: OperationInput): ApiRequest {
  const json = {
    transaction: attempt.reference,
    amount: toSubunits(amount),
    merchant_note: `${NOTE}${reference}`,
    ...(reason ? { customer_note: reason } : {}),
  };
  return { method: 'POST', path: '/refund', json };
}

function readRefundReply(answer: Answer, input: OperationInput, call: Call): Outcome {
  if (answer.kind === 'bare') return refusedByStatus(answer.httpStatus);
  if (answer.kind !== 'reply') return answer;
  const { reply } = answer;
  if (!reply.accepted) return refused(reply, 'merchant');
  return readRefundOf(reply.data, input, call);
}

/** Our reference of a refund, when its note carries one. */
export function referenceInNote(refund: Json): string | null {
  const note = textOf(refund.merchant_note);
  return note?.startsWith(NOTE) ? note.slice(NOTE.length) : null;
}

/** A refund object, whatever attempt it belongs to. Also the data of refund.* events. */
export function readRefund(data: Json): Outcome {
  const id = idOf(data.id);
  const status = textOf(data.status) ?? '';
  const facts = { ...(id === null ? {} : { pspReference: id }), pspState: { status } };
  const currency = textOf(data.currency);
  const amountMinor = currency === null ? null : fromSubunits(data.amount, currency);
  switch (status) {
    case 'pending':
    case 'processing':
      return { ...facts, kind: 'pending', message: status };
    case 'needs-attention':
      return {
        ...facts,
        kind: 'pending',
        message: 'Paystack needs the bank account of the customer to refund to',
      };
    case 'processed':
      return currency === null || amountMinor === null
        ? { ...facts, ...unknown('processed, but without amount and currency') }
        : { ...facts, kind: 'succeeded', what: 'refunded', amountMinor, currency };
    case 'failed':
      return failed(data, 'merchant', facts);
    default:
      return { ...facts, ...unknown(`refund status ${status}`) };
  }
}

export async function syncRefund(input: OperationInput, call: Call): Promise<Outcome> {
  if (input.pspReference !== null) {
    const path = `/refund/${encodeURIComponent(input.pspReference)}`;
    const reply = replyOrReason(await ask({ method: 'GET', path }, call));
    if (typeof reply === 'string') return unknown(reply);
    return reply.accepted ? readRefundOf(reply.data, input, call) : unknown(reply.message);
  }
  const transactionId = await findTransactionId(input, call);
  if (transactionId === null) return unknown('the transaction of the refund is not known yet');
  const refunds = await listRefunds(transactionId, call);
  return typeof refunds === 'string' ? unknown(refunds) : match(refunds, transactionId, input);
}

/** The refund of an answer to a request about exactly this refund. */
function readRefundOf(data: Json, input: OperationInput, call: Call): Outcome {
  const otherMode = strangerTo(expectedOf(input.attempt, call), { domain: data.domain });
  if (otherMode !== null) return unknown(otherMode);
  const { reference, pspState } = input.attempt;
  const relation = relationTo(reference, pspState.transaction_id ?? null, data);
  if (relation === 'other') return unknown('the reply is about another transaction');
  const outcome = readRefund(data);
  const named = relation === 'ours' || referenceInNote(data) === input.reference;
  return outcome.kind === 'succeeded' && !named
    ? unknown('processed, but no word of which transaction')
    : outcome;
}

/** The list is filtered by Paystack's id of the transaction; verify tells it when no earlier reply did. */
async function findTransactionId({ attempt }: OperationInput, call: Call): Promise<string | null> {
  if (attempt.pspState.transaction_id) return attempt.pspState.transaction_id;
  const reply = replyOrReason(await ask(verifyRequest(attempt.reference), call));
  if (typeof reply === 'string' || reply.data.reference !== attempt.reference) return null;
  return idOf(reply.data.id);
}

/** Every refund of the transaction, or why the list is not complete. */
async function listRefunds(transactionId: string, call: Call): Promise<Json[] | string> {
  const refunds: Json[] = [];
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const query = new URLSearchParams({
      transaction: transactionId,
      perPage: String(PAGE_SIZE),
      page: String(page),
    });
    const reply = replyOrReason(await ask({ method: 'GET', path: `/refund?${query}` }, call));
    if (typeof reply === 'string') return reply;
    if (!reply.accepted || reply.list === null) return `no list of refunds: ${reply.message}`;
    refunds.push(...reply.list);
    if (reply.list.length < PAGE_SIZE) return refunds;
  }
  return 'too many refunds to search';
}

/**
 * Which refund of the list is ours: the one with our note; else the only one of our amount, made since, that no other
 * refund of ours can be. Two that might be ours are `unknown`: a person decides.
 */
function match(refunds: readonly Json[], transactionId: string, input: OperationInput): Outcome {
  const { attempt, siblings, amount } = input;
  const relation = (one: Json) => relationTo(attempt.reference, transactionId, one);
  const noted = refunds.find(
    (one) => referenceInNote(one) === input.reference && relation(one) !== 'other',
  );
  if (noted) return readRefund(noted);

  const taken = new Set(siblings.map(({ pspReference }) => pspReference));
  const candidates = refunds.filter((one) => {
    const free = referenceInNote(one) === null && !taken.has(idOf(one.id));
    const sameAmount =
      one.currency === amount.currency &&
      fromSubunits(one.amount, amount.currency) === amount.amountMinor;
    return free && sameAmount && relation(one) === 'ours' && madeSince(one, input.createdAtMs);
  });
  const rivals = siblings.filter(
    (one) => one.pspReference === null && one.amountMinor === amount.amountMinor,
  );
  const [only, another] = candidates;
  if (only === undefined)
    return { kind: 'unknown', reason: 'no such refund at Paystack', notFound: true };
  if (another !== undefined || rivals.length > 0)
    return unknown('several refunds of this amount could be this one');
  return readRefund(only);
}

/** Refunds name their transaction by id, by an object or by our reference, or not at all. */
function relationTo(
  reference: string,
  transactionId: string | null,
  refund: Json,
): 'ours' | 'other' | 'unnamed' {
  const transaction = objectOf(refund.transaction);
  const id = idOf(refund.transaction) ?? idOf(transaction.id);
  const named = textOf(refund.transaction_reference) ?? textOf(transaction.reference);
  const comparable = id !== null && transactionId !== null;
  if ((comparable && id !== transactionId) || (named !== null && named !== reference))
    return 'other';
  return comparable || named !== null ? 'ours' : 'unnamed';
}

function madeSince(refund: Json, createdAtMs: number): boolean {
  const madeAtMs = Date.parse(textOf(refund.createdAt) ?? textOf(refund.created_at) ?? '');
  return Number.isNaN(madeAtMs) || madeAtMs >= createdAtMs - SKEW_MS;
}
