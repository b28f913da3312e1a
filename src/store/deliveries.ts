// One event to one endpoint: what is to be delivered, what was tried and what came of it. Rows are written with their
// event and moved by their endpoint's courier alone; an operator may replay or cancel them.
import { type Executor, type Kind, type Statement, toTime } from './db.ts';

/**
 * The events of the CTE `e` for every endpoint that wants them: part of each statement that writes events
 * (reliability.md F13). `e` has environment_id, id, sequence, type, payment_id and created_at.
 */
export const DELIVERIES_OF_E = `
  INSERT INTO deliveries (environment_id, event_id, endpoint_id, event_sequence, event_type, payment_id, status,
                          next_try_at, created_at, updated_at)
  SELECT e.environment_id, e.id, w.id, e.sequence, e.type, e.payment_id, 'pending', e.created_at, e.created_at,
         e.created_at
  FROM e JOIN endpoints w ON w.environment_id = e.environment_id AND w.status = 'active'
    AND (w.event_types = '{}' OR e.type = ANY(w.event_types))
  RETURNING payment_id`;

export interface Delivery {
  readonly environmentId: string;
  readonly eventId: string;
  readonly endpointId: string;
  readonly eventType: string;
  readonly paymentId: string | null;
  readonly status: 'pending' | 'succeeded' | 'failed' | 'canceled';
  readonly attempts: number;
  readonly nextTryAt: number | null;
  readonly responseStatus: number | null;
  readonly lastError: string;
  readonly deliveredAt: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** A delivery as lists show it. */
export interface ShownDelivery extends Delivery {
  readonly url: string;
}

/** A delivery with the event that it carries. */
export interface DueDelivery {
  readonly environmentId: string;
  readonly eventId: string;
  readonly endpointId: string;
  readonly eventType: string;
  readonly paymentId: string | null;
  readonly paymentSequence: number | null;
  readonly snapshot: Readonly<Record<string, unknown>>;
  readonly attempts: number;
  readonly round: number;
  readonly createdAt: number;
}

const DUE_COLUMNS = `d.environment_id AS "environmentId", d.event_id AS "eventId", d.endpoint_id AS "endpointId",
  e.type AS "eventType", e.payment_id AS "paymentId", e.payment_sequence AS "paymentSequence", e.snapshot,
  d.attempts, d.round, e.created_at AS "createdAt"`;

const DUE: Statement = {
  name: 'deliveries_due',
  text: `
SELECT ${DUE_COLUMNS}
FROM (
  SELECT * FROM deliveries
  WHERE environment_id = $1 AND endpoint_id = $2 AND next_try_at <= $3 AND event_id NOT IN (SELECT unnest($4::text[]))
  ORDER BY next_try_at LIMIT $5
) d JOIN events e ON e.environment_id = d.environment_id AND e.sequence = d.event_sequence
ORDER BY d.next_try_at, d.event_sequence`,
};

/** What an endpoint is to get now, oldest first, without what is known to be. */
export function dueDeliveries(
  db: Executor,
  endpoint: { readonly environmentId: string; readonly id: string },
  { nowMs, known, limit }: { nowMs: number; known: readonly string[]; limit: number },
): Promise<DueDelivery[]> {
  const { environmentId, id } = endpoint;
  return db.run<DueDelivery>(DUE, [environmentId, id, toTime(nowMs), known, limit]);
}

/** What came of one attempt. */
export interface Tried {
  readonly environmentId: string;
  readonly eventId: string;
  readonly endpointId: string;
  readonly status: Delivery['status'];
  readonly responseStatus: number | null;
  readonly error: string;
  readonly latencyMs: number;
  readonly nextTryAt: number | null;
  readonly nowMs: number;
}

const RECORD: Statement = {
  name: 'deliveries_record',
  text: `
WITH r AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset($1::jsonb) AS r(environment_id text, event_id text, endpoint_id text, status text,
    response_status int, error text, latency_ms int, next_try_at timestamptz, now timestamptz)
), d AS (
  UPDATE deliveries d SET
    -- What was settled while it was on its way (canceled, its endpoint disabled) stays so, unless it came through.
    status = CASE WHEN d.status <> 'pending' AND r.status <> 'succeeded' THEN d.status ELSE r.status END,
    next_try_at = CASE WHEN d.status <> 'pending' THEN NULL ELSE r.next_try_at END,
    attempts = d.attempts + 1, round = d.round + 1, response_status = r.response_status, last_error = r.error,
    delivered_at = CASE WHEN r.status = 'succeeded' THEN r.now ELSE d.delivered_at END, updated_at = r.now
  FROM r WHERE d.environment_id = r.environment_id AND d.event_id = r.event_id AND d.endpoint_id = r.endpoint_id
  RETURNING d.environment_id, d.event_id, d.endpoint_id, d.attempts, r.response_status, r.error, r.latency_ms, r.now
)
INSERT INTO delivery_attempts (environment_id, event_id, endpoint_id, number, response_status, error, latency_ms, created_at)
SELECT * FROM d ON CONFLICT DO NOTHING`,
};

/** Keeps what came of an attempt; concurrent ones share a statement. */
export function recordTried(db: Executor, tried: Tried): Promise<void> {
  return db.together(RECORDS, tried);
}

const RECORDS: Kind<Tried, void> = {
  run: recordAll,
  keyOf: ({ eventId, endpointId }) => `${eventId} ${endpointId}`,
};

async function recordAll(db: Executor, all: readonly Tried[]): Promise<undefined[]> {
  const rows = all.map((one) => ({
    environment_id: one.environmentId,
    event_id: one.eventId,
    endpoint_id: one.endpointId,
    status: one.status,
    response_status: one.responseStatus,
    error: one.error,
    latency_ms: one.latencyMs,
    next_try_at: toTime(one.nextTryAt),
    now: toTime(one.nowMs),
  }));
  await db.run(RECORD, [JSON.stringify(rows)]);
  return all.map(() => undefined);
}

const COLUMNS = `d.environment_id AS "environmentId", d.event_id AS "eventId", d.endpoint_id AS "endpointId",
  d.event_type AS "eventType", d.payment_id AS "paymentId", d.status, d.attempts, d.next_try_at AS "nextTryAt",
  d.response_status AS "responseStatus", d.last_error AS "lastError", d.delivered_at AS "deliveredAt",
  d.created_at AS "createdAt", d.updated_at AS "updatedAt", w.url`;
const FROM = `deliveries d JOIN endpoints w ON w.environment_id = d.environment_id AND w.id = d.endpoint_id`;

export interface DeliveryFilter {
  readonly statuses: readonly Delivery['status'][] | null;
  /** Tried before, or not yet; null: either. */
  readonly tried: boolean | null;
  readonly eventType: string | null;
  readonly url: string | null;
  readonly endpointId: string | null;
}

const LIST: Statement = {
  name: 'deliveries_list',
  text: `
SELECT ${COLUMNS} FROM ${FROM}
WHERE d.environment_id = $1 AND ($2::text[] IS NULL OR d.status = ANY($2))
  AND ($3::boolean IS NULL OR (d.attempts > 0) = $3) AND ($4::text IS NULL OR d.event_type = $4)
  AND ($5::text IS NULL OR w.url = $5) AND ($6::text IS NULL OR d.endpoint_id = $6)
ORDER BY d.event_id DESC, d.endpoint_id DESC LIMIT $7 OFFSET $8`,
};

/** Newest event first. */
export function listDeliveries(
  db: Executor,
  environmentId: string,
  { statuses, tried, eventType, url, endpointId }: DeliveryFilter,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<ShownDelivery[]> {
  return db.run<ShownDelivery>(LIST, [
    environmentId,
    statuses,
    tried,
    eventType,
    url,
    endpointId,
    limit,
    offset,
  ]);
}

export interface DeliveryPlace {
  readonly environmentId: string;
  readonly eventId: string;
  readonly endpointId: string;
}

export const placeOf = ({ environmentId, eventId, endpointId }: DeliveryPlace) => [
  environmentId,
  eventId,
  endpointId,
];

const FIND: Statement = {
  name: 'deliveries_find',
  text: `SELECT ${COLUMNS} FROM ${FROM} WHERE d.environment_id = $1 AND d.event_id = $2 AND d.endpoint_id = $3`,
};

export async function findDelivery(
  db: Executor,
  place: DeliveryPlace,
): Promise<ShownDelivery | null> {
  const [row] = await db.run<ShownDelivery>(FIND, placeOf(place));
  return row ?? null;
}

export interface DeliveryAttempt {
  readonly number: number;
  readonly responseStatus: number | null;
  readonly error: string;
  readonly latencyMs: number;
  readonly createdAt: number;
}

const ATTEMPTS: Statement = {
  name: 'delivery_attempts_list',
  text: `
SELECT number, response_status AS "responseStatus", error, latency_ms AS "latencyMs", created_at AS "createdAt"
FROM delivery_attempts WHERE environment_id = $1 AND event_id = $2 AND endpoint_id = $3
ORDER BY number DESC LIMIT 100`,
};

/** Newest first. */
export function listDeliveryAttempts(
  db: Executor,
  place: DeliveryPlace,
): Promise<DeliveryAttempt[]> {
  return db.run<DeliveryAttempt>(ATTEMPTS, placeOf(place));
}

const COUNTS: Statement = {
  name: 'deliveries_counts',
  text: `
SELECT status, attempts > 0 AS tried, count(*)::int AS count FROM deliveries
WHERE environment_id = $1 AND event_id >= $2 GROUP BY 1, 2`,
};

/** How many deliveries of events since the one with this id there are, by status. */
export function countDeliveries(
  db: Executor,
  environmentId: string,
  sinceEventId: string,
): Promise<{ status: Delivery['status']; tried: boolean; count: number }[]> {
  return db.run(COUNTS, [environmentId, sinceEventId]);
}
