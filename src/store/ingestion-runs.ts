// What polls, as lists: the ingestions of a connection that are switched on, and the runs of one of them.
import type { HistoryKind } from '../domain/ledger/history.ts';
import type { Executor } from './db.ts';
import { type Columns, type PageRequest, pageSql } from './pages.ts';

interface Paged {
  readonly position: readonly string[];
}

export interface Schedule {
  readonly kind: HistoryKind;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly pausedAt: number | null;
  readonly lastError: string;
}

const SCHEDULE_COLUMNS: Columns = {
  kind: { sql: 't.kind', type: 'text' },
  created_at: { sql: 't.created_at', type: 'timestamptz' },
};

export function pageSchedules(
  db: Executor,
  environmentId: string,
  connectionId: string,
  page: PageRequest,
): Promise<(Schedule & Paged)[]> {
  const values: unknown[] = [environmentId, page.limit, connectionId];
  const { where, orderBy, position } = pageSql(page, SCHEDULE_COLUMNS, values);
  const text = `
SELECT t.kind, t.created_at AS "createdAt", t.updated_at AS "updatedAt", t.paused_at AS "pausedAt",
  t.last_error AS "lastError", ${position} AS position
FROM ingestions t
WHERE t.environment_id = $1 AND t.connection_id = $3 AND t.period_s IS NOT NULL${where}
ORDER BY ${orderBy} LIMIT $2`;
  return db.run({ name: '', text }, values);
}

export interface IngestionRun {
  readonly startedAt: number;
  readonly updatedAt: number;
  /** Null: it is under way. */
  readonly endedAt: number | null;
  /** Empty: none. */
  readonly error: string;
}

const RUN_COLUMNS: Columns = { started_at: { sql: 't.started_at', type: 'timestamptz' } };

export function pageRuns(
  db: Executor,
  environmentId: string,
  { connectionId, kind }: { readonly connectionId: string; readonly kind: HistoryKind },
  page: PageRequest,
): Promise<(IngestionRun & Paged)[]> {
  const values: unknown[] = [environmentId, page.limit, connectionId, kind];
  const { where, orderBy, position } = pageSql(page, RUN_COLUMNS, values);
  const text = `
SELECT t.started_at AS "startedAt", t.updated_at AS "updatedAt", t.ended_at AS "endedAt", t.error, ${position} AS position
FROM (
  SELECT started_at, ended_at AS updated_at, ended_at, error FROM ingestion_runs
  WHERE environment_id = $1 AND connection_id = $3 AND kind = $4
  UNION ALL
  SELECT run_started_at, updated_at, NULL, '' FROM ingestions
  WHERE environment_id = $1 AND connection_id = $3 AND kind = $4 AND run_open
) t
WHERE true${where} ORDER BY ${orderBy} LIMIT $2`;
  return db.run({ name: '', text }, values);
}
