// One page of a list of Paystack's, newest first: what each row is, which rows mean nothing to us, and whether there is
// more (psp/paystack.md section 2.8). Reads only.
import type { Call, HistoryItem, HistoryPage, HistoryQuery, Told } from '../contract.ts';
import { replyOrReason } from '../envelope.ts';
import { idOf, type Json, textOf } from '../json.ts';
import { ask } from './api.ts';
import type { Reply } from './reply.ts';

const PAGE_SIZE = 100;

/** Null: it has no meaning for us. */
export type ReadRow = (row: Json) => HistoryItem | null;

/** The answer to a question, or why there is none. */
async function question(path: string, call: Call): Promise<Told<Reply>> {
  const reply = replyOrReason(await ask({ method: 'GET', path }, call));
  if (typeof reply === 'string') return { kind: 'unreachable', message: reply };
  if (!reply.accepted) return { kind: 'refused', message: reply.message.slice(0, 200) };
  return { kind: 'told', value: reply };
}

export async function listPage(
  call: Call,
  path: string,
  { fromMs, toMs }: HistoryQuery,
  page: number,
  read: ReadRow,
): Promise<Told<HistoryPage>> {
  const query = new URLSearchParams({
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    perPage: String(PAGE_SIZE),
    page: String(page),
  });
  const answer = await question(`${path}?${query}`, call);
  if (answer.kind !== 'told') return answer;
  const { list, meta } = answer.value;
  const ids = list?.map(({ id }) => plain(idOf(id))) ?? [null];
  if (list === null || ids.includes(null))
    return { kind: 'unreachable', message: 'a page of the list cannot be read' };
  const items = list.map(read);
  const ends = isLast(list.length, meta, page) || isBefore(list.at(-1), fromMs);
  return {
    kind: 'told',
    value: {
      items: items.filter((one) => one !== null),
      unreadable: ids.filter((id, at): id is string => id !== null && items[at] === null),
      next: ends ? null : String(page + 1),
    },
  };
}

/** Some lists know the size of a page by another name, and tell how many there are instead. */
function isLast(rows: number, { pageCount }: Json, page: number): boolean {
  if (rows === 0) return true;
  return typeof pageCount === 'number' ? page >= pageCount : rows < PAGE_SIZE;
}

/** A list that does not look at the window goes back to the beginning of the account. */
function isBefore(last: Json | undefined, fromMs: number): boolean {
  const madeAt = last && timeOf(last);
  return typeof madeAt === 'number' && madeAt < fromMs;
}

/** When it was made; null when that cannot be read. */
export function timeOf(row: Json): number | null {
  const ms = Date.parse(textOf(row.created_at) ?? textOf(row.createdAt) ?? '');
  return ms >= 0 && ms < 1e14 ? ms : null;
}

/** Safe to look up in a database. */
export function plain(text: string | null): string | null {
  return text !== null && /^[\x20-\x7e]{1,255}$/.test(text) ? text : null;
}
