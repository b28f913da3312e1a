// What Flutterwave itself has made: numbered pages between two days (psp/flutterwave.md sections 2.3 to 2.6). More days
// are asked for than were wanted, so that neither a zone nor an end that is not included loses anything. Reads only.
import type { HistoryKind } from '../../domain/ledger/history.ts';
import type { LedgerStatus } from '../../domain/ledger/words.ts';
import type { Money } from '../../kernel/money.ts';
import type {
  Call,
  HistoryItem,
  HistoryName,
  HistoryPage,
  HistoryQuery,
  MovementItem,
  Told,
} from '../contract.ts';
import { replyOrReason } from '../envelope.ts';
import { idOf, type Json, textOf } from '../json.ts';
import {
  balanceItem,
  historyPage,
  type ListedRow,
  listedBalance,
  listedMoney,
  listedTime,
  PORTION,
  placeOf,
  plainName,
  stateIn,
  unreadablePage,
} from '../listed.ts';
import { notTold } from './account.ts';
import { ask } from './api.ts';
import { referenceIn } from './refund.ts';
import { daysAround, isNotFound, readList } from './sync.ts';

interface Kind {
  readonly path: string;
  readonly read: (row: Json, parents: Parents) => MovementItem | null;
  /** What names the transaction that a row is of. */
  readonly parent?: string;
}

const KINDS: Readonly<Partial<Record<HistoryKind, Kind>>> = {
  payments: { path: '/transactions', read: transactionItem },
  refunds: { path: '/refunds', read: refundItem, parent: 'tx_id' },
  payouts: { path: '/transfers', read: transferItem },
  disputes: { path: '/chargebacks', read: chargebackItem, parent: 'transaction_id' },
};

export async function history(query: HistoryQuery, call: Call): Promise<Told<HistoryPage>> {
  const { kind, fromMs, toMs, cursor } = query;
  if (kind === 'balances') return balanceItems(call);
  const listed = KINDS[kind];
  if (!listed) return { kind: 'refused', message: `Flutterwave lists no ${kind}` };
  const { path, read, parent } = listed;
  const place = placeOf(cursor, 1);
  const asked = new URLSearchParams({
    ...daysAround(fromMs, toMs),
    page: String(place.page),
  });
  const answer = await ask({ method: 'GET', path: `${path}?${asked}` }, call);
  if (answer.kind !== 'reply' || !answer.reply.accepted) return notTold(answer);
  const list = readList(answer.reply, kind);
  if (typeof list === 'string') return unreadablePage(list);
  if (list.page !== null && list.page !== place.page)
    return unreadablePage('the list tells another page than was asked for');
  const { told } = place;
  const portion = parent === undefined ? list.rows : list.rows.slice(told, told + PORTION);
  const parents = await parentsOf(
    parent === undefined ? [] : portion.map((row) => idOf(row[parent])),
    call,
  );
  if (typeof parents === 'string') return unreadablePage(parents);
  const names = list.rows.map(nameOf);
  const rows = portion.map(
    (row): ListedRow => ({ reference: nameOf(row), item: read(row, parents) }),
  );
  return historyPage({ place, names, rows, isLast: place.page >= list.pages }, query);
}

function nameOf({ id }: Json): string | null {
  return plainName(idOf(id));
}

/** A wallet has no other name than its currency. */
async function balanceItems(call: Call): Promise<Told<HistoryPage>> {
  const answer = await ask({ method: 'GET', path: '/balances' }, call);
  if (answer.kind !== 'reply' || !answer.reply.accepted) return notTold(answer);
  const { list } = answer.reply;
  if (list === null) return unreadablePage('it is no list');
  const items: HistoryItem[] = [];
  const unreadable: string[] = [];
  for (const { currency, available_balance: available } of list) {
    const amount = listedBalance(available, currency);
    if (amount === null) unreadable.push(plainName(textOf(currency)) ?? 'a wallet');
    else items.push(balanceItem(amount.currency, amount, call));
  }
  return { kind: 'told', value: { items, unreadable, next: null } };
}

