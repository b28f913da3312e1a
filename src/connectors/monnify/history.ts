// What Monnify itself has made: transactions between two times, refunds and payouts, whose lists have no dates,
// until they have gone past them (psp/monnify.md sections 2.3 to 2.6). Pages are numbered from nought. Reads only.
import type { HistoryKind } from '../../domain/ledger/history.ts';
import type { LedgerStatus } from '../../domain/ledger/words.ts';
import type { Money } from '../../kernel/money.ts';
import type { Call, HistoryPage, HistoryQuery, MovementItem, Told } from '../contract.ts';
import { idOf, type Json, objectOf, textOf } from '../json.ts';
import {
  balanceItem,
  historyPage,
  type ListedRow,
  listedBalance,
  listedMoney,
  PORTION,
  placeOf,
  plainName,
  stateIn,
  unreadablePage,
} from '../listed.ts';
import { notTold, walletRequest } from './account.ts';
import { CURRENCY } from './amount.ts';
import { type ApiRequest, ask } from './api.ts';
import { instantOf } from './instant.ts';

const PAGE_SIZE = 50;

interface Kind {
  readonly path: (query: HistoryQuery, page: number) => string;
  readonly name: string;
  /** Rows of a page. */
  readonly size: number;
  readonly read: (row: Json, call: Call) => Promise<MovementItem | null | 'unreachable'>;
  /** The list has no dates: it may end before its last page. */
  readonly isWhole: boolean;
}

const KINDS: Readonly<Partial<Record<HistoryKind, Kind>>> = {
  payments: {
    path: ({ fromMs, toMs }, page) =>
      `/api/v1/transactions/search?${new URLSearchParams({
        page: String(page),
        size: String(PORTION),
        from: String(Math.floor(fromMs)),
        to: String(Math.ceil(toMs)),
      })}`,
    name: 'transactionReference',
    size: PORTION,
    read: transactionItem,
    isWhole: false,
  },
  refunds: {
    path: (_, page) => `/api/v1/refunds?page=${page}&size=${PAGE_SIZE}`,
    name: 'refundReference',
    size: PAGE_SIZE,
    read: async (row) => refundItem(row),
    isWhole: true,
  },
  payouts: {
    path: (_, page) =>
      `/api/v2/disbursements/single/transactions?pageNo=${page}&pageSize=${PAGE_SIZE}`,
    name: 'reference',
    size: PAGE_SIZE,
    read: async (row) => payoutItem(row),
    isWhole: true,
  },
};

export async function history(query: HistoryQuery, call: Call): Promise<Told<HistoryPage>> {
  if (query.kind === 'balances') return balanceItems(call);
  const kind = KINDS[query.kind];
  if (!kind) return { kind: 'refused', message: `Monnify lists no ${query.kind}` };
  const place = placeOf(query.cursor, 0);
  const answer = await ask({ method: 'GET', path: kind.path(query, place.page) }, call);
  if (answer.kind !== 'reply' || !answer.reply.accepted) return notTold(answer);
  const { body } = answer.reply;
  if (!Array.isArray(body.content)) return unreadablePage('it is no list');
  const number = idOf(body.number);
  if (number !== null && number !== String(place.page))
    return unreadablePage('the list tells another page than was asked for');
  const list = body.content.map(objectOf);
  const nameOf = (row: Json) => plainName(textOf(row[kind.name]));
  const rows: ListedRow[] = [];
  for (const row of list.slice(place.told, place.told + kind.size)) {
    const item = await kind.read(row, call);
    if (item === 'unreachable') return unreadablePage('a transaction was not told');
    rows.push({ reference: nameOf(row), item });
  }
  const past = kind.isWhole && isPast(list, query.fromMs);
  const isLast = past || isLastPage(body, place.page);
  return historyPage({ place, names: list.map(nameOf), rows, isLast }, query);
}

/** Of the wallet that the connection pays from: Monnify lists none. */
async function balanceItems(call: Call): Promise<Told<HistoryPage>> {
  const account = call.credentials.wallet_account_number;
  if (!account) return { kind: 'told', value: { items: [], unreadable: [], next: null } };
  const answer = await ask(walletRequest(account), call);
  if (answer.kind !== 'reply' || !answer.reply.accepted) return notTold(answer);
  const amount = listedBalance(answer.reply.body.availableBalance, CURRENCY);
  const items = amount === null ? [] : [balanceItem(account, amount, call)];
  const unreadable = amount === null ? [account] : [];
  return { kind: 'told', value: { items, unreadable, next: null } };
}

