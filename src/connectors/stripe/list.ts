// Walks a Stripe list (newest first) for one object, within a bound. Says whether it saw the whole list: only then
// does not having found the object mean anything.
import type { Call } from '../contract.ts';
import type { Form } from './form.ts';
import { asObject, type Json, listAt, textAt } from './json.ts';
import { readReply } from './reply.ts';
import { get } from './request.ts';

const PAGE_SIZE = 100;
const PAGES_MAX = 3;

export interface Search {
  readonly found: Json | null;
  /** False when the bound was reached or Stripe did not answer. */
  readonly sawAll: boolean;
}

export async function searchList(
  call: Call,
  path: string,
  query: Form,
  matches: (object: Json) => boolean,
): Promise<Search> {
  let after: string | undefined;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const request = get(call, path, { ...query, limit: PAGE_SIZE, starting_after: after });
    const reply = readReply(await call.send(request));
    const rows = reply.kind === 'object' ? listAt(reply.object, 'data') : null;
    if (reply.kind !== 'object' || rows === null) return { found: null, sawAll: false };
    const objects = rows.map(asObject);
    const found = objects.find((object) => object !== null && matches(object));
    if (found) return { found, sawAll: false };
    if (reply.object.has_more === false) return { found: null, sawAll: !objects.includes(null) };
    after = textAt(objects.at(-1) ?? null, 'id') ?? undefined;
    if (after === undefined) break;
  }
  return { found: null, sawAll: false };
}
