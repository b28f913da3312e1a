// Monnify's lists: pages numbered from nought, newest first, some between two times (psp/monnify.md section 2.3).
import { type Fields, invalid } from './wire.ts';

const SIZE_MAX = 100;

/** `names`: what a list calls its page and its size. */
export function pageOf<T>(
  query: Fields,
  rows: readonly T[],
  names: { readonly page: string; readonly size: string } = { page: 'page', size: 'size' },
) {
  const size = Math.min(wholeNumber(query[names.size] ?? '10', names.size), SIZE_MAX) || 10;
  const number = wholeNumber(query[names.page] ?? '0', names.page);
  const totalPages = Math.ceil(rows.length / size);
  const content = rows.toReversed().slice(number * size, (number + 1) * size);
  const place = {
    first: number === 0,
    last: number + 1 >= totalPages,
    empty: content.length === 0,
  };
  const counts = { totalElements: rows.length, totalPages, numberOfElements: content.length };
  return { content, ...counts, number, size, ...place };
}

/** Both ends included; each an epoch in milliseconds, or a date. */
export function between<T extends { readonly createdMs: number }>(
  { from, to }: Fields,
  rows: readonly T[],
): T[] {
  const start = timeOf(from, 'from') ?? Number.NEGATIVE_INFINITY;
  const end = timeOf(to, 'to') ?? Number.POSITIVE_INFINITY;
  return rows.filter(({ createdMs }) => createdMs >= start && createdMs <= end);
}

function timeOf(value: unknown, name: string): number | null {
  if (value === undefined || value === '') return null;
  const text = String(value);
  const ms = /^\d{1,15}$/.test(text) ? Number(text) : Date.parse(text);
  if (Number.isNaN(ms)) throw invalid(`${name} is invalid`);
  return ms;
}

function wholeNumber(value: unknown, name: string): number {
  if (!/^\d{1,6}$/.test(String(value))) throw invalid(`${name} is invalid`);
  return Number(value);
}
