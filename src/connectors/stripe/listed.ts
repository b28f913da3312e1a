// One page of a list of Stripe's, newest first: what each row is, which rows mean nothing to us, and where to go on
// (psp/stripe.md section 2.6). Reads only.
import type { Call, HistoryItem, HistoryPage, HistoryQuery, Told } from '../contract.ts';
import type { Form } from './form.ts';
import { asObject, idAt, type Json, listAt } from './json.ts';
import { readReply } from './reply.ts';
import { get } from './request.ts';

const PAGE_SIZE = 100;

/** Newest first; null: it is nothing to tell of. */
export type ReadRow = (row: Json) => HistoryItem | readonly HistoryItem[] | 'unreadable' | null;

/** The answer to a question, or why there is none. */
export async function question(call: Call, path: string, query: Form = {}): Promise<Told<Json>> {
  const reply = readReply(await call.send(get(call, path, query)));
  if (reply.kind === 'object') return { kind: 'told', value: reply.object };
  if (reply.kind === 'lost') return { kind: 'unreachable', message: 'Stripe could not be reached' };
  const message = `Stripe refused the question with HTTP ${reply.status}`;
  const isBusy = reply.status === 429 || reply.status === 409;
  return { kind: isBusy ? 'unreachable' : 'refused', message };
}

/** What was created within the window; `after`: the last row of the page before. */
export async function listPage(
  call: Call,
  path: string,
  { fromMs, toMs }: HistoryQuery,
  after: string | null,
  read: ReadRow,
): Promise<Told<HistoryPage>> {
  const created = { gte: Math.floor(fromMs / 1000), lte: Math.floor(toMs / 1000) };
  const form = { created, limit: PAGE_SIZE, starting_after: after ?? undefined };
  const answer = await question(call, path, form);
  if (answer.kind !== 'told') return answer;
  const rows = listAt(answer.value, 'data')?.map(asObject) ?? [null];
  const ids = rows.map((row) => idAt({ row }, 'row'));
  const more = answer.value.has_more;
  if (ids.includes(null) || typeof more !== 'boolean')
    return { kind: 'unreachable', message: 'a page of the list cannot be read' };
  const items = rows.map((row) => read(row!));
  return {
    kind: 'told',
    value: {
      items: items.flatMap((one) => (one === null || one === 'unreadable' ? [] : one)),
      unreadable: ids.filter((id, at): id is string => id !== null && items[at] === 'unreadable'),
      next: more ? (ids.at(-1) ?? null) : null,
    },
  };
}

/** Null: later than a date can be, or earlier than Stripe. */
export function createdMs({ created }: Json): number | null {
  const ms = typeof created === 'number' ? created * 1000 : Number.NaN;
  return ms >= 0 && ms < 1e14 ? ms : null;
}
