// Payments in conflict, and everything else that nobody knows: what an operator looks at, and what an environment's
// policy does about a second capture by itself. Rows of `conflicts` are written by the change that raises them.
import { auditSql, type Change } from './audit.ts';
import { type Executor, type Statement, toTime } from './db.ts';
import type { Claim } from './due.ts';

export type ConflictPolicy = 'alert' | 'refund_later' | 'void_later';

export interface DueConflict {
  readonly environmentId: string;
  readonly paymentId: string;
  readonly id: string;
  readonly tries: number;
  readonly policy: ConflictPolicy;
}

const CLAIM: Statement = {
  name: 'conflicts_claim',
  text: `
WITH due AS (
  SELECT environment_id, payment_id FROM conflicts
  WHERE next_try_at <= $1 ORDER BY next_try_at LIMIT $3 FOR UPDATE SKIP LOCKED
)
UPDATE conflicts t SET next_try_at = $2, tries = t.tries + 1
FROM due JOIN environments e ON e.id = due.environment_id
WHERE t.environment_id = due.environment_id AND t.payment_id = due.payment_id
RETURNING t.environment_id AS "environmentId", t.payment_id AS "paymentId", t.payment_id AS id, t.tries,
  e.conflict_policy AS policy`,
};

export function claimConflicts(
  db: Executor,
  { nowMs, leaseMs, limit }: Claim,
): Promise<DueConflict[]> {
  return db.run<DueConflict>(CLAIM, [toTime(nowMs), toTime(nowMs + leaseMs), limit]);
}

const POSTPONE: Statement = {
  name: 'conflicts_postpone',
  text: `UPDATE conflicts SET next_try_at = $3, note = $4 WHERE environment_id = $1 AND payment_id = $2`,
};

/** When the policy tries again; null: it has done what it can, and the note says why. */
export async function postponeConflict(
  db: Executor,
  { environmentId, paymentId }: Pick<DueConflict, 'environmentId' | 'paymentId'>,
  nextTryAt: number | null,
  note: string,
): Promise<void> {
  await db.run(POSTPONE, [environmentId, paymentId, toTime(nextTryAt), note]);
}

const SET_POLICY: Statement = {
  name: 'environments_set_policy',
  text: `
WITH e AS (
  UPDATE environments SET conflict_policy = $2 WHERE id = $1 RETURNING id AS environment_id, id, conflict_policy
), a AS (${auditSql('e', 'environment', `'conflict policy set'`, `jsonb_build_object('policy', e.conflict_policy)`, '$3', '$4')}
)
SELECT 1 FROM e`,
};

/** False when there is no such environment. */
export async function setConflictPolicy(
  db: Executor,
  environmentId: string,
  policy: ConflictPolicy,
  { actor, nowMs }: Change,
): Promise<boolean> {
  const values = [environmentId, policy, JSON.stringify(actor), toTime(nowMs)];
  return (await db.run(SET_POLICY, values)).length === 1;
}

const GET_POLICY: Statement = {
  name: 'environments_policy',
  text: 'SELECT conflict_policy AS policy FROM environments WHERE id = $1',
};

/** Null when there is no such environment. */
export async function conflictPolicyOf(
  db: Executor,
  environmentId: string,
): Promise<ConflictPolicy | null> {
  const [row] = await db.run<{ policy: ConflictPolicy }>(GET_POLICY, [environmentId]);
  return row?.policy ?? null;
}

export interface Unresolved {
  readonly kind: 'attempt' | 'operation' | 'conflict';
  readonly environmentId: string;
  readonly paymentId: string;
  /** Of the attempt or operation; of a conflict: the payment's. */
  readonly id: string;
  readonly what: string;
  readonly status: string;
  readonly connectionId: string | null;
  readonly provider: string | null;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly pspReference: string | null;
  readonly since: number;
  readonly asked: number;
  readonly askedNextAt: number | null;
  readonly note: string;
  readonly lastSource: string | null;
  readonly lastReason: string | null;
  readonly lastAt: number | null;
  readonly lastEvidence: unknown;
}

const LIST: Statement = {
  name: 'unresolved_list',
  text: `
SELECT u.*, j.source AS "lastSource", j.reason AS "lastReason", j.created_at AS "lastAt", j.evidence AS "lastEvidence"
FROM (SELECT * FROM (
  SELECT 'attempt' AS kind, environment_id AS "environmentId", payment_id AS "paymentId", id, operation AS what, status,
    connection_id AS "connectionId", provider, amount_minor AS "amountMinor", currency, psp_reference AS "pspReference",
    coalesce(sent_at, created_at) AS since, sync_count AS asked, next_sync_at AS "askedNextAt", error AS note
  FROM attempts WHERE status = 'unknown' AND ($1::text IS NULL OR environment_id = $1)
  UNION ALL
  SELECT 'operation', environment_id, payment_id, id, kind, status, connection_id, provider, amount_minor, currency,
    psp_reference, coalesce(sent_at, created_at), sync_count, next_sync_at, error
  FROM operations WHERE (status IN ('unknown', 'manual_review') OR (status = 'pending' AND next_sync_at IS NULL))
    AND ($1::text IS NULL OR environment_id = $1)
  UNION ALL
  SELECT 'conflict', c.environment_id, c.payment_id, c.payment_id, c.conflict, p.status, p.connection_id, p.provider,
    p.amount_minor, p.currency, p.psp_reference, c.raised_at, c.tries, c.next_try_at, c.note
  FROM conflicts c JOIN payments p ON p.environment_id = c.environment_id AND p.id = c.payment_id
  WHERE $1::text IS NULL OR c.environment_id = $1
) a WHERE $2::text IS NULL OR kind = $2 ORDER BY since, id LIMIT $3 OFFSET $4) u LEFT JOIN LATERAL (
  SELECT source, reason, created_at, evidence FROM adjustments j
  WHERE j.environment_id = u."environmentId" AND j.payment_id = u."paymentId"
    AND (u.kind = 'conflict' OR u.id IN (j.attempt_id, j.operation_id))
  ORDER BY j.id DESC LIMIT 1
) j ON true
ORDER BY u.since, u.id`,
};

/** What nobody knows, longest first, each with the last thing that was heard of it. */
export function listUnresolved(
  db: Executor,
  { environmentId, kind }: { readonly environmentId: string | null; readonly kind: string | null },
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<Unresolved[]> {
  return db.run<Unresolved>(LIST, [environmentId, kind, limit, offset]);
}
