// All that can be seen of a world from outside, for the oracle: the PSPs' books, and what the APIs say.

import type { SimulatorsHandle } from '../../src/simulators/mount.ts';
import { authorizationOf } from './bookkeeping.ts';
import { readDisputes, readLines } from './books.ts';
import { ADMIN_TOKEN } from './hull.ts';
import type { EventSeen, Json, Sight } from './oracle.ts';
import type { Answer, Request } from './process.ts';
import type { Shop } from './shop.ts';

/** Small, so that there are many pages. */
const PAGE = 7;
const EVENTS_PAGE = 200;

/** The books are read last: what they hold by then, we must know. */
export async function lookAt(
  shops: readonly Shop[],
  /** To a process that has all APIs. */
  request: (request: Request) => Promise<Answer | null>,
  simulators: SimulatorsHandle,
  reads: boolean,
): Promise<Sight> {
  const payments = new Map<string, Json>();
  const payouts = new Map<string, Json>();
  const refunds: Json[] = [];
  const events = new Map<Shop, EventSeen[]>();
  const ledger = new Map<Shop, Json[]>();
  const mismatches = new Map<Shop, Json[]>();
  const transactions = new Map<Shop, Json[]>();
  const ofShop = new Map<Shop, string[]>();
  for (const shop of shops) {
    for (const { id } of await all(shop, '/v1/payments'))
      payments.set(id, await read(shop, `/v1/payments/${id}`));
    for (const payout of await all(shop, '/v1/payouts', 'payouts')) payouts.set(payout.id, payout);
    const known = [...payments.keys(), ...payouts.keys()];
    ofShop.set(
      shop,
      known.filter((id) => ![...ofShop.values()].flat().includes(id)),
    );
    refunds.push(...(await all(shop, '/v1/payments/refunds')));
    events.set(shop, await feed(shop));
    ledger.set(shop, await readLedger(shop, request));
    transactions.set(shop, await readTransactions(shop, request));
    if (reads) mismatches.set(shop, await readMismatches(shop, request));
  }
  const byPayment = Map.groupBy(refunds, (one) => one.payment_id as string);
  const accounts = shops.flatMap((shop) => shop.accounts);
  const lines = readLines(simulators, accounts);
  const disputes = reads ? readDisputes(simulators, accounts) : [];
  const across = { transactions, ofShop, txnIds: txnIdsOf(payments, transactions) };
  return {
    ...across,
    lines,
    disputes,
    payments,
    payouts,
    refunds: byPayment,
    events,
    ledger,
    mismatches,
  };
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

/** The list is the answer itself, or a member of it. */
async function all(shop: Shop, path: string, member?: string): Promise<Json[]> {
  const rows: Json[] = [];
  for (;;) {
    const answer = await read(shop, `${path}?limit=${PAGE}&offset=${rows.length}`);
    const page = member === undefined ? answer : answer[member];
    rows.push(...page);
    if (page.length < PAGE) return rows;
  }
}

async function read(shop: Shop, path: string): Promise<Json> {
  return bodyOf(path, await shop.get(path));
}

async function readLedger(
  shop: Shop,
  request: (request: Request) => Promise<Answer | null>,
): Promise<Json[]> {
  const headers = await authorizationOf(shop, request);
  const rows: Json[] = [];
  for (let query = `pageSize=${PAGE}`; ; ) {
    const path = `/api/payments/payments?${query}`;
    const { cursor } = bodyOf(path, await request({ method: 'GET', path, headers }));
    rows.push(...cursor.data);
    if (!cursor.hasMore) return rows;
    query = `cursor=${encodeURIComponent(cursor.next)}`;
  }
}

/** Scripts name what they ask for by the transaction, not by the attempt. */
function txnIdsOf(
  payments: ReadonlyMap<string, Json>,
  transactions: ReadonlyMap<Shop, readonly Json[]>,
): Map<string, string> {
  const byPspId = new Map(
    [...transactions.values()].flat().map(({ pspTxnId, txnId }) => [pspTxnId, txnId]),
  );
  const names = new Map<string, string>();
  for (const { provider_ref_id: pspId, route } of payments.values()) {
    const txnId = byPspId.get(pspId);
    if (!pspId || txnId === undefined) continue;
    for (const { attempt_id } of route) names.set(attempt_id.slice('att_'.length), txnId);
  }
  return names;
}

/** The count that each page tells is that of all of them. */
async function readTransactions(
  shop: Shop,
  request: (request: Request) => Promise<Answer | null>,
): Promise<Json[]> {
  const rows: Json[] = [];
  for (let page = 0; ; page += 1) {
    const path = `/connxt/v2/transactions?page=${page}&size=${PAGE}`;
    const answer = await request({ method: 'GET', path, headers: shop.connxt });
    const { data, metadata } = bodyOf(path, answer);
    rows.push(...data);
    const { hasNext, totalElements } = metadata.pagination;
    if (hasNext) continue;
    if (rows.length !== totalElements)
      throw new Error(`${path}: ${rows.length} transactions of ${totalElements}`);
    return rows;
  }
}

async function readMismatches(
  shop: Shop,
  request: (request: Request) => Promise<Answer | null>,
): Promise<Json[]> {
  const query = `environment_id=${shop.environmentId}&status=open&limit=200`;
  const path = `/admin/v1/reconciliation?${query}`;
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
  return bodyOf(path, await request({ method: 'GET', path, headers })).mismatches;
}

function bodyOf(path: string, answer: Answer | null): Json {
  if (answer?.status !== 200) throw new Error(`${path}: ${answer?.status} ${answer?.text}`);
  return answer.body;
}
