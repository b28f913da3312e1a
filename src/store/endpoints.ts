// Where merchants want their events. Secrets are sealed; whoever holds an endpoint's lease delivers to it, alone.
import { auditSql, type Change } from './audit.ts';
import { type Executor, type Statement, toTime, UNHURRIED } from './db.ts';

export interface Endpoint {
  readonly environmentId: string;
  readonly id: string;
  /** The one of /v1/webhooks/config. */
  readonly isDefault: boolean;
  readonly url: string;
  /** Empty: all. */
  readonly eventTypes: readonly string[];
  readonly status: 'active' | 'disabled' | 'deleted';
  /** Why it is disabled. */
  readonly statusReason: string;
  readonly retry: 'standard' | 'reevit';
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly sealedSecrets: string;
  /** Until when the secret before the current one signs too. */
  readonly overlapUntil: number | null;
  /** `whpk_…` when it also gets Ed25519 signatures. */
  readonly publicKey: string | null;
  readonly failures: number;
  readonly failingSince: number | null;
  readonly lastSuccessAt: number | null;
  readonly lastFailureAt: number | null;
  readonly pace: 'fast' | 'slow';
  readonly createdAt: number;
  readonly updatedAt: number;
}

const COLUMNS = `
  environment_id AS "environmentId", id, is_default AS "isDefault", url,
  event_types AS "eventTypes", status, status_reason AS "statusReason", retry,
  metadata, sealed_secrets AS "sealedSecrets", overlap_until AS "overlapUntil",
  public_key AS "publicKey", failures, failing_since AS "failingSince",
  last_success_at AS "lastSuccessAt", last_failure_at AS "lastFailureAt", pace,
  created_at AS "createdAt", updated_at AS "updatedAt"`;

export type NewEndpoint = Pick<
  Endpoint,
  | 'environmentId'
  | 'id'
  | 'isDefault'
  | 'url'
  | 'eventTypes'
  | 'status'
  | 'retry'
  | 'metadata'
  | 'sealedSecrets'
  | 'publicKey'
>;

const INSERT: Statement = {
  name: 'endpoints_insert',
  text: `
WITH w AS (
  INSERT INTO endpoints (environment_id, id, is_default, url, event_types, status, retry, metadata, sealed_secrets,
                         public_key, created_at, updated_at)
  SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11
  WHERE (SELECT count(*) FROM endpoints WHERE environment_id = $1 AND status <> 'deleted') < $12
  RETURNING *
), a AS (${auditSql('w', 'endpoint', `'created'`, `jsonb_build_object('url', w.url)`, '$13', '$11')}
)
SELECT ${COLUMNS} FROM w`,
};

/** Null when the environment has `endpointsMax` endpoints. */
export async function insertEndpoint(
  db: Executor,
  endpoint: NewEndpoint,
  { actor, nowMs }: Change,
  endpointsMax: number,
): Promise<Endpoint | null> {
  const [row] = await db.run<Endpoint>(INSERT, [
    endpoint.environmentId,
    endpoint.id,
    endpoint.isDefault,
    endpoint.url,
    endpoint.eventTypes,
    endpoint.status,
    endpoint.retry,
    JSON.stringify(endpoint.metadata),
    endpoint.sealedSecrets,
    endpoint.publicKey,
    toTime(nowMs),
    endpointsMax,
    JSON.stringify(actor),
  ]);
  return row ?? null;
}

const UPDATE: Statement = {
  name: 'endpoints_update',
  text: `
WITH w AS (
  UPDATE endpoints SET url = $3, event_types = $4, status = $5, status_reason = $6, retry = $7, metadata = $8,
    sealed_secrets = $9, overlap_until = $10, public_key = $11, updated_at = $12,
    failures = CASE WHEN $5 = 'active' AND status <> 'active' THEN 0 ELSE failures END,
    failing_since = CASE WHEN $5 = 'active' AND status <> 'active' THEN NULL ELSE failing_since END
  WHERE environment_id = $1 AND id = $2 AND status = $16 AND sealed_secrets = $13
  RETURNING *
), d AS (
  UPDATE deliveries d SET status = 'canceled', next_try_at = NULL, updated_at = $12,
    last_error = 'the endpoint is ' || w.status
  FROM w WHERE w.status <> 'active' AND d.environment_id = w.environment_id AND d.endpoint_id = w.id
    AND d.next_try_at IS NOT NULL
), a AS (${auditSql('w', 'endpoint', '$14', `jsonb_build_object('url', w.url, 'status', w.status)`, '$15', '$12')}
)
SELECT ${COLUMNS} FROM w`,
};

/**
 * Writes what an endpoint is now, if its secrets and status are still the ones that were read; else null. What waits for an
 * endpoint that is not active any more is canceled: a replay brings it back.
 */
export async function updateEndpoint(
  db: Executor,
  before: Endpoint,
  next: Endpoint,
  action: string,
  { actor, nowMs }: Change,
): Promise<Endpoint | null> {
  const [row] = await db.run<Endpoint>(UPDATE, [
    next.environmentId,
    next.id,
    next.url,
    next.eventTypes,
    next.status,
    next.statusReason,
    next.retry,
    JSON.stringify(next.metadata),
    next.sealedSecrets,
    toTime(next.overlapUntil),
    next.publicKey,
    toTime(nowMs),
    before.sealedSecrets,
    action,
    JSON.stringify(actor),
    before.status,
  ]);
  return row ?? null;
}

