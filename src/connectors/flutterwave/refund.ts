// Refunds. Flutterwave has no key for them (psp/flutterwave.md section 5), so a refund carries our reference in its
// comments, and one whose reply was lost is looked for in the list before anything is sent again. They are made by
// the transaction's number, not by our reference.
import { declined, type Outcome, unknown } from '../../domain/attempt/outcome.ts';
import type { Call, OperationInput } from '../contract.ts';
import { replyOrReason } from '../envelope.ts';
import { idOf, type Json, textOf } from '../json.ts';
import { fromMajor, toMajor } from './amount.ts';
import { type ApiRequest, ask } from './api.ts';
import { failed, refused, refusedByStatus } from './declines.ts';
import type { Answer } from './reply.ts';
import { daysAround, expectedOf, readList, readVerified, verifyRequest } from './sync.ts';

const NOTE = 'switchyard ';
/** More refunds than these are not searched; the answer is then `unknown`, never "not found". */
const MAX_PAGES = 10;
const REASON_MAX = 100;
/** Our clock and Flutterwave's. */
const SKEW_MS = 5 * 60_000;

export async function refund(input: OperationInput, call: Call): Promise<Outcome> {
  if (input.pspReference !== null) return syncRefund(input, call);
  const transaction = await findTransactionId(input, call);
  if ('refusal' in transaction) return transaction.refusal;
  return readRefundReply(
    await ask(refundRequest(input, transaction.id), call),
    input,
    transaction.id,
  );
}

function refundRequest({ amount, reference, reason }: OperationInput, id: string): ApiRequest {
  const why = reason ? ` ${reason.slice(0, REASON_MAX).toWellFormed()}` : '';
  const json = { amount: toMajor(amount), comments: `${NOTE}${reference}${why}` };
  return { method: 'POST', path: `/transactions/${encodeURIComponent(id)}/refund`, json };
}

function readRefundReply(answer: Answer, input: OperationInput, transactionId: string): Outcome {
  if (answer.kind === 'bare') return refusedByStatus(answer.httpStatus);
  if (answer.kind !== 'reply') return answer;
  const { reply } = answer;
  return reply.accepted ? readRefund(reply.data, transactionId, input) : refused(reply, 'merchant');
}

/** Our reference of a refund, when its comments carry one. */
export function referenceIn(comments: unknown): string | null {
  const note = textOf(comments);
  return /^switchyard ([0-9a-f]{32})(?:\s|$)/.exec(note ?? '')?.[1] ?? null;
}

/** A refund object about this transaction. It names no currency: it is the charge's. */
function readRefund(data: Json, transactionId: string, { attempt }: OperationInput): Outcome {
  if (idOf(data.tx_id) !== transactionId) return unknown('the reply is about another transaction');
  const id = idOf(data.id);
  const status = textOf(data.status) ?? '';
  const facts = { ...(id === null ? {} : { pspReference: id }), pspState: { status } };
  if (status === 'new' || status === 'processing' || status.startsWith('pending'))
    return { ...facts, kind: 'pending', message: status };
  if (status === 'failed') return failed('the refund failed', 'merchant', facts);
  if (!/^completed(?:-[a-z]+)?$/.test(status))
    return { ...facts, ...unknown(`refund status ${status}`) };
  const { currency } = attempt.amount;
  const amountMinor = fromMajor(data.amount_refunded, currency);
  return amountMinor === null
    ? { ...facts, ...unknown('completed, but without an amount') }
    : { ...facts, kind: 'succeeded', what: 'refunded', amountMinor, currency };
}

export async function syncRefund(input: OperationInput, call: Call): Promise<Outcome> {
  const transaction = await findTransactionId(input, call);
  if ('refusal' in transaction) return unknown('the transaction of the refund is not known yet');
  if (input.pspReference !== null) {
    const path = `/refunds/${encodeURIComponent(input.pspReference)}`;
    const reply = replyOrReason(await ask({ method: 'GET', path }, call));
    if (typeof reply === 'string') return unknown(reply);
    if (!reply.accepted) return unknown(reply.message);
    if (idOf(reply.data.id) !== input.pspReference)
      return unknown('the reply is about another refund');
    return readRefund(reply.data, transaction.id, input);
  }
  const rows = await listRefunds(input, call);
  return typeof rows === 'string' ? unknown(rows) : match(rows, transaction.id, input);
}

/** Verify tells it when no earlier reply did. A refund that cannot name its transaction is not sent. */
async function findTransactionId(
  { attempt }: OperationInput,
  call: Call,
): Promise<{ readonly id: string } | { readonly refusal: Outcome }> {
  const known = attempt.pspState.transaction_id;
  if (known) return { id: known };
  const answer = await ask(verifyRequest(attempt.reference), call);
  const reply = replyOrReason(answer);
  if (typeof reply === 'string')
    return { refusal: { kind: 'not_sent', reason: `no refund was sent: ${reply}` } };
  const { pspReference, kind } = readVerified(reply, expectedOf(attempt));
  if (kind === 'succeeded' && pspReference) return { id: pspReference };
  const message = 'Flutterwave has no successful transaction to refund';
  return { refusal: declined('invalid_request', message) };
}

/** Every refund since this one was asked for, or why the list is not complete. */
async function listRefunds(input: OperationInput, call: Call): Promise<Json[] | string> {
  const refunds: Json[] = [];
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const days = daysAround(input.createdAtMs, call.nowMs);
    const query = new URLSearchParams({ ...days, page: String(page) });
    const reply = replyOrReason(await ask({ method: 'GET', path: `/refunds?${query}` }, call));
    const read = readList(reply, 'refunds');
    if (typeof read === 'string') return read;
    refunds.push(...read.rows);
    if (page >= read.pages) return refunds;
  }
  return 'too many refunds to search';
}

/**
 * Which refund of the list is ours: the one with our note; else the only one of our amount, made since, that no other
 * refund of ours can be. Two that might be ours are `unknown`: a person decides.
 */
function match(rows: readonly Json[], transactionId: string, input: OperationInput): Outcome {
  const { siblings, amount, reference, createdAtMs } = input;
  const ofOurs = rows.filter((one) => idOf(one.tx_id) === transactionId);
  const noted = ofOurs.find(({ comments }) => referenceIn(comments) === reference);
  if (noted) return readRefund(noted, transactionId, input);

  const taken = new Set(siblings.map(({ pspReference }) => pspReference));
  const candidates = ofOurs.filter(
    (one) =>
      referenceIn(one.comments) === null &&
      !taken.has(idOf(one.id)) &&
      fromMajor(one.amount_refunded, amount.currency) === amount.amountMinor &&
      madeSince(one, createdAtMs),
  );
  const rivals = siblings.filter(
    (one) => one.pspReference === null && one.amountMinor === amount.amountMinor,
  );
  const [only, another] = candidates;
  if (only === undefined)
    return { kind: 'unknown', reason: 'no such refund at Flutterwave', notFound: true };
  if (another !== undefined || rivals.length > 0)
    return unknown('several refunds of this amount could be this one');
  return readRefund(only, transactionId, input);
}

function madeSince({ created_at: createdAt }: Json, createdAtMs: number): boolean {
  const madeAtMs = Date.parse(textOf(createdAt) ?? '');
  return Number.isNaN(madeAtMs) || madeAtMs >= createdAtMs - SKEW_MS;
}
