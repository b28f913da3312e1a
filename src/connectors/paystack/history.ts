// What Paystack itself has made: transactions and refunds between two times, newest first (psp/paystack.md section
// 2.8). The end of the window is fixed, so that page numbers do not move. Reads only.
import type { LedgerStatus } from '../../domain/ledger/words.ts';
import type { Call, HistoryPage, HistoryQuery, MovementItem, Told } from '../contract.ts';
import { replyOrReason } from '../envelope.ts';
import { idOf, type Json, objectOf, textOf } from '../json.ts';
import { fromSubunits } from './amount.ts';
import { ask } from './api.ts';
import { referenceInNote } from './refund.ts';

const PAGE_SIZE = 100;

export async function history(
  { kind, fromMs, toMs, cursor }: HistoryQuery,
  call: Call,
): Promise<Told<HistoryPage>> {
  const page = Number(cursor ?? 1);
  const query = new URLSearchParams({
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    perPage: String(PAGE_SIZE),
    page: String(page),
  });
  const path = `/${kind === 'payments' ? 'transaction' : 'refund'}?${query}`;
  const answer = await ask({ method: 'GET', path }, call);
  const reply = replyOrReason(answer);
  if (typeof reply === 'string') return { kind: 'unreachable', message: reply };
  if (!reply.accepted) return { kind: 'refused', message: reply.message.slice(0, 200) };
  const { list } = reply;
  const ids = list?.map(({ id }) => plain(idOf(id))) ?? [null];
  if (list === null || ids.includes(null))
    return { kind: 'unreachable', message: 'a page of the list cannot be read' };
  const read = list.map(kind === 'payments' ? transactionItem : refundItem);
  return {
    kind: 'told',
    value: {
      items: read.filter((one) => one !== null),
      unreadable: ids.filter((id, at): id is string => id !== null && read[at] === null),
      next: list.length < PAGE_SIZE ? null : String(page + 1),
    },
  };
}

/** Safe to look up in a database. */
function plain(text: string | null): string | null {
  return text !== null && /^[\x20-\x7e]{1,255}$/.test(text) ? text : null;
}

function itemOf(row: Json, status: LedgerStatus | undefined, given: string | null) {
  const currency = textOf(row.currency) ?? '';
  const amountMinor = fromSubunits(row.amount, currency);
  const madeAt = textOf(row.created_at) ?? textOf(row.createdAt) ?? '';
  const createdAtMs = Date.parse(madeAt);
  const readable = createdAtMs >= 0 && createdAtMs < 1e14 && amountMinor !== null;
  if (status === undefined || !readable || amountMinor < 0n) return null;
  const reference = idOf(row.id)!;
  const amount = { amountMinor, currency };
  const facts = { is: 'movement', type: 'pay_in' } as const;
  return { ...facts, reference, givenReference: plain(given), createdAtMs, status, amount };
}

/** `reversed` was taken first; its refunds say how much was given back. */
const STATES: Readonly<Record<string, LedgerStatus>> = {
  success: 'SUCCEEDED',
  reversed: 'SUCCEEDED',
  failed: 'FAILED',
  timeout: 'FAILED',
  abandoned: 'PENDING',
  ongoing: 'PENDING',
  pending: 'PENDING',
  processing: 'PENDING',
  queued: 'PENDING',
};
const REFUND_STATES: Readonly<Record<string, LedgerStatus>> = {
  processed: 'REFUNDED',
  failed: 'REFUND_REVERSED',
  pending: 'PENDING',
  processing: 'PENDING',
  'needs-attention': 'PENDING',
};

function transactionItem(row: Json): MovementItem | null {
  const item = itemOf(row, stateIn(STATES, row), textOf(row.reference));
  return item && { ...item, parent: null };
}

function refundItem(row: Json): MovementItem | null {
  const item = itemOf(row, stateIn(REFUND_STATES, row), referenceInNote(row));
  const transaction = objectOf(row.transaction);
  const reference = plain(idOf(row.transaction) ?? idOf(transaction.id));
  const given = plain(textOf(row.transaction_reference) ?? textOf(transaction.reference));
  return item && { ...item, parent: { reference, givenReference: given } };
}

function stateIn(states: Readonly<Record<string, LedgerStatus>>, { status }: Json) {
  return typeof status === 'string' && Object.hasOwn(states, status) ? states[status] : undefined;
}