function itemOf(row: Json, status: LedgerStatus | null, amount: Money | null) {
  const reference = nameOf(row);
  const createdAtMs = listedTime(textOf(row.created_at));
  if (reference === null || status === null || createdAtMs === null || amount === null) return null;
  return { is: 'movement', type: 'pay_in', reference, createdAtMs, status, amount } as const;
}

const STATES: Readonly<Record<string, LedgerStatus>> = {
  successful: 'SUCCEEDED',
  failed: 'FAILED',
  error: 'FAILED',
  cancelled: 'CANCELLED',
  pending: 'PENDING',
  'success-pending-validation': 'PENDING',
};

/** One reference may have several: every try on a page is one. */
function transactionItem(row: Json): MovementItem | null {
  const item = itemOf(row, stateIn(STATES, row.status), listedMoney(row.amount, row.currency));
  return item && { ...item, givenReference: plainName(idOf(row.tx_ref)), parent: null };
}

function refundItem(row: Json, parents: Parents): MovementItem | null {
  const parent = parents.get(idOf(row.tx_id) ?? '');
  if (!parent) return null;
  const item = itemOf(row, refundStatus(row), listedMoney(row.amount_refunded, parent.currency));
  return item && { ...item, givenReference: referenceIn(row.comments), parent: parent.name };
}

function refundStatus({ status }: Json): LedgerStatus | null {
  if (typeof status !== 'string') return null;
  if (/^completed(?:-[a-z]+)*$/.test(status)) return 'REFUNDED';
  if (status === 'failed') return 'REFUND_REVERSED';
  return /^(?:new|processing|pending(?:-[a-z]+)*)$/.test(status) ? 'PENDING' : null;
}

const TRANSFER_STATES: Readonly<Record<string, LedgerStatus>> = {
  NEW: 'PENDING',
  PENDING: 'PENDING',
  SUCCESSFUL: 'SUCCEEDED',
  FAILED: 'FAILED',
};

function transferItem(row: Json): MovementItem | null {
  const status = stateIn(TRANSFER_STATES, textOf(row.status)?.toUpperCase());
  const item = itemOf(row, status, listedMoney(row.amount, row.currency));
  const givenReference = plainName(idOf(row.reference));
  return item && { ...item, type: 'payout', givenReference, parent: null };
}

/** What was accepted is lost; what was declined is before the bank. Reversed: over, and nothing is held back any more. */
const CHARGEBACK_STATES: Readonly<Record<string, LedgerStatus>> = {
  initiated: 'DISPUTE',
  declined: 'DISPUTE',
  accepted: 'DISPUTE_LOST',
  lost: 'DISPUTE_LOST',
  won: 'DISPUTE_WON',
  reversed: 'DISPUTE_WON',
};

function chargebackItem(row: Json, parents: Parents): MovementItem | null {
  const parent = parents.get(idOf(row.transaction_id) ?? '');
  if (!parent) return null;
  const status = stateIn(CHARGEBACK_STATES, row.status);
  const item = itemOf(row, status, listedMoney(row.amount, parent.currency));
  return item && { ...item, givenReference: null, parent: parent.name };
}

/** Transactions by their number: what their refunds do not tell. */
type Parents = ReadonlyMap<
  string,
  { readonly name: HistoryName; readonly currency: unknown } | null
>;

/** Why they cannot be asked about; null for one that Flutterwave does not know. */
async function parentsOf(ids: readonly (string | null)[], call: Call): Promise<Parents | string> {
  const parents = new Map<string, { name: HistoryName; currency: unknown } | null>();
  for (const id of ids) {
    if (plainName(id) === null || id === null || parents.has(id)) continue;
    const path = `/transactions/${encodeURIComponent(id)}/verify`;
    const reply = replyOrReason(await ask({ method: 'GET', path }, call));
    if (typeof reply === 'string') return reply;
    if (!reply.accepted && !isNotFound(reply))
      return `a transaction was not told: ${reply.message}`;
    const { id: theirs, tx_ref: txRef, currency } = reply.data;
    const name = { reference: id, givenReference: plainName(idOf(txRef)) };
    parents.set(id, idOf(theirs) === id ? { name, currency } : null);
  }
  return parents;
}
