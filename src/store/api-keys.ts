// Keys of all three APIs: Reevit keys, Connxt tokens, Formance clients. A secret is kept as its hash only.
import { auditSql, type Change } from './audit.ts';
import type { Executor, Kind, Statement } from './db.ts';
import { toTime } from './db.ts';
import {
  ENVIRONMENT_COLUMNS,
  type EnvironmentColumns,
  type EnvironmentRow,
  toEnvironment,
} from './environments.ts';

export type KeyKind = 'reevit' | 'connxt' | 'formance';

export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly lastUsedAt: number | null;
  readonly revokedAt: number | null;
}

export interface KnownKey extends ApiKey {
  readonly kind: KeyKind;
  readonly secretHash: Buffer;
  readonly environment: EnvironmentRow;
}

const COLUMNS = `
  k.id, k.name, k.scopes, k.created_at AS "createdAt", k.last_used_at AS "lastUsedAt",
  k.revoked_at AS "revokedAt"`;

const AUTHENTICATE: Statement = {
  name: 'api_keys_authenticate',
  text: `
SELECT ${COLUMNS}, k.kind, k.secret_hash AS "secretHash", ${ENVIRONMENT_COLUMNS}
FROM api_keys k
JOIN environments e ON e.id = k.environment_id
JOIN organizations o ON o.id = e.organization_id
WHERE k.id = ANY($1)`,
};

/** The key, its environment and its organization: every request begins with it, so concurrent ones share a statement. */
export function authenticate(db: Executor, keyId: string): Promise<KnownKey | null> {
  return db.together(LOOKUPS, keyId);
}

const LOOKUPS: Kind<string, KnownKey | null> = { run: findKeys, keyOf: () => null };

async function findKeys(db: Executor, ids: readonly string[]): Promise<(KnownKey | null)[]> {
  const rows = await db.run<KeyRow>(AUTHENTICATE, [[...new Set(ids)]]);
  const found = new Map(rows.map((row) => [row.id, toKey(row)]));
  return ids.map((id) => found.get(id) ?? null);
}

type KeyRow = Omit<KnownKey, 'environment'> & EnvironmentColumns;

function toKey(row: KeyRow): KnownKey {
  const { id, name, scopes, createdAt, lastUsedAt, revokedAt, kind, secretHash } = row;
  const environment = toEnvironment(row);
  return { id, name, scopes, createdAt, lastUsedAt, revokedAt, kind, secretHash, environment };
}

const TOUCH: Statement = {
  name: 'api_keys_touch',
  text: 'UPDATE api_keys SET last_used_at = $3 WHERE environment_id = $1 AND id = $2',
};

export async function touchKey(
  db: Executor,
  environmentId: string,
  keyId: string,
  nowMs: number,
): Promise<void> {
  await db.run(TOUCH, [environmentId, keyId, toTime(nowMs)]);
}

const CREATED = `jsonb_build_object('name', k.name, 'scopes', k.scopes)`;

const INSERT: Statement = {
  name: 'api_keys_insert',
  text: `
WITH k AS (
  INSERT INTO api_keys (environment_id, id, kind, name, secret_hash, scopes, created_at)
  SELECT $1, $2, 'reevit', $3, $4, $5, $6
  WHERE (SELECT count(*) FROM api_keys WHERE environment_id = $1 AND revoked_at IS NULL) < $7
  RETURNING *
), a AS (${auditSql('k', 'api_key', `'created'`, CREATED, '$8', '$6')}
)
SELECT ${COLUMNS} FROM k`,
};

export interface NewApiKey {
  readonly environmentId: string;
  readonly id: string;
  readonly name: string;
  readonly secretHash: Buffer;
  readonly scopes: readonly string[];
}

/** Null when the environment has `keysMax` keys that are not revoked. */
export async function insertKey(
  db: Executor,
  key: NewApiKey,
  { actor, nowMs }: Change,
  keysMax: number,
): Promise<ApiKey | null> {
  const [row] = await db.run<ApiKey>(INSERT, [
    key.environmentId,
    key.id,
    key.name,
    key.secretHash,
    key.scopes,
    toTime(nowMs),
    keysMax,
    JSON.stringify(actor),
  ]);
  return row ?? null;
}

const LIST: Statement = {
  name: 'api_keys_list',
  text: `
SELECT ${COLUMNS} FROM api_keys k
WHERE k.environment_id = $1 AND k.kind = 'reevit'
ORDER BY k.id DESC LIMIT $2`,
};

/** Reevit keys, newest first, revoked ones included. */
export function listKeys(db: Executor, environmentId: string, limit: number): Promise<ApiKey[]> {
  return db.run<ApiKey>(LIST, [environmentId, limit]);
}

const REVOKE: Statement = {
  name: 'api_keys_revoke',
  text: `
WITH k AS (
  UPDATE api_keys SET revoked_at = $3
  WHERE environment_id = $1 AND id = $2 AND kind = 'reevit' AND revoked_at IS NULL
  RETURNING environment_id, id
), a AS (${auditSql('k', 'api_key', `'revoked'`, `'{}'::jsonb`, '$4', '$3')}
)
SELECT 1 FROM k`,
};

/** False when there is no such key, or it was revoked before. */
export async function revokeKey(
  db: Executor,
  environmentId: string,
  keyId: string,
  { actor, nowMs }: Change,
): Promise<boolean> {
  const rows = await db.run(REVOKE, [environmentId, keyId, toTime(nowMs), JSON.stringify(actor)]);
  return rows.length === 1;
}
