// How calls of PSPs went, per connection: counters that merchants see, and outcomes per minute that routing reads.
// Written in batches, so that no payment ever waits for another one's counter.
import type { HealthBucket } from '../domain/connection/health.ts';
import type { Executor, Statement } from './db.ts';
import { toTime } from './db.ts';

export interface CallTotals {
  readonly environmentId: string;
  readonly connectionId: string;
  readonly succeeded: number;
  readonly failed: number;
  readonly latencyMs: number;
  /** Epoch milliseconds. */
  readonly lastSuccessAt: number | null;
  readonly lastFailureAt: number | null;
  readonly minutes: readonly HealthBucket[];
}

const ADD: Statement = {
  name: 'connection_health_add',
  // Rows are locked in one order, so that processes that flush at once do not wait for each other in a circle.
  text: `
WITH batch AS (
  SELECT * FROM jsonb_to_recordset($1::jsonb) AS b(environment_id text, connection_id text, succeeded bigint,
    failed bigint, latency_ms bigint, last_success_at timestamptz, last_failure_at timestamptz)
), l AS MATERIALIZED (
  SELECT c.environment_id, c.id FROM connections c
  JOIN batch b ON c.environment_id = b.environment_id AND c.id = b.connection_id
  ORDER BY c.environment_id, c.id FOR NO KEY UPDATE OF c
), c AS (
  UPDATE connections c SET
    total_calls = c.total_calls + b.succeeded + b.failed,
    successful_calls = c.successful_calls + b.succeeded,
    failed_calls = c.failed_calls + b.failed,
    total_latency_ms = c.total_latency_ms + b.latency_ms,
    last_success_at = greatest(c.last_success_at, b.last_success_at),
    last_failure_at = greatest(c.last_failure_at, b.last_failure_at)
  FROM l, batch b
  WHERE c.environment_id = l.environment_id AND c.id = l.id
    AND b.environment_id = l.environment_id AND b.connection_id = l.id
  RETURNING c.environment_id, c.id
), old AS (
  DELETE FROM connection_health h USING c
  WHERE h.environment_id = c.environment_id AND h.connection_id = c.id AND h.minute < $3
)
INSERT INTO connection_health AS h
  (environment_id, connection_id, minute, successes, psp_failures, failure_streak, last_call_at)
SELECT m.environment_id, m.connection_id, m.minute, m.successes, m.psp_failures, m.failure_streak, m.last_call_at
FROM jsonb_to_recordset($2::jsonb) AS m(environment_id text, connection_id text, minute timestamptz,
  successes integer, psp_failures integer, failure_streak integer, last_call_at timestamptz)
JOIN c ON c.environment_id = m.environment_id AND c.id = m.connection_id
WHERE m.minute >= $3
ON CONFLICT (environment_id, connection_id, minute) DO UPDATE SET
  successes = h.successes + excluded.successes,
  psp_failures = h.psp_failures + excluded.psp_failures,
  failure_streak = CASE WHEN excluded.successes > 0 THEN excluded.failure_streak
                        ELSE h.failure_streak + excluded.failure_streak END,
  last_call_at = greatest(h.last_call_at, excluded.last_call_at)`,
};

/** Adds a batch; connections that were deleted meanwhile are passed over. Minutes before `keptFromMs` are dropped. */
export async function addCalls(
  db: Executor,
  batch: readonly CallTotals[],
  keptFromMs: number,
): Promise<void> {
  const totals = batch.map((one) => ({
    environment_id: one.environmentId,
    connection_id: one.connectionId,
    succeeded: one.succeeded,
    failed: one.failed,
    latency_ms: one.latencyMs,
    last_success_at: toTime(one.lastSuccessAt),
    last_failure_at: toTime(one.lastFailureAt),
  }));
  const minutes = batch.flatMap((one) =>
    one.minutes.map((minute) => ({
      environment_id: one.environmentId,
      connection_id: one.connectionId,
      minute: toTime(minute.startMs),
      successes: minute.succeeded,
      psp_failures: minute.failed,
      failure_streak: minute.failedInARow,
      last_call_at: toTime(minute.lastCallAtMs),
    })),
  );
  await db.run(ADD, [JSON.stringify(totals), JSON.stringify(minutes), toTime(keptFromMs)]);
}

const LOAD: Statement = {
  name: 'connection_health_load',
  text: `
SELECT connection_id AS "connectionId", minute AS "startMs", successes AS succeeded, psp_failures AS failed,
  failure_streak AS "failedInARow", last_call_at AS "lastCallAtMs"
FROM connection_health WHERE environment_id = $1 AND minute >= $2`,
};

export type ConnectionBucket = HealthBucket & { readonly connectionId: string };

/** The minutes of all connections of an environment since a time. */
export function loadHealth(
  db: Executor,
  environmentId: string,
  fromMs: number,
): Promise<ConnectionBucket[]> {
  return db.run<ConnectionBucket>(LOAD, [environmentId, toTime(fromMs)]);
}
