// Connections as the Formance API lists them: with a name and a polling period. A connection that was made elsewhere has
// neither, and is called by its id; its period is that of its ingestion, once somebody has switched that on.
import type { ConnectionStatus } from '../domain/connection/connection.ts';
import type { Executor, Statement } from './db.ts';
import { type Columns, type PageRequest, pageSql } from './pages.ts';

export interface ConnectorSettings {
  readonly name: string;
  readonly pollingPeriod: string;
}

export interface ListedConnector extends ConnectorSettings {
  readonly id: string;
  readonly provider: string;
  readonly status: ConnectionStatus;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** How often its PSP's history is read; null: it is not. */
  readonly periodS: number | null;
  /** It was, at least for a time. */
  readonly hasPolled: boolean;
}

const NAME = 'coalesce(s.name, c.id)';
const FROM = `connections c LEFT JOIN connector_settings s
  ON s.environment_id = c.environment_id AND s.connection_id = c.id
LEFT JOIN LATERAL (
  SELECT max(period_s) AS period_s, true AS polled FROM ingestions
  WHERE environment_id = c.environment_id AND connection_id = c.id HAVING count(*) > 0
) i ON true`;
const FIELDS = `c.id, c.provider, c.status, ${NAME} AS name, coalesce(s.polling_period, '30m') AS "pollingPeriod",
  c.created_at AS "createdAt", c.updated_at AS "updatedAt", i.period_s AS "periodS", i.polled IS TRUE AS "hasPolled"`;

const COLUMNS: Columns = {
  id: { sql: 'c.id', type: 'text' },
  name: { sql: NAME, type: 'text' },
  provider: { sql: 'c.provider', type: 'text' },
  created_at: { sql: 'c.created_at', type: 'timestamptz' },
};

export function pageConnectors(
  db: Executor,
  environmentId: string,
  page: PageRequest,
): Promise<(ListedConnector & { readonly position: readonly string[] })[]> {
  const values: unknown[] = [environmentId, page.limit];
  const { where, orderBy, position } = pageSql(page, COLUMNS, values);
  const text = `SELECT ${FIELDS}, ${position} AS position FROM ${FROM}
WHERE c.environment_id = $1${where} ORDER BY ${orderBy} LIMIT $2`;
  return db.run({ name: '', text }, values);
}

const LIST: Statement = {
  name: 'connector_settings_list',
  text: `SELECT ${FIELDS} FROM ${FROM} WHERE c.environment_id = $1 AND ($2::text IS NULL OR c.id = $2)
ORDER BY c.created_at, c.id`,
};

/** All of an environment, oldest first: an environment has at most some hundred. */
export function listConnectors(db: Executor, environmentId: string): Promise<ListedConnector[]> {
  return db.run<ListedConnector>(LIST, [environmentId, null]);
}

export async function findConnectorSettings(
  db: Executor,
  environmentId: string,
  connectionId: string,
): Promise<ListedConnector | null> {
  const [row] = await db.run<ListedConnector>(LIST, [environmentId, connectionId]);
  return row ?? null;
}

const SAVE: Statement = {
  name: 'connector_settings_save',
  text: `
INSERT INTO connector_settings (environment_id, connection_id, name, polling_period) VALUES ($1, $2, $3, $4)
ON CONFLICT (environment_id, connection_id) DO UPDATE SET name = excluded.name, polling_period = excluded.polling_period`,
};

/** Violates `connector_settings_name` when another connection has the name. */
export async function saveConnectorSettings(
  tx: Executor,
  environmentId: string,
  connectionId: string,
  { name, pollingPeriod }: ConnectorSettings,
): Promise<void> {
  await tx.run(SAVE, [environmentId, connectionId, name, pollingPeriod]);
}

const LOCK: Statement = {
  name: 'connector_settings_lock',
  text: `SELECT provider, sealed_credentials AS sealed FROM connections
WHERE environment_id = $1 AND id = $2 FOR UPDATE`,
};

/** The stored credentials, for a change that keeps a part of them: nobody else changes them meanwhile. */
export async function lockCredentials(
  tx: Executor,
  environmentId: string,
  connectionId: string,
): Promise<{ readonly provider: string; readonly sealed: string } | null> {
  const [row] = await tx.run<{ provider: string; sealed: string }>(LOCK, [
    environmentId,
    connectionId,
  ]);
  return row ?? null;
}
