// Flutterwave's lists: pages by number, newest first, between two days (psp/flutterwave.md section 2.3).
import { type Fields, invalid } from './wire.ts';

const PAGE_SIZE = 10;

export function pageOf<T extends { readonly createdMs: number }>(
  query: Fields,
  rows: readonly T[],
): { readonly rows: T[]; readonly meta: object } {
  const from = dayOf(query.from, 'from') ?? 0;
  const to = (dayOf(query.to, 'to') ?? Number.POSITIVE_INFINITY) + 86_400_000;
  const page = query.page === undefined ? 1 : Number(query.page);
  if (!Number.isInteger(page) || page < 1) throw invalid('page is invalid');
  const found = rows.filter(({ createdMs }) => createdMs >= from && createdMs < to).toReversed();
  const skipped = (page - 1) * PAGE_SIZE;
  const total_pages = Math.max(1, Math.ceil(found.length / PAGE_SIZE));
  return {
    rows: found.slice(skipped, skipped + PAGE_SIZE),
    meta: { page_info: { total: found.length, current_page: page, total_pages } },
  };
}

function dayOf(value: unknown, name: string): number | null {
  if (value === undefined) return null;
  const day = /^\d{4}-\d{2}-\d{2}/.exec(String(value));
  if (!day) throw invalid(`${name} is invalid`);
  return Date.parse(`${day[0]}T00:00:00Z`);
}
