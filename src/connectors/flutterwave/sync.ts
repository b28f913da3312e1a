// Asks Flutterwave what became of a charge: verify by our reference; and where that tells of a failure, or of another
// transaction than was known, the list of all of the reference, since one of them, or two, may have paid
// (psp/flutterwave.md sections 2.3 and 3).
import { type Outcome, unknown } from '../../domain/attempt/outcome.ts';
import type { AttemptRef, Call } from '../contract.ts';
import { replyOrReason } from '../envelope.ts';
import { idOf, type Json, objectOf, textOf } from '../json.ts';
import { type ApiRequest, ask } from './api.ts';
import { pageAfter } from './page.ts';
import type { Reply } from './reply.ts';
import { type Expected, readTransaction } from './transaction.ts';

const DAY_MS = 86_400_000;
const MAX_PAGES = 3;

export function expectedOf({ reference, pspState }: AttemptRef): Expected {
  return { reference, pspState };
}

export async function syncCharge(attempt: AttemptRef, call: Call): Promise<Outcome> {
  const expected = expectedOf(attempt);
  const reply = replyOrReason(await ask(verifyRequest(attempt.reference), call));
  if (typeof reply === 'string') return unknown(reply);
  if (isNotFound(reply)) return pageAfter(expected, [], call.nowMs) ?? notFound(reply);
  const verified = readVerified(reply, expected);
  if (verified.kind === 'declined') return amongAll(attempt, verified, call);
  const isPaid = verified.kind === 'succeeded';
  return isPaid && isAnother(attempt, verified) ? inAll(attempt, verified, call) : verified;
}

/** We know of a transaction of this reference that is not the one that verify tells of. */
function isAnother({ pspState, hints }: AttemptRef, { pspReference }: Outcome): boolean {
  const known = [pspState.transaction_id, hints?.transaction_id];
  return known.some((id) => id !== undefined && id !== '' && id !== pspReference);
}

/** What was paid in all, twice or more: that it is too much is the host's to see. */
async function inAll(
  attempt: AttemptRef,
  verified: Outcome & { readonly kind: 'succeeded' },
  call: Call,
): Promise<Outcome> {
  const rows = await listAll(attempt, call);
  if (typeof rows === 'string') return verified;
  const paid = new Map(
    rows
      .filter(({ tx_ref: theirs }) => theirs === attempt.reference)
      .map((row) => readTransaction(row, expectedOf(attempt)))
      .flatMap((one) =>
        one.kind === 'succeeded' && one.currency === verified.currency
          ? [[one.pspReference, one.amountMinor] as const]
          : [],
      ),
  );
  const amountMinor = [...paid.values()].reduce((sum, one) => sum + one, 0n);
  return amountMinor > verified.amountMinor ? { ...verified, amountMinor } : verified;
}

export function verifyRequest(reference: string): ApiRequest {
  const query = new URLSearchParams({ tx_ref: reference });
  return { method: 'GET', path: `/transactions/verify_by_reference?${query}` };
}

export function readVerified(reply: Reply, expected: Expected): Outcome {
  const { accepted, data, message } = reply;
  if (!accepted || textOf(data.status) === null) return unknown(`no answer: ${message}`);
  // A question is answered about something: without our reference it is no answer.
  if (data.tx_ref !== expected.reference) return unknown('the reply is about another reference');
  return readTransaction(data, expected);
}

/** One failed transaction is not final while another one of the same reference is open or has succeeded. */
async function amongAll(attempt: AttemptRef, verified: Outcome, call: Call): Promise<Outcome> {
  const expected = expectedOf(attempt);
  const rows = await listAll(attempt, call);
  if (typeof rows === 'string') return unknown(rows);
  const others = rows
    .filter(({ tx_ref: theirs }) => theirs === attempt.reference)
    .map((row) => readTransaction(row, expected));
  const better = ['succeeded', 'requires_action', 'pending', 'unknown'] as const;
  for (const kind of better) {
    const found = others.find((one) => one.kind === kind);
    if (found) return found;
  }
  const failures = others.length > 0 ? others : [verified];
  return pageAfter(expected, [...failures.slice(1), verified], call.nowMs) ?? verified;
}

/** Every transaction of the reference, or why the list is not complete. */
async function listAll(attempt: AttemptRef, call: Call): Promise<readonly Json[] | string> {
  const rows: Json[] = [];
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const query = new URLSearchParams({
      ...daysAround(attempt.createdAtMs, call.nowMs),
      tx_ref: attempt.reference,
      page: String(page),
    });
    const reply = replyOrReason(await ask({ method: 'GET', path: `/transactions?${query}` }, call));
    const read = readList(reply, 'transactions');
    if (typeof read === 'string') return read;
    rows.push(...read.rows);
    if (page >= read.pages) return rows;
  }
  return 'too many transactions to search';
}

/** Flutterwave's days are not said to be of any zone: one more at each end. */
export function daysAround(fromMs: number, toMs: number): { from: string; to: string } {
  const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  return { from: day(fromMs - DAY_MS), to: day(toMs + DAY_MS) };
}

export function readList(
  reply: Reply | string,
  what: string,
):
  | { readonly rows: readonly Json[]; readonly pages: number; readonly page: number | null }
  | string {
  if (typeof reply === 'string') return reply;
  const { accepted, list, message } = reply;
  if (!accepted || list === null) return `no list of ${what}: ${message}`;
  const info = objectOf(reply.meta.page_info);
  const pages = Number(idOf(info.total_pages) ?? Number.NaN);
  if (!Number.isInteger(pages) || pages < 0) return `no word of how many ${what} there are`;
  const page = idOf(info.current_page);
  return { rows: list, pages, page: page === null ? null : Number(page) };
}

/** The reference is not known at Flutterwave. Proves nothing by itself: the host counts. */
export function isNotFound({ accepted, httpStatus, message }: Reply): boolean {
  const said = /no transaction was found|transaction not found/i.test(message);
  return !accepted && said && (httpStatus === 400 || httpStatus === 404);
}

function notFound({ message }: Reply): Outcome {
  return { kind: 'unknown', reason: message, notFound: true };
}
