// Connections: an organization's accounts at PSPs. Every change raises the environment's configuration version and
// leaves an audit entry, in the same statement. Credentials come in sealed and are never selected here.
import type { DeclaredCapabilities } from '../domain/connection/capabilities.ts';
import type { ConnectionStatus } from '../domain/connection/connection.ts';
import type { FeeStructure } from '../domain/connection/fees.ts';
import type { HealthBucket } from '../domain/connection/health.ts';
import type { RoutingHints } from '../domain/connection/hints.ts';
import { auditSql, type Change } from './audit.ts';
import type { Executor, Statement } from './db.ts';
import { toTime } from './db.ts';
import { isUsed } from './gone-connections.ts';

export interface StoredConnection {
  readonly id: string;
  readonly provider: string;
  readonly status: ConnectionStatus;
  /** Null: the merchant declared nothing, the connector's manifest counts. */
  readonly capabilities: DeclaredCapabilities | null;
  readonly routingHints: RoutingHints;
  readonly labels: readonly string[];
  readonly feeStructure: FeeStructure;
  readonly webhookToken: string;
  readonly totalCalls: bigint;
  readonly successfulCalls: bigint;
  readonly failedCalls: bigint;
  readonly totalLatencyMs: bigint;
  /** Epoch milliseconds, like every time. */
  readonly lastSuccessAt: number | null;
  readonly lastFailureAt: number | null;
  readonly lastValidatedAt: number | null;
  readonly lastValidationStatus: string;
  readonly lastValidationError: string;
  readonly validationFailures: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** The minutes that its health is read from. */
  readonly buckets: readonly HealthBucket[];
}

const COLUMNS = `
  c.id, c.provider, c.status, c.capabilities, c.routing_hints AS "routingHints", c.labels,
  c.fee_structure AS "feeStructure", c.webhook_token AS "webhookToken", c.total_calls AS "totalCalls",
  c.successful_calls AS "successfulCalls", c.failed_calls AS "failedCalls", c.total_latency_ms AS "totalLatencyMs",
  c.last_success_at AS "lastSuccessAt", c.last_failure_at AS "lastFailureAt",
  c.last_validated_at AS "lastValidatedAt", c.last_validation_status AS "lastValidationStatus",
  c.last_validation_error AS "lastValidationError", c.validation_failures AS "validationFailures",
  c.created_at AS "createdAt", c.updated_at AS "updatedAt",
  (SELECT coalesce(jsonb_agg(jsonb_build_object(
     'startMs', floor(extract(epoch FROM h.minute) * 1000)::bigint, 'succeeded', h.successes, 'failed', h.psp_failures,
     'failedInARow', h.failure_streak,
     'lastCallAtMs', floor(extract(epoch FROM h.last_call_at) * 1000)::bigint)), '[]')
   FROM connection_health h WHERE h.environment_id = c.environment_id AND h.connection_id = c.id) AS buckets`;

/** Follows a change in the CTE `c`: raises the version and writes who did what. `$3` is the actor, `$4` the time. */
const consequences = (action: string, metadata: string) => `
e AS (
  UPDATE environments SET config_version = config_version + 1 FROM c WHERE environments.id = c.environment_id
), a AS (${auditSql('c', 'connection', action, metadata, '$3', '$4')}
)`;

/** What a merchant posts; null: keep what is stored, or take the default. */
export interface SavedConnection {
  readonly id: string;
  readonly provider: string;
  readonly status: ConnectionStatus | null;
  readonly capabilities: DeclaredCapabilities | null;
  readonly routingHints: RoutingHints | null;
  readonly labels: readonly string[] | null;
  readonly feeStructure: FeeStructure | null;
  readonly sealedCredentials: string;
  /** They are not those that it has. */
  readonly areOther: boolean;
  /** For a new connection. */
  readonly webhookToken: string;
}

