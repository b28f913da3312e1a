// What an operator or a merchant does with deliveries: send again, cancel. And what outlived its use.
import { type Executor, type Statement, toTime } from './db.ts';
import { type DeliveryPlace, placeOf } from './deliveries.ts';

const REPLAY_ONE: Statement = {
  name: 'deliveries_replay_one',
  text: `
UPDATE deliveries SET status = 'pending', round = 0, next_try_at = $4, updated_at = $4
WHERE environment_id = $1 AND event_id = $2 AND endpoint_id = $3`,
};

/** Makes a delivery due, whatever became of it. */
export async function replayDelivery(
  db: Executor,
  place: DeliveryPlace,
  nowMs: number,
): Promise<void> {
  await db.run(REPLAY_ONE, [...placeOf(place), toTime(nowMs)]);
  db.announce(place.environmentId);
}

const CANCEL: Statement = {
  name: 'deliveries_cancel',
  text: `
UPDATE deliveries SET status = 'canceled', next_try_at = NULL, updated_at = $4
WHERE environment_id = $1 AND event_id = $2 AND endpoint_id = $3 AND status = 'pending' RETURNING 1`,
};

/** False when there is nothing left to cancel. */
export async function cancelDelivery(
  db: Executor,
  place: DeliveryPlace,
  nowMs: number,
): Promise<boolean> {
  return (await db.run(CANCEL, [...placeOf(place), toTime(nowMs)])).length === 1;
}

const REPLAY_RANGE: Statement = {
  name: 'deliveries_replay_range',
  text: `
WITH e AS (
  SELECT environment_id, id, sequence, type, payment_id, created_at FROM events
  WHERE environment_id = $1 AND created_at >= $3 AND created_at < $4 AND sequence > $5
    AND type <> 'reevit.webhook.test'
  ORDER BY sequence LIMIT $6
), d AS (
  INSERT INTO deliveries (environment_id, event_id, endpoint_id, event_sequence, event_type, payment_id, status,
                          next_try_at, created_at, updated_at)
  SELECT e.environment_id, e.id, w.id, e.sequence, e.type, e.payment_id, 'pending', $7, e.created_at, $7
  FROM e JOIN endpoints w ON w.environment_id = e.environment_id AND w.id = $2
    AND (w.event_types = '{}' OR e.type = ANY(w.event_types))
  ON CONFLICT (environment_id, event_id, endpoint_id) DO UPDATE SET
    status = 'pending', round = 0, next_try_at = excluded.next_try_at, updated_at = excluded.updated_at
    WHERE NOT $8 OR deliveries.status IN ('failed', 'canceled')
  RETURNING 1
)
SELECT (SELECT count(*)::int FROM d) AS replayed, (SELECT max(sequence) FROM e) AS last,
  (SELECT count(*)::int FROM e) AS seen`,
};

export interface ReplayRange {
  readonly environmentId: string;
  readonly endpointId: string;
  readonly fromMs: number;
  /** Not included. */
  readonly toMs: number;
  /** Only what was given up, and what the endpoint was never meant to get while it was disabled. */
  readonly failedOnly: boolean;
}

/**
 * Makes the events of a time range due at one endpoint, also those that it missed while it was disabled. One step;
 * `last` is where the next one begins, null when it was the last one.
 */
export async function replayRange(
  db: Executor,
  { environmentId, endpointId, fromMs, toMs, failedOnly }: ReplayRange,
  {
    after,
    limit,
    nowMs,
  }: { readonly after: bigint; readonly limit: number; readonly nowMs: number },
): Promise<{ replayed: number; last: bigint | null }> {
  const [row] = await db.run<{ replayed: number; last: bigint | null; seen: number }>(
    REPLAY_RANGE,
    [
      environmentId,
      endpointId,
      toTime(fromMs),
      toTime(toMs),
      after,
      limit,
      toTime(nowMs),
      failedOnly,
    ],
  );
  const { replayed = 0, last = null, seen = 0 } = row ?? {};
  if (replayed > 0) db.announce(environmentId);
  return { replayed, last: seen < limit ? null : last };
}

const SWEEP: Statement = {
  name: 'deliveries_sweep',
  text: `
WITH old AS (
  SELECT environment_id, event_id, endpoint_id FROM deliveries
  WHERE next_try_at IS NULL AND event_id < $1 LIMIT $2
), a AS (
  DELETE FROM delivery_attempts t USING old
  WHERE t.environment_id = old.environment_id AND t.event_id = old.event_id AND t.endpoint_id = old.endpoint_id
)
DELETE FROM deliveries t USING old
WHERE t.environment_id = old.environment_id AND t.event_id = old.event_id AND t.endpoint_id = old.endpoint_id
RETURNING 1`,
};

/** Forgets settled deliveries of events before the one with this id; answers how many. Their events stay. */
export async function forgetDeliveries(
  db: Executor,
  beforeEventId: string,
  limit: number,
): Promise<number> {
  return (await db.run(SWEEP, [beforeEventId, limit])).length;
}
