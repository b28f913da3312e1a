// What PSPs told us, as it came. A row is written before anything is believed, once per event and connection;
// a repeat only counts up. Until it is known whose it is, environment_id is ''.
import { type Executor, type Kind, type Statement, toTime, UNHURRIED } from './db.ts';
import { toJson } from './payment-rows.ts';

export interface InboundWebhook {
  readonly environmentId: string;
  readonly id: string;
  readonly provider: string;
  readonly connectionId: string;
  readonly dedupeKey: string;
  readonly eventType: string;
  readonly eventId: string | null;
  readonly status: 'received' | 'applied' | 'failed' | 'forged';
  readonly authenticity: 'verified' | 'unsigned' | 'forged';
  readonly rawBody: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly paymentId: string | null;
  readonly error: string;
  readonly tries: number;
  readonly nextTryAt: number | null;
  readonly deliveries: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

const COLUMNS = `environment_id AS "environmentId", id, provider, connection_id AS "connectionId",
  dedupe_key AS "dedupeKey", event_type AS "eventType", event_id AS "eventId", status, authenticity,
  raw_body AS "rawBody", headers, query, payment_id AS "paymentId", error, tries, next_try_at AS "nextTryAt",
  deliveries, created_at AS "createdAt", updated_at AS "updatedAt"`;

const INSERT: Statement = {
  name: 'inbound_insert',
  text: `
INSERT INTO inbound_webhooks (environment_id, id, provider, connection_id, dedupe_key, event_type, event_id, status,
  authenticity, raw_body, headers, query, payment_id, error, tries, next_try_at, deliveries, created_at, updated_at)
SELECT u.environment_id, u.id, u.provider, u.connection_id, u.dedupe_key, u.event_type, u.event_id, u.status,
  u.authenticity, u.raw_body, u.headers::jsonb, u.query::jsonb, u.payment_id, u.error, 0, u.next_try_at, 1, u.now, u.now
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
  $10::bytea[], $11::text[], $12::text[], $13::text[], $14::text[], $15::timestamptz[], $16::timestamptz[])
  AS u(environment_id, id, provider, connection_id, dedupe_key, event_type, event_id, status, authenticity, raw_body,
       headers, query, payment_id, error, next_try_at, now)
ORDER BY u.environment_id, u.connection_id, u.dedupe_key
ON CONFLICT (environment_id, connection_id, dedupe_key)
DO UPDATE SET deliveries = inbound_webhooks.deliveries + 1, updated_at = excluded.updated_at,
  status = CASE WHEN inbound_webhooks.status = 'failed' THEN excluded.status ELSE inbound_webhooks.status END,
  tries = CASE WHEN inbound_webhooks.status = 'failed' THEN 0 ELSE inbound_webhooks.tries END,
  next_try_at = CASE WHEN inbound_webhooks.status = 'failed' THEN excluded.next_try_at ELSE inbound_webhooks.next_try_at END
RETURNING id`,
};

/** Longer ones go alone: a batch of them would be a statement of many megabytes. */
const TOGETHER_BYTES_MAX = 32 * 1024;

/**
 * False when the same event of the same connection was stored before. One that we had given up is tried again: the
 * PSP still wants us to have it. Concurrent ones share a statement.
 */
export async function insertInboundWebhook(db: Executor, row: InboundWebhook): Promise<boolean> {
  if (row.rawBody.length <= TOGETHER_BYTES_MAX) return db.together(INSERTS, row);
  const [stored = false] = await insertAll(db, [row]);
  return stored;
}

const INSERTS: Kind<InboundWebhook, boolean> = {
  run: insertAll,
  keyOf: (row) => `${row.environmentId} ${row.connectionId} ${row.dedupeKey}`,
};

async function insertAll(db: Executor, rows: readonly InboundWebhook[]): Promise<boolean[]> {
  const of = (value: (row: InboundWebhook) => unknown) => rows.map(value);
  const stored = await db.run<{ id: string }>(INSERT, [
    of((row) => row.environmentId),
    of((row) => row.id),
    of((row) => row.provider),
    of((row) => row.connectionId),
    of((row) => row.dedupeKey),
    of((row) => row.eventType),
    of((row) => row.eventId),
    of((row) => row.status),
    of((row) => row.authenticity),
    of((row) => row.rawBody),
    of((row) => toJson(row.headers)),
    of((row) => toJson(row.query)),
    of((row) => row.paymentId),
    of((row) => row.error),
    of((row) => toTime(row.nextTryAt)),
    of((row) => toTime(row.createdAt)),
  ]);
  const fresh = new Set(stored.map(({ id }) => id));
  return rows.map(({ id }) => fresh.has(id));
}

const CLAIM: Statement = {
  name: 'inbound_claim',
  text: `
WITH due AS (
  SELECT environment_id AS env, id AS due_id FROM inbound_webhooks
  WHERE next_try_at <= $1 ORDER BY next_try_at LIMIT $3 FOR UPDATE SKIP LOCKED
)
UPDATE inbound_webhooks SET next_try_at = $2, tries = tries + 1 FROM due, ${UNHURRIED}
WHERE environment_id = env AND id = due_id AND unhurried = 'off'
RETURNING ${COLUMNS}`,
};

export function claimInboundWebhooks(
  db: Executor,
  {
    nowMs,
    leaseMs,
    limit,
  }: { readonly nowMs: number; readonly leaseMs: number; readonly limit: number },
): Promise<InboundWebhook[]> {
  return db.run<InboundWebhook>(CLAIM, [toTime(nowMs), toTime(nowMs + leaseMs), limit]);
}

export interface InboundResult {
  /** Set when it became known whose it is. */
  readonly environmentId: string;
  readonly connectionId: string;
  readonly status: InboundWebhook['status'];
  readonly authenticity: InboundWebhook['authenticity'];
  readonly paymentId: string | null;
  readonly error: string;
  readonly nextTryAt: number | null;
}

interface Finished {
  readonly row: Pick<InboundWebhook, 'environmentId' | 'id'>;
  readonly result: InboundResult;
  readonly nowMs: number;
}

const FINISH: Statement = {
  name: 'inbound_finish',
  text: `
UPDATE inbound_webhooks t SET status = r.status, payment_id = r.payment_id, error = r.error,
  next_try_at = r.next_try_at, updated_at = r.now
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[])
  AS r(environment_id, id, status, payment_id, error, next_try_at, now), ${UNHURRIED}
WHERE t.environment_id = r.environment_id AND t.id = r.id AND unhurried = 'off'`,
};

async function finishAll(db: Executor, all: readonly Finished[]): Promise<undefined[]> {
  const of = (value: (one: Finished) => unknown) => all.map(value);
  await db.run(FINISH, [
    of(({ row }) => row.environmentId),
    of(({ row }) => row.id),
    of(({ result }) => result.status),
    of(({ result }) => result.paymentId),
    of(({ result }) => result.error),
    of(({ result }) => toTime(result.nextTryAt)),
    of(({ nowMs }) => toTime(nowMs)),
  ]);
  return all.map(() => undefined);
}

const FINISHES: Kind<Finished, void> = { run: finishAll, keyOf: ({ row }) => row.id };

/** What turned out to be a forgery leaves its place: the true message may have the very same bytes. */
const FINISH_OWNED: Statement = {
  name: 'inbound_finish_owned',
  text: `
WITH twin AS (
  SELECT t.environment_id, t.id FROM inbound_webhooks t
  WHERE t.environment_id = $3 AND t.connection_id = $4 AND t.id <> $2 AND t.dedupe_key = (
    SELECT o.dedupe_key FROM inbound_webhooks o WHERE o.environment_id = $1 AND o.id = $2)
), counted AS (
  UPDATE inbound_webhooks t SET deliveries = t.deliveries + 1, updated_at = $10
  FROM twin WHERE t.environment_id = twin.environment_id AND t.id = twin.id
), gone AS (
  DELETE FROM inbound_webhooks WHERE environment_id = $1 AND id = $2 AND EXISTS (SELECT 1 FROM twin)
)
UPDATE inbound_webhooks SET environment_id = $3, connection_id = $4, status = $5, authenticity = $6,
  payment_id = $7, error = $8, next_try_at = $9, updated_at = $10,
  dedupe_key = dedupe_key || CASE WHEN authenticity <> $6 AND $6 = 'forged' THEN ' ' || id ELSE '' END
WHERE environment_id = $1 AND id = $2 AND NOT EXISTS (SELECT 1 FROM twin)`,
};

/**
 * Keeps the result; concurrent ones share a statement. When it only now became known whose it is, the same event may
 * have arrived once more meanwhile and been stored under its owner: then that row is the one that stays.
 */
export async function finishInboundWebhook(
  db: Executor,
  row: InboundWebhook,
  result: InboundResult,
  nowMs: number,
): Promise<void> {
  const same =
    row.environmentId === result.environmentId &&
    row.connectionId === result.connectionId &&
    row.authenticity === result.authenticity;
  if (same) return db.together(FINISHES, { row, result, nowMs });
  await db.run(FINISH_OWNED, [
    row.environmentId,
    row.id,
    result.environmentId,
    result.connectionId,
    result.status,
    result.authenticity,
    result.paymentId,
    result.error,
    toTime(result.nextTryAt),
    toTime(nowMs),
  ]);
}

const DELETE: Statement = {
  name: 'inbound_delete',
  text: `DELETE FROM inbound_webhooks WHERE environment_id = $1 AND id = $2`,
};

export async function deleteInboundWebhook(db: Executor, row: InboundWebhook): Promise<void> {
  await db.run(DELETE, [row.environmentId, row.id]);
}

const REPLAY: Statement = {
  name: 'inbound_replay',
  text: `UPDATE inbound_webhooks SET next_try_at = $3, updated_at = $3
WHERE environment_id = $1 AND id = $2 AND status <> 'forged' RETURNING ${COLUMNS}`,
};

/** Makes an event due now. Null for an unknown one and for forgeries, which are never applied. */
export async function replayInboundWebhook(
  db: Executor,
  environmentId: string,
  id: string,
  nowMs: number,
): Promise<InboundWebhook | null> {
  const [row] = await db.run<InboundWebhook>(REPLAY, [environmentId, id, toTime(nowMs)]);
  return row ?? null;
}

const LIST: Statement = {
  name: 'inbound_list',
  text: `SELECT ${COLUMNS} FROM inbound_webhooks
WHERE environment_id = $1 AND ($2::text IS NULL OR event_type = $2) AND ($3::text[] IS NULL OR status = ANY ($3))
ORDER BY id DESC LIMIT $4 OFFSET $5`,
};

export function listInboundWebhooks(
  db: Executor,
  environmentId: string,
  filter: {
    readonly type: string | null;
    readonly statuses: readonly InboundWebhook['status'][] | null;
    readonly limit: number;
    readonly offset: number;
  },
): Promise<InboundWebhook[]> {
  return db.run<InboundWebhook>(LIST, [
    environmentId,
    filter.type,
    filter.statuses,
    filter.limit,
    filter.offset,
  ]);
}

const FIND: Statement = {
  name: 'inbound_find',
  text: `SELECT ${COLUMNS} FROM inbound_webhooks WHERE environment_id = $1 AND id = $2`,
};

export async function findInboundWebhook(
  db: Executor,
  environmentId: string,
  id: string,
): Promise<InboundWebhook | null> {
  const [row] = await db.run<InboundWebhook>(FIND, [environmentId, id]);
  return row ?? null;
}

const STRAYS: Statement = {
  name: 'inbound_strays',
  text: `
SELECT count(*)::int AS rows, coalesce(sum(octet_length(raw_body)), 0)::float8 AS bytes FROM (
  SELECT raw_body FROM inbound_webhooks WHERE environment_id = ''
  UNION ALL SELECT raw_body FROM inbound_webhooks WHERE status = 'forged'
) stray`,
};

/** How much is kept that anybody on the internet could have sent: what has no owner yet, and forgeries. */
export async function measureStrays(
  db: Executor,
): Promise<{ readonly rows: number; readonly bytes: number }> {
  const [row] = await db.run<{ rows: number; bytes: number }>(STRAYS, []);
  return row ?? { rows: 0, bytes: 0 };
}

const FORGET_FORGED: Statement = {
  name: 'inbound_forget_forged',
  text: `DELETE FROM inbound_webhooks WHERE status = 'forged' AND created_at < $1`,
};

/** They are no evidence of anything. What is genuine, or was never applied, stays. */
export async function forgetForgeries(db: Executor, beforeMs: number): Promise<void> {
  await db.run(FORGET_FORGED, [toTime(beforeMs)]);
}
