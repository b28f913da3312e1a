// Work that is due, claimed so that any number of workers share it and none does it twice at once. A claim only
// pushes the due time ahead by a lease: if the worker dies, the row comes due again by itself.
import { type Executor, type Statement, toTime } from './db.ts';

export interface DueAttempt {
  readonly environmentId: string;
  readonly paymentId: string;
  readonly id: string;
}

export interface Claim {
  readonly nowMs: number;
  readonly leaseMs: number;
  readonly limit: number;
}

const claimSql = (table: string, column: string, ids: string) => `
WITH due AS (
  SELECT environment_id, ${ids} FROM ${table}
  WHERE ${column} <= $1 ORDER BY ${column} LIMIT $3 FOR UPDATE SKIP LOCKED
)
UPDATE ${table} t SET ${column} = $2 FROM due
WHERE t.environment_id = due.environment_id AND ${ids
  .split(', ')
  .map((id) => `t.${id} = due.${id}`)
  .join(' AND ')}
RETURNING t.environment_id AS "environmentId"`;

const ATTEMPTS: Statement = {
  name: 'due_attempts',
  text: `${claimSql('attempts', 'next_sync_at', 'payment_id, id')}, t.payment_id AS "paymentId", t.id`,
};

const OPERATIONS: Statement = {
  name: 'due_operations',
  text: `${claimSql('operations', 'next_sync_at', 'payment_id, id')}, t.payment_id AS "paymentId", t.id`,
};

const PAYMENTS: Statement = {
  name: 'due_payments',
  text: `${claimSql('payments', 'due_at', 'id')}, t.id AS "paymentId", t.id`,
};

const claimWith =
  (statement: Statement) =>
  (db: Executor, { nowMs, leaseMs, limit }: Claim): Promise<DueAttempt[]> =>
    db.run<DueAttempt>(statement, [toTime(nowMs), toTime(nowMs + leaseMs), limit]);

/** Attempts whose PSP has to be asked (or, when `ready`, called). */
export const claimAttempts = claimWith(ATTEMPTS);
/** Captures, voids and refunds whose PSP has to be asked. */
export const claimOperations = claimWith(OPERATIONS);
/** Payments whose lifetime is over. */
export const claimPayments = claimWith(PAYMENTS);

const DEFER: Statement = {
  name: 'due_defer_payment',
  text: `UPDATE payments SET due_at = $3 WHERE environment_id = $1 AND id = $2 AND due_at IS NOT NULL`,
};

/** Looks at a payment that was claimed at another time than when the lease ends. */
export async function deferPayment(
  db: Executor,
  environmentId: string,
  id: string,
  dueAt: number,
): Promise<void> {
  await db.run(DEFER, [environmentId, id, toTime(dueAt)]);
}

const ORPHANS: Statement = {
  name: 'due_orphans',
  text: `
WITH a AS (
  UPDATE attempts SET next_sync_at = $1
  WHERE next_sync_at > $1 AND (status = 'sent' OR next_sync_at <= $2)
), o AS (
  UPDATE operations SET next_sync_at = $1
  WHERE next_sync_at > $1 AND (status = 'sent' OR next_sync_at <= $2)
), p AS (
  UPDATE payments SET due_at = $1 WHERE due_at > $1 AND due_at <= $2 AND expires_at <= $1
), w AS (
  UPDATE inbound_webhooks SET next_try_at = $1 WHERE next_try_at > $1 AND next_try_at <= $2
), i AS (
  UPDATE ingestions SET next_poll_at = $1 WHERE next_poll_at > $1 AND next_poll_at <= $2
), e AS (
  UPDATE endpoints SET leased_until = '-infinity' WHERE leased_until > $1
)
SELECT 1`,
};

/**
 * Right after the start of the only server of a database: whatever is `sent` was left by a process that died, and so
 * was whatever comes due within a lease: it may have been claimed. Asking a little early does no harm.
 */
export async function wakeOrphans(db: Executor, nowMs: number, leaseMs: number): Promise<void> {
  await db.run(ORPHANS, [toTime(nowMs), toTime(nowMs + leaseMs)]);
}

const DUE = {
  attempts: 'next_sync_at',
  operations: 'next_sync_at',
  inbound_webhooks: 'next_try_at',
  conflicts: 'next_try_at',
  deliveries: 'next_try_at',
  ingestions: 'next_poll_at',
  endpoints: 'leased_until',
} as const;

const HASTEN: Statement = {
  name: 'due_hasten',
  text: `
WITH ${Object.entries(DUE)
    .map(
      ([table, column]) =>
        `${table}_woken AS (UPDATE ${table} SET ${column} = $1 WHERE ${column} > $2 AND ${column} <= $3)`,
    )
    .join(',\n')}
SELECT 1`,
};

/**
 * After the time was put back by `byMs`: what comes due within that much more than a lease may have been put there in
 * the time that was wrong, and would wait for as long. It is looked at now, which does no harm where it is early.
 * Payments and scheduled payouts keep their time: it was stated, not counted.
 */
export async function hasten(
  db: Executor,
  { nowMs, byMs, leaseMs }: { nowMs: number; byMs: number; leaseMs: number },
): Promise<void> {
  await db.run(HASTEN, [toTime(nowMs), toTime(nowMs + leaseMs), toTime(nowMs + leaseMs + byMs)]);
}

const SWEEP: Statement = {
  name: 'due_sweep_keys',
  // Those of the Connxt API live 30 days longer (connxt.md 7.7).
  text: `DELETE FROM idempotency_keys
WHERE created_at < $1 AND (NOT starts_with(route, 'connxt ') OR created_at < $1 - interval '30 days')`,
};

/** Forgets Idempotency-Keys older than their lifetime. */
export async function forgetKeys(db: Executor, beforeMs: number): Promise<void> {
  await db.run(SWEEP, [toTime(beforeMs)]);
}
