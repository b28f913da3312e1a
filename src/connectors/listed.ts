// What the histories of PSPs that list by page number share: the place in the list, and rows read without believing
// them. Whatever stands in a row ends as an exact amount, a plain name and a date, or as nothing.
import { createHash } from 'node:crypto';
import { isCurrency } from '../kernel/currency.ts';
import { type Money, money, parseDecimal } from '../kernel/money.ts';
import type {
  BalanceItem,
  Call,
  HistoryPage,
  HistoryQuery,
  MovementItem,
  Told,
} from './contract.ts';

/** As many as nobody has: a list that goes on longer never ends. */
const PAGES_MAX = 100_000;

/** One call asks at most twenty things (connectors/exchange.ts): rows that each need a question are told in portions. */
export const PORTION = 15;

/** A page by its number, how many of its rows were told already, and what stood on the page before. */
export interface Place {
  readonly page: number;
  readonly told: number;
  readonly before: string;
}

export function placeOf(cursor: string | null, firstPage: 0 | 1): Place {
  const [page = '', told = '', before = ''] = (cursor ?? `${firstPage}:0`).split(':', 3);
  return { page: Number(page), told: Number(told), before };
}

/** An object of the list: its name there, and what it is; null when it has no meaning for us. */
export interface ListedRow {
  readonly reference: string | null;
  readonly item: MovementItem | null;
}

export interface ListedPage {
  readonly place: Place;
  /** The names of all rows. */
  readonly names: readonly (string | null)[];
  /** Those from `place.told` on, or a portion of them. */
  readonly rows: readonly ListedRow[];
  /** Null: the list did not say, so it goes on until a page is empty. */
  readonly isLast: boolean | null;
}

export function historyPage(
  { place, names, rows, isLast }: ListedPage,
  query: HistoryQuery,
): Told<HistoryPage> {
  const { page, told, before } = place;
  if (names.includes(null)) return unreadablePage('a row of the list has no name');
  const here = createHash('sha256').update(names.join('\n')).digest('hex').slice(0, 16);
  // A list that ignores the page number tells its first page for ever.
  if (names.length > 0 && here === before) return unreadablePage('the list repeats its page');
  const toldNow = told + rows.length;
  const isPortion = toldNow < names.length;
  const ends = !isPortion && (isLast === true || names.length === 0);
  if (!ends && page >= PAGES_MAX) return unreadablePage('the list does not end');
  const next = isPortion ? `${page}:${toldNow}:${before}` : `${page + 1}:0:${here}`;
  return {
    kind: 'told',
    value: {
      items: rows.flatMap(({ item }) => (item !== null && isWithin(item, query) ? [item] : [])),
      unreadable: rows.flatMap(({ reference, item }) => (item === null ? [reference!] : [])),
      next: ends ? null : next,
    },
  };
}

export function unreadablePage(message: string): Told<never> {
  return { kind: 'unreachable', message };
}

/** Lists go by whole days, or have no dates at all. PSPs cut the time of an object to the second. */
function isWithin({ createdAtMs }: MovementItem, { fromMs, toMs }: HistoryQuery): boolean {
  return createdAtMs >= Math.floor(fromMs / 1000) * 1000 && createdAtMs <= toMs;
}

/** Safe to look up in a database. */
export function plainName(text: string | null): string | null {
  return text !== null && /^[\x20-\x7e]{1,255}$/.test(text) ? text : null;
}

/** A number tells so many digits exactly. */
const EXACT_DIGITS = 15;

/** Of any currency there is. Null: none, negative, finer than the currency, or more than is told exactly. */
export function listedMoney(major: unknown, currency: unknown): Money | null {
  const found = listedBalance(major, currency);
  return found !== null && found.amountMinor < 0n ? null : found;
}

/** As listedMoney, and it may be owed. */
export function listedBalance(major: unknown, currency: unknown): Money | null {
  if (typeof currency !== 'string' || !isCurrency(currency)) return null;
  const isRounded =
    typeof major === 'number' && String(major).replaceAll(/\D/g, '').length > EXACT_DIGITS;
  const minor = isRounded ? null : parseDecimal(major, currency);
  const size = minor !== null && minor < 0n ? -minor : minor;
  if (minor === null || size === null || size > BigInt(Number.MAX_SAFE_INTEGER)) return null;
  return money(minor, currency);
}

export function balanceItem(account: string, amount: Money, { nowMs: atMs }: Call): BalanceItem {
  return { is: 'balance', account, amount, atMs };
}

/** Null when it is no date that a PSP can have written. */
export function listedTime(text: string | null): number | null {
  const ms = text === null ? Number.NaN : Date.parse(text);
  return ms >= 0 && ms < 1e14 ? ms : null;
}

export function stateIn<State>(states: Readonly<Record<string, State>>, word: unknown) {
  return typeof word === 'string' && Object.hasOwn(states, word) ? states[word]! : null;
}
