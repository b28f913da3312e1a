// How far the history of each connection was read at its PSP. A claim pushes the next poll ahead by a lease; the
// progress is written only by whoever holds the latest claim.
import type { HistoryKind, SweptKind } from '../domain/ledger/history.ts';
import { auditSql, type Change } from './audit.ts';
import { type Executor, type Statement, toTime } from './db.ts';
import type { Claim } from './due.ts';

export interface DuePoll {
  readonly environmentId: string;
  readonly connectionId: string;
  readonly kind: HistoryKind;
  readonly run: bigint;
  readonly periodS: number;
  readonly since: number;
  readonly coveredTo: number;
  readonly windowTo: number;
  readonly cursor: string | null;
  readonly failures: number;
  /** For the log. */
  readonly id: string;
  readonly paymentId: null;
}

const CLAIM: Statement = {
  name: 'ingestions_claim',
  text: `
WITH due AS (
  SELECT environment_id, connection_id, kind FROM ingestions
  WHERE next_poll_at <= $1 ORDER BY next_poll_at LIMIT $3 FOR UPDATE SKIP LOCKED
)
UPDATE ingestions t SET next_poll_at = $2, run = t.run + 1, window_to = coalesce(t.window_to, $1), run_open = true,
  run_started_at = CASE WHEN t.run_open THEN t.run_started_at ELSE $1 END
FROM due
WHERE t.environment_id = due.environment_id AND t.connection_id = due.connection_id AND t.kind = due.kind
RETURNING t.environment_id AS "environmentId", t.connection_id AS "connectionId", t.kind, t.run,
  t.period_s AS "periodS", t.since, t.covered_to AS "coveredTo", t.window_to AS "windowTo", t.cursor, t.failures,
  t.connection_id AS id, NULL AS "paymentId"`,
};

export function claimPolls(db: Executor, { nowMs, leaseMs, limit }: Claim): Promise<DuePoll[]> {
  return db.run<DuePoll>(CLAIM, [toTime(nowMs), toTime(nowMs + leaseMs), limit]);
}

const HELD = 'environment_id = $1 AND connection_id = $2 AND kind = $3 AND run = $4';
const heldBy = ({ environmentId, connectionId, kind, run }: DuePoll) => [
  environmentId,
  connectionId,
  kind,
  run,
];

const RUNS_KEPT = 100;

/** Writes down the runs that a statement's `ended` has ended, and forgets those of long ago. */
const KEEP_RUNS = `kept AS (
  INSERT INTO ingestion_runs (environment_id, connection_id, kind, started_at, ended_at, error)
  SELECT environment_id, connection_id, kind, run_started_at, updated_at, last_error FROM ended ON CONFLICT DO NOTHING
), forgotten AS (
  DELETE FROM ingestion_runs r USING ended WHERE r.environment_id = ended.environment_id
    AND r.connection_id = ended.connection_id AND r.kind = ended.kind AND r.started_at < (
      SELECT k.started_at FROM ingestion_runs k WHERE k.environment_id = ended.environment_id
        AND k.connection_id = ended.connection_id AND k.kind = ended.kind
      ORDER BY k.started_at DESC OFFSET ${RUNS_KEPT - 1} LIMIT 1)
)`;
const ENDED = 'environment_id, connection_id, kind, run_started_at, updated_at, last_error';

const TURN: Statement = {
  name: 'ingestions_turn',
  text: `UPDATE ingestions SET cursor = $5, next_poll_at = $6, failures = 0, last_error = '', updated_at = $6 WHERE ${HELD}`,
};

/** The page was taken; the next one is due at once. */
export async function turnPage(
  db: Executor,
  poll: DuePoll,
  cursor: string,
  nowMs: number,
): Promise<void> {
  await db.run(TURN, [...heldBy(poll), cursor, toTime(nowMs)]);
}

const FINISH: Statement = {
  name: 'ingestions_finish',
  // What the leader's sweep has covered, those that follow it may read now.
  text: `
WITH ended AS (
  UPDATE ingestions SET covered_to = $6, window_to = NULL, cursor = NULL, failures = 0, last_error = '', updated_at = $5,
    run_open = false, next_poll_at = CASE WHEN leader IS NULL THEN $5::timestamptz + make_interval(secs => period_s) END
  WHERE ${HELD} RETURNING ${ENDED}
), ${KEEP_RUNS}
UPDATE ingestions t SET window_to = $7, next_poll_at = $5 FROM ended
WHERE t.environment_id = ended.environment_id AND t.connection_id = ended.connection_id AND t.leader = ended.kind
  AND t.window_to IS NULL AND t.paused_at IS NULL AND t.period_s IS NOT NULL`,
};

