// All that can be seen of a world from outside, for the oracle: the PSPs' books, and what the API says.
import type { Booked, EventSeen, Json, Sight } from './oracle.ts';
import type { Shop } from './shop.ts';

const PAGE = 100;
const EVENTS_PAGE = 200;

/** The books are read last: what they hold by then, we must know. */
export async function lookAt(
  shops: readonly Shop[],
  readBooks: () => ReadonlyMap<string, Booked>,
): Promise<Sight> {
  const payments = new Map<string, Json>();
  const refunds: Json[] = [];
  const events = new Map<Shop, EventSeen[]>();
  for (const shop of shops) {
    for (const { id } of await all(shop, '/v1/payments'))
      payments.set(id, await read(shop, `/v1/payments/${id}`));
    refunds.push(...(await all(shop, '/v1/payments/refunds')));
    events.set(shop, await feed(shop));
  }
  const byPayment = Map.groupBy(refunds, (one) => one.payment_id as string);
  return { books: readBooks(), payments, refunds: byPayment, events };
}

async function feed(shop: Shop): Promise<EventSeen[]> {
  const seen: EventSeen[] = [];
  for (let after = '0'; ; ) {
    const page = await read(shop, `/v1/events?limit=${EVENTS_PAGE}&after=${after}`);
    for (const { id, sequence, data } of page.events)
      seen.push({ id, sequence, paymentId: data.payment_id ?? data.id });
    if (!page.has_more) return seen;
    after = page.next_after;
  }
}

async function all(shop: Shop, path: string): Promise<Json[]> {
  const rows: Json[] = [];
  for (;;) {
    const page = await read(shop, `${path}?limit=${PAGE}&offset=${rows.length}`);
    rows.push(...page);
    if (page.length < PAGE) return rows;
  }
}

async function read(shop: Shop, path: string): Promise<Json> {
  const answer = await shop.get(path);
  if (answer?.status !== 200) throw new Error(`${path}: ${answer?.status} ${answer?.text}`);
  return answer.body;
}