const LIST: Statement = {
  name: 'endpoints_list',
  text: `SELECT ${COLUMNS} FROM endpoints WHERE environment_id = $1 AND status <> 'deleted' ORDER BY id DESC LIMIT 200`,
};

/** Newest first. */
export function listEndpoints(db: Executor, environmentId: string): Promise<Endpoint[]> {
  return db.run<Endpoint>(LIST, [environmentId]);
}

const FIND: Statement = {
  name: 'endpoints_find',
  text: `SELECT ${COLUMNS} FROM endpoints WHERE environment_id = $1 AND id = $2 AND status <> 'deleted'`,
};

export async function findEndpoint(
  db: Executor,
  environmentId: string,
  id: string,
): Promise<Endpoint | null> {
  const [row] = await db.run<Endpoint>(FIND, [environmentId, id]);
  return row ?? null;
}

const DEFAULT: Statement = {
  name: 'endpoints_default',
  text: `SELECT ${COLUMNS} FROM endpoints WHERE environment_id = $1 AND is_default AND status <> 'deleted'`,
};

/** The endpoint of /v1/webhooks/config. */
export async function findDefaultEndpoint(
  db: Executor,
  environmentId: string,
): Promise<Endpoint | null> {
  const [row] = await db.run<Endpoint>(DEFAULT, [environmentId]);
  return row ?? null;
}

const CLAIM: Statement = {
  name: 'endpoints_claim',
  text: `
WITH due AS (
  SELECT w.environment_id AS env, w.id AS due_id FROM endpoints w
  WHERE w.status = 'active' AND w.pace = $1 AND w.leased_until <= $2 AND EXISTS (
    SELECT 1 FROM deliveries d
    WHERE d.environment_id = w.environment_id AND d.endpoint_id = w.id AND d.next_try_at <= $2)
  ORDER BY w.leased_until LIMIT $4 FOR UPDATE OF w SKIP LOCKED
)
UPDATE endpoints SET leased_until = $3 FROM due, ${UNHURRIED}
WHERE environment_id = env AND id = due_id AND unhurried = 'off'
RETURNING ${COLUMNS}`,
};

/** Endpoints of one pace that something is due for, for the caller alone until the lease ends. */
export function claimEndpoints(
  db: Executor,
  pace: Endpoint['pace'],
  { nowMs, leaseMs, limit }: { nowMs: number; leaseMs: number; limit: number },
): Promise<Endpoint[]> {
  return db.run<Endpoint>(CLAIM, [pace, toTime(nowMs), toTime(nowMs + leaseMs), limit]);
}

const RENEW: Statement = {
  name: 'endpoints_renew',
  text: `
UPDATE endpoints SET leased_until = $3 FROM ${UNHURRIED}
WHERE environment_id = $1 AND id = $2 AND status = 'active' AND unhurried = 'off'
RETURNING ${COLUMNS}`,
};

type Place = Pick<Endpoint, 'environmentId' | 'id'>;

/** The endpoint as it is now, leased on; null when nothing may be sent to it any more. */
export async function renewLease(
  db: Executor,
  { environmentId, id }: Place,
  untilMs: number,
): Promise<Endpoint | null> {
  const [row] = await db.run<Endpoint>(RENEW, [environmentId, id, toTime(untilMs)]);
  return row ?? null;
}

/** How an endpoint has answered since it was claimed. */
export interface Health {
  readonly failures: number;
  readonly failingSince: number | null;
  readonly lastSuccessAt: number | null;
  readonly lastFailureAt: number | null;
  readonly pace: Endpoint['pace'];
}

const KEEP_HEALTH: Statement = {
  name: 'endpoints_keep_health',
  text: `
UPDATE endpoints SET failures = $3, failing_since = $4, last_success_at = $5, last_failure_at = $6, pace = $7,
  leased_until = coalesce($8, leased_until)
FROM ${UNHURRIED} WHERE environment_id = $1 AND id = $2 AND unhurried = 'off'`,
};

/** Keeps what is known of an endpoint's health. With a time: whose lease ends then; who waits longest is served next. */
export async function keepHealth(
  db: Executor,
  { environmentId, id }: Place,
  health: Health,
  releasedAt: number | null,
): Promise<void> {
  await db.run(KEEP_HEALTH, [
    environmentId,
    id,
    health.failures,
    toTime(health.failingSince),
    toTime(health.lastSuccessAt),
    toTime(health.lastFailureAt),
    health.pace,
    toTime(releasedAt),
  ]);
}

const DISABLE: Statement = {
  name: 'endpoints_disable',
  text: `
WITH w AS (
  UPDATE endpoints SET status = 'disabled', status_reason = $3, updated_at = $4
  WHERE environment_id = $1 AND id = $2 AND status = 'active' RETURNING *
), d AS (
  UPDATE deliveries d SET status = 'failed', next_try_at = NULL, updated_at = $4, last_error = 'the endpoint is disabled'
  FROM w WHERE d.environment_id = w.environment_id AND d.endpoint_id = w.id AND d.next_try_at IS NOT NULL
), a AS (${auditSql('w', 'endpoint', `'disabled'`, `jsonb_build_object('reason', w.status_reason)`, '$5', '$4')}
)
SELECT 1 FROM w`,
};

/** Switches an endpoint off by itself: it said that it is gone, or nothing came through for days. */
export async function disableEndpoint(
  db: Executor,
  { environmentId, id }: Place,
  reason: string,
  { actor, nowMs }: Change,
): Promise<void> {
  await db.run(DISABLE, [environmentId, id, reason, toTime(nowMs), JSON.stringify(actor)]);
}