/** The last page of the sweep was taken. */
export async function finishSweep(
  db: Executor,
  poll: DuePoll,
  coveredTo: number,
  nowMs: number,
): Promise<void> {
  const times = [nowMs, coveredTo, poll.windowTo].map(toTime);
  await db.run(FINISH, [...heldBy(poll), ...times]);
}

const FAIL: Statement = {
  name: 'ingestions_fail',
  text: `
WITH ended AS (
  UPDATE ingestions SET failures = failures + 1, next_poll_at = $5, updated_at = $6, last_error = $7, run_open = false,
    paused_at = CASE WHEN $5::timestamptz IS NULL THEN $6::timestamptz END
  WHERE ${HELD} RETURNING ${ENDED}
), ${KEEP_RUNS}
SELECT 1`,
};

/** `nextPollAt` null: it pauses until the settings are saved again. */
export async function failPoll(
  db: Executor,
  poll: DuePoll,
  nextPollAt: number | null,
  reason: string,
  nowMs: number,
): Promise<void> {
  await db.run(FAIL, [...heldBy(poll), toTime(nextPollAt), toTime(nowMs), reason]);
}

const SAVE: Statement = {
  name: 'ingestions_save',
  text: `
WITH c AS (
  SELECT environment_id, id FROM connections WHERE environment_id = $1 AND id = $2
), s AS (
  INSERT INTO ingestions (environment_id, connection_id, kind, leader, period_s, since, covered_to, next_poll_at,
    updated_at, created_at)
  SELECT c.environment_id, c.id, k.kind, k.leader, $5::int, coalesce($6::timestamptz, $4::timestamptz),
    coalesce($6::timestamptz, $4::timestamptz),
    CASE WHEN k.leader IS NULL AND $5::int IS NOT NULL THEN $4::timestamptz END, $4, $4
  FROM c, unnest($7::text[], $8::text[]) AS k(kind, leader)
  ON CONFLICT (environment_id, connection_id, kind) DO UPDATE SET
    leader = excluded.leader, period_s = excluded.period_s, run = ingestions.run + 1, run_open = false,
    failures = 0, paused_at = NULL, last_error = '',
    updated_at = excluded.updated_at,
    since = coalesce($6::timestamptz, ingestions.since),
    covered_to = coalesce($6::timestamptz, ingestions.covered_to),
    window_to = CASE WHEN $6::timestamptz IS NULL THEN ingestions.window_to END,
    cursor = CASE WHEN $6::timestamptz IS NULL THEN ingestions.cursor END,
    next_poll_at = CASE WHEN excluded.period_s IS NULL THEN NULL
      WHEN excluded.leader IS NULL OR (ingestions.window_to IS NOT NULL AND $6::timestamptz IS NULL)
        THEN excluded.updated_at END
), a AS (${auditSql('c', 'connection', `'ingestion set'`, `jsonb_build_object('period_s', $5::int, 'since', $6::timestamptz)`, '$3', '$4')}
)
SELECT 1 FROM c`,
};

/** Null period: off. A time since when to read: all from there is read again. False when there is no such connection. */
export async function saveIngestion(
  db: Executor,
  { environmentId, connectionId }: Pick<DuePoll, 'environmentId' | 'connectionId'>,
  {
    periodS,
    since,
    kinds,
  }: {
    readonly periodS: number | null;
    readonly since: number | null;
    readonly kinds: readonly SweptKind[];
  },
  { actor, nowMs }: Change,
): Promise<boolean> {
  const change = [JSON.stringify(actor), toTime(nowMs)];
  const swept = [kinds.map(({ kind }) => kind), kinds.map(({ leader }) => leader)];
  const values = [environmentId, connectionId, ...change, periodS, toTime(since), ...swept];
  const rows = await db.run(SAVE, values);
  return rows.length === 1;
}

export interface Ingestion {
  readonly kind: HistoryKind;
  readonly periodS: number | null;
  readonly since: number;
  readonly coveredTo: number;
  readonly nextPollAt: number | null;
  readonly failures: number;
  readonly pausedAt: number | null;
  readonly lastError: string;
}

const LIST: Statement = {
  name: 'ingestions_list',
  text: `
SELECT kind, period_s AS "periodS", since, covered_to AS "coveredTo", next_poll_at AS "nextPollAt", failures,
  paused_at AS "pausedAt", last_error AS "lastError"
FROM ingestions WHERE environment_id = $1 AND connection_id = $2 ORDER BY kind`,
};

export function listIngestions(
  db: Executor,
  environmentId: string,
  connectionId: string,
): Promise<Ingestion[]> {
  return db.run<Ingestion>(LIST, [environmentId, connectionId]);
}
