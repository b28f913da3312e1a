// Paystack's lists: pages by number, or a cursor (psp/paystack.md section 2.8).
import { type Fields, invalidParams, textOf } from './wire.ts';

/** Newest first; `created` of a row in epoch milliseconds filters by `from` and `to`. */
export function pageOf<T extends { readonly createdMs: number }>(
  query: Fields,
  rows: readonly T[],
): { rows: T[]; meta: object } {
  const perPage = wholeNumber(query, 'perPage', 50);
  const from = dateOf(query, 'from') ?? 0;
  const to = dateOf(query, 'to') ?? Number.POSITIVE_INFINITY;
  const found = rows.filter(({ createdMs }) => createdMs >= from && createdMs <= to).reverse();
  if (query.use_cursor === 'true' || query.next !== undefined)
    return byCursor(found, perPage, textOf(query.next));
  const page = wholeNumber(query, 'page', 1);
  const skipped = (page - 1) * perPage;
  const pageCount = Math.max(1, Math.ceil(found.length / perPage));
  return {
    rows: found.slice(skipped, skipped + perPage),
    meta: { total: found.length, skipped, perPage, page, pageCount },
  };
}

/** The cursor counts from the oldest row, so that new rows do not move it. */
function byCursor<T>(found: readonly T[], perPage: number, next: string | null) {
  const left = next === null ? found.length : Number(/^c(\d{1,15})$/.exec(next)?.[1] ?? 0);
  const start = Math.max(0, found.length - left);
  const rows = found.slice(start, start + perPage);
  const rest = found.length - start - rows.length;
  return { rows, meta: { next: rest > 0 ? `c${rest}` : null, previous: null, perPage } };
}

function wholeNumber(query: Fields, name: string, otherwise: number): number {
  const text = query[name];
  if (text === undefined || text === '') return otherwise;
  const value = typeof text === 'string' && /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (value < 1) throw invalidParams(`${name} is a positive number`);
  return name === 'perPage' ? Math.min(value, 100) : value;
}

function dateOf(query: Fields, name: string): number | null {
  const text = textOf(query[name]);
  if (text === null) return null;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw invalidParams(`${name} is a date`);
  return ms;
}
