// The access tokens of PSPs, one per account, and the claim of whoever fetches the next one.
import { type Executor, type Statement, toTime } from './db.ts';

export interface TokenKey {
  readonly environmentId: string;
  readonly provider: string;
  readonly account: string;
}

export interface StoredToken {
  readonly sealedToken: string;
  readonly expiresAt: number;
}

const FIND: Statement = {
  name: 'psp_tokens_find',
  text: `
SELECT sealed_token AS "sealedToken", expires_at AS "expiresAt" FROM psp_tokens
WHERE environment_id = $1 AND provider = $2 AND account = $3 AND sealed_token IS NOT NULL`,
};

export async function findPspToken(db: Executor, key: TokenKey): Promise<StoredToken | null> {
  const [row] = await db.run<StoredToken>(FIND, valuesOf(key));
  return row ?? null;
}

const CLAIM: Statement = {
  name: 'psp_tokens_claim',
  text: `
INSERT INTO psp_tokens AS t (environment_id, provider, account, claim, claimed_until, updated_at)
VALUES ($1, $2, $3, $4, $6, $5)
ON CONFLICT (environment_id, provider, account)
DO UPDATE SET claim = excluded.claim, claimed_until = excluded.claimed_until, updated_at = excluded.updated_at
WHERE t.claimed_until <= $5 AND t.sealed_token IS NOT DISTINCT FROM $7
RETURNING 1`,
};

export interface TokenClaim {
  readonly claim: string;
  readonly nowMs: number;
  readonly untilMs: number;
  /** The sealed token as it was seen: who has another one meanwhile needs no new one. */
  readonly seen: string | null;
}

/** False when somebody else fetches, or has just done so. */
export async function claimPspToken(
  db: Executor,
  key: TokenKey,
  { claim, nowMs, untilMs, seen }: TokenClaim,
): Promise<boolean> {
  const values = [...valuesOf(key), claim, toTime(nowMs), toTime(untilMs), seen];
  return (await db.run(CLAIM, values)).length === 1;
}

const PAUSE: Statement = { name: 'psp_tokens_pause', text: 'SELECT pg_sleep(0.05)' };

/** A moment, for whoever else fetches the token. */
export async function pauseForPspToken(db: Executor): Promise<void> {
  await db.run(PAUSE, []);
}

const SETTLE: Statement = {
  name: 'psp_tokens_settle',
  text: `
UPDATE psp_tokens SET sealed_token = coalesce($5, sealed_token), expires_at = coalesce($6, expires_at),
  claim = '', claimed_until = '-infinity', updated_at = $7
WHERE environment_id = $1 AND provider = $2 AND account = $3 AND claim = $4`,
};

/** Ends a claim, with the new token or (null) without one. Does nothing when the claim ran out and was taken over. */
export async function settlePspToken(
  db: Executor,
  key: TokenKey,
  claim: string,
  token: StoredToken | null,
  nowMs: number,
): Promise<void> {
  const fresh = [token?.sealedToken ?? null, toTime(token?.expiresAt ?? null)];
  await db.run(SETTLE, [...valuesOf(key), claim, ...fresh, toTime(nowMs)]);
}

function valuesOf({ environmentId, provider, account }: TokenKey): string[] {
  return [environmentId, provider, account];
}