const SAVE: Statement = {
  name: 'connections_save',
  text: `
WITH c AS (
  INSERT INTO connections AS c (environment_id, id, provider, status, capabilities, routing_hints, labels, fee_structure,
    sealed_credentials, credentials_version, webhook_token, created_at, updated_at)
  SELECT $1, $2, $5, coalesce($6, 'active'), coalesce($7::jsonb, 'null'),
    coalesce($8::jsonb, '{"country_preference": [], "method_bias": {}, "fallback_only": false}'),
    coalesce($9::text[], '{}'), coalesce($10::jsonb, '{}'), $11, 1, $12, $4, $4
  WHERE EXISTS (SELECT 1 FROM connections WHERE environment_id = $1 AND id = $2)
    OR (SELECT count(*) FROM connections WHERE environment_id = $1) < $13
  ON CONFLICT (environment_id, id) DO UPDATE SET
    status = coalesce($6, c.status), capabilities = coalesce($7::jsonb, c.capabilities),
    routing_hints = coalesce($8::jsonb, c.routing_hints), labels = coalesce($9::text[], c.labels),
    fee_structure = coalesce($10::jsonb, c.fee_structure), sealed_credentials = excluded.sealed_credentials,
    credentials_version = c.credentials_version + 1,
    credentials_since = CASE WHEN $14::boolean THEN greatest(excluded.updated_at, c.updated_at) ELSE c.credentials_since END,
    last_validated_at = NULL, last_validation_status = '',
    last_validation_error = '', validation_failures = 0, updated_at = greatest(excluded.updated_at, c.updated_at)
  WHERE c.provider = excluded.provider
  RETURNING *
), ${consequences(
    `CASE WHEN c.credentials_version = 1 THEN 'created' ELSE 'updated' END`,
    `jsonb_build_object('provider', c.provider, 'status', c.status, 'labels', c.labels,
      'credentials_version', c.credentials_version)`,
  )}
SELECT ${COLUMNS} FROM c`,
};

/**
 * Makes or replaces a connection. Null when nothing was written: the id belongs to another provider, or the environment
 * has `connectionsMax` connections.
 */
export async function saveConnection(
  db: Executor,
  environmentId: string,
  saved: SavedConnection,
  { actor, nowMs }: Change,
  connectionsMax: number,
): Promise<StoredConnection | null> {
  const [row] = await db.run<StoredConnection>(SAVE, [
    environmentId,
    saved.id,
    JSON.stringify(actor),
    toTime(nowMs),
    saved.provider,
    saved.status,
    jsonOrNull(saved.capabilities),
    jsonOrNull(saved.routingHints),
    saved.labels,
    jsonOrNull(saved.feeStructure),
    saved.sealedCredentials,
    saved.webhookToken,
    connectionsMax,
    saved.areOther,
  ]);
  return row ?? null;
}

const FIND: Statement = {
  name: 'connections_find',
  text: `SELECT ${COLUMNS} FROM connections c WHERE c.environment_id = $1 AND c.id = $2`,
};

export async function findConnection(
  db: Executor,
  environmentId: string,
  id: string,
): Promise<StoredConnection | null> {
  const [row] = await db.run<StoredConnection>(FIND, [environmentId, id]);
  return row ?? null;
}

const MISSING: Statement = {
  name: 'connections_missing',
  text: `
SELECT n.id FROM unnest($2::text[]) AS n(id)
WHERE NOT EXISTS (SELECT 1 FROM connections c WHERE c.environment_id = $1 AND c.id = n.id)`,
};

/** Which of the ids name no connection. */
export async function findMissingConnections(
  db: Executor,
  environmentId: string,
  ids: readonly string[],
): Promise<Set<string>> {
  const rows = await db.run<{ id: string }>(MISSING, [environmentId, ids]);
  return new Set(rows.map(({ id }) => id));
}

export interface ConnectionFilter {
  /** Lower case, whole words; null: any. */
  readonly label: string | null;
  readonly provider: string | null;
  readonly status: ConnectionStatus | null;
}

const LIST: Statement = {
  name: 'connections_list',
  text: `
WITH found AS (
  SELECT * FROM connections
  WHERE environment_id = $1 AND ($2::text IS NULL OR $2 = ANY(labels)) AND ($3::text IS NULL OR provider = $3)
    AND ($4::text IS NULL OR status = $4)
), t AS (SELECT count(*)::int AS total FROM found)
SELECT t.total, p.* FROM t LEFT JOIN LATERAL (
  SELECT ${COLUMNS} FROM found c ORDER BY c.created_at, c.id LIMIT $5 OFFSET $6
) p ON true`,
};

/** Oldest first. */
export async function listConnections(
  db: Executor,
  environmentId: string,
  { label, provider, status }: ConnectionFilter,
  page: { readonly limit: number; readonly offset: number },
): Promise<{ connections: StoredConnection[]; total: number }> {
  type Row = { readonly total: number } & (StoredConnection | { readonly id: null });
  const rows = await db.run<Row>(LIST, [
    environmentId,
    label,
    provider,
    status,
    page.limit,
    page.offset,
  ]);
  const connections = rows.flatMap((row) => (row.id === null ? [] : [row]));
  return { connections, total: rows[0]?.total ?? 0 };
}

export interface LabelCount {
  readonly label: string;
  readonly provider: string;
  readonly status: ConnectionStatus;
  readonly count: number;
}

const LABELS: Statement = {
  name: 'connections_labels',
  text: `
SELECT label, c.provider, c.status, count(*)::int AS count
FROM connections c, unnest(c.labels) AS label WHERE c.environment_id = $1
GROUP BY label, c.provider, c.status ORDER BY label, c.provider, c.status`,
};

