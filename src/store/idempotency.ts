// Idempotency-Keys: what was asked under a key, and what was answered (reliability.md section 4). A row without an
// answer is an operation under way; its fingerprint never changes.
import type { Executor, Statement } from './db.ts';
import { toTime } from './db.ts';

export interface KeyPlace {
  readonly environmentId: string;
  /** `POST /v1/connections`: method and concrete path. */
  readonly route: string;
  readonly key: string;
}

export interface StoredKey {
  readonly fingerprint: Buffer;
  readonly resourceId: string | null;
  /** Null while the operation is under way. */
  readonly status: number | null;
  readonly body: string | null;
  /** Epoch milliseconds. */
  readonly createdAt: number;
}

export interface NewClaim extends KeyPlace {
  readonly fingerprint: Buffer;
  readonly nowMs: number;
  /** A row from before this time is as good as none. */
  readonly expiredBeforeMs: number;
  /** An unanswered row from before this time, of the same request and bound to nothing, belongs to nobody any more. */
  readonly abandonedBeforeMs: number;
}

const CLAIM: Statement = {
  name: 'idempotency_keys_claim',
  text: `
INSERT INTO idempotency_keys AS k (environment_id, route, key, fingerprint, created_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (environment_id, route, key) DO UPDATE
SET fingerprint = excluded.fingerprint, resource_id = NULL, response_status = NULL, response_body = NULL,
  created_at = excluded.created_at
WHERE k.created_at < $6
  OR (k.response_status IS NULL AND k.resource_id IS NULL AND k.created_at < $7
    AND k.fingerprint = excluded.fingerprint)
RETURNING 1`,
};

/** True when the key is the caller's now. Waits for another transaction that is claiming the same key. */
export async function claimKey(db: Executor, claim: NewClaim): Promise<boolean> {
  const rows = await db.run(CLAIM, [
    claim.environmentId,
    claim.route,
    claim.key,
    claim.fingerprint,
    toTime(claim.nowMs),
    toTime(claim.expiredBeforeMs),
    toTime(claim.abandonedBeforeMs),
  ]);
  return rows.length === 1;
}

const FIND: Statement = {
  name: 'idempotency_keys_find',
  text: `
SELECT fingerprint, resource_id AS "resourceId", response_status AS status, response_body AS body,
  created_at AS "createdAt"
FROM idempotency_keys WHERE environment_id = $1 AND route = $2 AND key = $3`,
};

export async function findKey(
  db: Executor,
  { environmentId, route, key }: KeyPlace,
): Promise<StoredKey | null> {
  const [row] = await db.run<StoredKey>(FIND, [environmentId, route, key]);
  return row ?? null;
}

const ANSWER: Statement = {
  name: 'idempotency_keys_answer',
  text: `
UPDATE idempotency_keys SET response_status = $5, response_body = $6
WHERE environment_id = $1 AND route = $2 AND key = $3 AND fingerprint = $4`,
};

export async function answerKey(
  db: Executor,
  { environmentId, route, key }: KeyPlace,
  fingerprint: Buffer,
  status: number,
  body: string,
): Promise<void> {
  await db.run(ANSWER, [environmentId, route, key, fingerprint, status, body]);
}

const RELEASE: Statement = {
  name: 'idempotency_keys_release',
  text: `
DELETE FROM idempotency_keys
WHERE environment_id = $1 AND route = $2 AND key = $3 AND fingerprint = $4 AND response_status IS NULL
  AND resource_id IS NULL`,
};

/** Gives an unanswered key back: the request came to nothing and may be made again. */
export async function releaseKey(
  db: Executor,
  { environmentId, route, key }: KeyPlace,
  fingerprint: Buffer,
): Promise<void> {
  await db.run(RELEASE, [environmentId, route, key, fingerprint]);
}

const FORGET: Statement = {
  name: 'idempotency_keys_forget',
  text: `
DELETE FROM idempotency_keys
WHERE environment_id = $1 AND route = $2 AND key = $3 AND created_at < $4`,
};

/** Removes one key that outlived its time, so that it can be used as new. */
export async function forgetKey(
  db: Executor,
  { environmentId, route, key }: KeyPlace,
  expiredBeforeMs: number,
): Promise<void> {
  await db.run(FORGET, [environmentId, route, key, toTime(expiredBeforeMs)]);
}