/** Null: the page does not say. */
function isLastPage({ last, totalPages }: Json, page: number): boolean | null {
  if (typeof last === 'boolean') return last;
  const pages = Number(idOf(totalPages) ?? Number.NaN);
  return Number.isNaN(pages) ? null : page + 1 >= pages;
}

const DAY_MS = 86_400_000;

/** Newest first, as a whole page shows, and all that follows is older: the order is not documented. */
function isPast(rows: readonly Json[], fromMs: number): boolean {
  const times = rows.map(({ createdOn }) => instantOf(createdOn));
  const falls = times.every(
    (time, at) => time !== null && (at === 0 || time <= (times[at - 1] ?? 0)),
  );
  const last = times.at(-1) ?? null;
  const first = times[0] ?? null;
  if (!falls || first === null || last === null) return false;
  return rows.length >= 10 && first > last && last < fromMs - DAY_MS;
}

function itemOf(row: Json, name: unknown, status: LedgerStatus | null, amount: Money | null) {
  const reference = plainName(textOf(name));
  const createdAtMs = instantOf(row.createdOn);
  if (reference === null || status === null || createdAtMs === null || amount === null) return null;
  return { is: 'movement', type: 'pay_in', reference, createdAtMs, status, amount } as const;
}

/** Only a part was paid: that is not taken yet. `REVERSED` was taken first. */
const STATES: Readonly<Record<string, LedgerStatus>> = {
  PAID: 'SUCCEEDED',
  OVERPAID: 'SUCCEEDED',
  REVERSED: 'SUCCEEDED',
  PENDING: 'PENDING',
  PARTIALLY_PAID: 'PENDING',
  FAILED: 'FAILED',
  EXPIRED: 'FAILED',
  CANCELLED: 'CANCELLED',
  USER_CANCELLED: 'CANCELLED',
};

async function transactionItem(
  row: Json,
  call: Call,
): Promise<MovementItem | null | 'unreachable'> {
  const asked = listedMoney(row.amount, row.currencyCode);
  const item = itemOf(row, row.transactionReference, stateIn(STATES, row.paymentStatus), asked);
  if (item === null) return null;
  const named = { ...item, givenReference: plainName(textOf(row.paymentReference)), parent: null };
  if (row.paymentStatus !== 'OVERPAID') return named;
  const paid = await askPaid(item.reference, call);
  if (paid === 'unreachable') return paid;
  return paid && { ...named, amount: paid };
}

/** The list tells what was asked for; how much more came, only the transaction itself. */
async function askPaid(reference: string, call: Call): Promise<Money | null | 'unreachable'> {
  const path = `/api/v2/transactions/${encodeURIComponent(reference)}`;
  const request: ApiRequest = { method: 'GET', path };
  const answer = await ask(request, call);
  if (answer.kind !== 'reply' || !answer.reply.accepted) return 'unreachable';
  const { body } = answer.reply;
  const isIt = body.transactionReference === reference;
  return isIt ? listedMoney(body.amountPaid, body.currency) : 'unreachable';
}

const REFUND_STATES: Readonly<Record<string, LedgerStatus>> = {
  COMPLETED: 'REFUNDED',
  FAILED: 'REFUND_REVERSED',
  PENDING: 'PENDING',
  IN_PROGRESS: 'PENDING',
};

function refundItem(row: Json): MovementItem | null {
  const parent = plainName(textOf(row.transactionReference));
  // There is but one currency; some refunds name it.
  const amount = listedMoney(row.refundAmount, row.currencyCode ?? CURRENCY);
  const state = stateIn(REFUND_STATES, row.refundStatus);
  const item = itemOf(row, row.refundReference, state, amount);
  if (item === null || parent === null) return null;
  return {
    ...item,
    givenReference: item.reference,
    parent: { reference: parent, givenReference: null },
  };
}

const PAYOUT_STATES: Readonly<Record<string, LedgerStatus>> = {
  PENDING: 'PENDING',
  AWAITING_PROCESSING: 'PENDING',
  IN_PROGRESS: 'PENDING',
  PENDING_AUTHORIZATION: 'PENDING',
  OTP_EMAIL_DISPATCH_FAILED: 'PENDING',
  SUCCESS: 'SUCCEEDED',
  COMPLETED: 'SUCCEEDED',
  FAILED: 'FAILED',
  EXPIRED: 'FAILED',
  REVERSED: 'FAILED',
};

/** What came back is with nobody. */
function payoutItem(row: Json): MovementItem | null {
  const amount = listedMoney(row.amount, row.currency);
  const item = itemOf(row, row.reference, stateIn(PAYOUT_STATES, row.status), amount);
  return item && { ...item, type: 'payout', givenReference: item.reference, parent: null };
}