export function countLabels(db: Executor, environmentId: string): Promise<LabelCount[]> {
  return db.run<LabelCount>(LABELS, [environmentId]);
}

const changing = (name: string, column: string, action: string, metadata: string): Statement => ({
  name,
  text: `
WITH c AS (
  UPDATE connections SET ${column} = $5, updated_at = greatest($4, updated_at)
  WHERE environment_id = $1 AND id = $2 RETURNING *
), ${consequences(action, metadata)}
SELECT ${COLUMNS} FROM c`,
});

const SET_LABELS = changing(
  'connections_set_labels',
  'labels',
  `'labels_changed'`,
  `jsonb_build_object('labels', c.labels)`,
);

/** Null when there is no such connection. */
export async function setLabels(
  db: Executor,
  environmentId: string,
  id: string,
  labels: readonly string[],
  { actor, nowMs }: Change,
): Promise<StoredConnection | null> {
  const values = [environmentId, id, JSON.stringify(actor), toTime(nowMs), labels];
  const [row] = await db.run<StoredConnection>(SET_LABELS, values);
  return row ?? null;
}

const SET_STATUS = changing(
  'connections_set_status',
  'status',
  `'status_changed'`,
  `jsonb_build_object('status', c.status)`,
);

/** Null when there is no such connection. */
export async function setStatus(
  db: Executor,
  environmentId: string,
  id: string,
  status: ConnectionStatus,
  { actor, nowMs }: Change,
): Promise<StoredConnection | null> {
  const values = [environmentId, id, JSON.stringify(actor), toTime(nowMs), status];
  const [row] = await db.run<StoredConnection>(SET_STATUS, values);
  return row ?? null;
}

const RECORD_VALIDATION: Statement = {
  name: 'connections_record_validation',
  text: `
WITH c AS (
  UPDATE connections SET last_validated_at = $4, last_validation_status = $5, last_validation_error = $6,
    validation_failures = CASE WHEN $5 = 'valid' THEN 0 ELSE validation_failures + 1 END,
    updated_at = greatest($4, updated_at)
  WHERE environment_id = $1 AND id = $2 RETURNING *
), ${consequences(`'validated'`, `jsonb_build_object('status', c.last_validation_status)`)}
SELECT ${COLUMNS} FROM c`,
};

export interface ValidationResult {
  readonly status: 'valid' | 'invalid' | 'unreachable' | 'unsupported';
  readonly error: string;
}

/** Null when the connection is gone. */
export async function recordValidation(
  db: Executor,
  environmentId: string,
  id: string,
  { status, error }: ValidationResult,
  { actor, nowMs }: Change,
): Promise<StoredConnection | null> {
  const values = [environmentId, id, JSON.stringify(actor), toTime(nowMs), status, error];
  const [row] = await db.run<StoredConnection>(RECORD_VALIDATION, values);
  return row ?? null;
}

const DELETE: Statement = {
  name: 'connections_delete',
  text: `
WITH used AS (
  (SELECT 1 WHERE ${isUsed('$1', '$2')})
  UNION ALL
  -- Waits for an approval or for its time, and may go nowhere else.
  (SELECT 1 FROM payouts o JOIN payments p ON p.environment_id = o.environment_id AND p.id = o.payment_id
   WHERE o.environment_id = $1 AND o.connection_id = $2 AND p.status IN ('awaiting_approval', 'pending')
     AND p.request ->> 'forcedConnectionId' = $2 LIMIT 1)
), c AS (
  DELETE FROM connections WHERE environment_id = $1 AND id = $2 AND NOT EXISTS (SELECT 1 FROM used) RETURNING *
), g AS (
  INSERT INTO gone_connections SELECT environment_id, id, sealed_credentials, $4 FROM c
  ON CONFLICT (environment_id, id) DO UPDATE SET
    sealed_credentials = excluded.sealed_credentials, gone_at = excluded.gone_at
), ${consequences(`'deleted'`, `jsonb_build_object('provider', c.provider)`)}
SELECT (SELECT count(*)::int FROM c) AS deleted, EXISTS (SELECT 1 FROM used) AS used`,
};

/** `used`: something is still to be asked or done at the PSP, which needs the credentials. */
export async function deleteConnection(
  db: Executor,
  environmentId: string,
  id: string,
  { actor, nowMs }: Change,
): Promise<'deleted' | 'used' | 'not_found'> {
  const values = [environmentId, id, JSON.stringify(actor), toTime(nowMs)];
  const [row] = await db.run<{ deleted: number; used: boolean }>(DELETE, values);
  if (row?.deleted === 1) return 'deleted';
  return row?.used ? 'used' : 'not_found';
}

function jsonOrNull(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value);
}
