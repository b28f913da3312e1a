// The record of a payment: read whole, changed whole. Every change is one statement that locks the payment's row,
// compares its version and writes everything that belongs together: payment, attempts, operations, history, outbox,
// idempotent answer. A lost compare writes nothing and the caller decides again (reliability.md F8, F15).
import type {
  Adjustment,
  Attempt,
  Operation,
  Payment,
  PaymentRecord,
} from '../domain/payment/payment.ts';
import type { Executor, Statement } from './db.ts';
import { toTime } from './db.ts';
import { fromJsonRow, toAttempt, toJson, toOperation, toPayment, toRow } from './payment-rows.ts';

export interface OutboxEvent {
  readonly id: string;
  readonly type: string;
  readonly paymentSequence: number;
  readonly snapshot: unknown;
  readonly createdAt: number;
}

/** Claims an Idempotency-Key in the same statement as the effect. */
export interface KeyClaim {
  readonly route: string;
  readonly key: string;
  readonly fingerprint: Buffer;
  readonly resourceId: string;
  readonly createdAt: number;
}

/** Stores the answer that repeats of the key will get. */
export interface KeyAnswer {
  readonly route: string;
  readonly key: string;
  readonly status: number;
  readonly body: string;
}

export interface Change {
  readonly attempts?: readonly Attempt[];
  readonly operations?: readonly Operation[];
  readonly adjustments?: readonly Adjustment[];
  readonly events?: readonly OutboxEvent[];
  readonly claim?: KeyClaim | null;
  readonly answer?: KeyAnswer | null;
}

export type Committed = 'done' | 'payment_changed' | 'key_taken';

const ADJUSTMENTS = `
  INSERT INTO adjustments (environment_id, payment_id, attempt_id, operation_id, source, reason, from_status, to_status,
                           attempt_from, attempt_to, evidence, created_at)
  SELECT p.environment_id, p.id, r.attempt_id, r.operation_id, r.source, r.reason, r.from_status, r.to_status,
         r.attempt_from, r.attempt_to, r.evidence, r.created_at
  FROM p, jsonb_populate_recordset(null::adjustments, $4::jsonb) r`;

const EVENTS = `
  INSERT INTO events (environment_id, id, payment_id, payment_sequence, type, snapshot, created_at)
  SELECT p.environment_id, r.id, p.id, r.payment_sequence, r.type, r.snapshot, r.created_at
  FROM p, jsonb_populate_recordset(null::events, $5::jsonb) r`;

const BEGIN: Statement = {
  name: 'payments_begin',
  text: `
WITH k AS (
  INSERT INTO idempotency_keys (environment_id, route, key, fingerprint, resource_id, created_at,
                                response_status, response_body)
  SELECT $1, $6, $7, $8, $9, $10, $11, $12 WHERE $7::text IS NOT NULL
  ON CONFLICT DO NOTHING RETURNING 1
), p AS (
  INSERT INTO payments SELECT * FROM jsonb_populate_record(null::payments, $2::jsonb)
  WHERE $7::text IS NULL OR EXISTS (SELECT 1 FROM k)
  RETURNING environment_id, id
), a AS (
  INSERT INTO attempts SELECT r.* FROM p, jsonb_populate_recordset(null::attempts, $3::jsonb) r
), j AS (${ADJUSTMENTS}
), e AS (${EVENTS}
)
SELECT 1 AS done FROM p`,
};

/** Writes a new payment with its first attempt, history and event. False when the Idempotency-Key was taken. */
export async function beginPayment(
  db: Executor,
  { payment, attempts }: PaymentRecord,
  { adjustments = [], events = [], claim = null, answer = null }: Change,
): Promise<boolean> {
  const rows = await db.run(BEGIN, [
    payment.environmentId,
    toJson(toRow(payment)),
    toJson(attempts.map(toRow)),
    adjustmentRows(adjustments),
    eventRows(events),
    claim?.route ?? null,
    claim?.key ?? null,
    claim?.fingerprint ?? null,
    claim?.resourceId ?? null,
    toTime(claim?.createdAt ?? null),
    answer?.status ?? null,
    answer?.body ?? null,
  ]);
  return rows.length === 1;
}

const COMMIT: Statement = {
  name: 'payments_commit',
  text: `
WITH l AS MATERIALIZED (
  SELECT environment_id, id FROM payments
  WHERE environment_id = $1 AND id = ($2::jsonb)->>'id' AND version = $16 FOR UPDATE
), k AS (
  INSERT INTO idempotency_keys (environment_id, route, key, fingerprint, resource_id, created_at)
  SELECT $1, $6, $7, $8, $9, $10 FROM l WHERE $7::text IS NOT NULL
  ON CONFLICT DO NOTHING RETURNING 1
), p AS (
  UPDATE payments o SET
    status = n.status, amount_minor = n.amount_minor, method = n.method, country = n.country,
    customer_id = n.customer_id, customer = n.customer, metadata = n.metadata,
    connection_id = n.connection_id, provider = n.provider, psp_reference = n.psp_reference,
    authorized_minor = n.authorized_minor, captured_minor = n.captured_minor,
    capture_pending_minor = n.capture_pending_minor, refunded_minor = n.refunded_minor,
    refund_pending_minor = n.refund_pending_minor, fee_minor = n.fee_minor, fee_currency = n.fee_currency,
    fee_is_actual = n.fee_is_actual, conflict = n.conflict, plan = n.plan, plan_since = n.plan_since, request = n.request,
    cancel_requested_at = n.cancel_requested_at, captured_at = n.captured_at, expires_at = n.expires_at,
    due_at = n.due_at, event_sequence = n.event_sequence, version = $16 + 1, updated_at = n.updated_at
  FROM l, jsonb_populate_record(null::payments, $2::jsonb) n
  WHERE o.environment_id = l.environment_id AND o.id = l.id
    AND ($7::text IS NULL OR EXISTS (SELECT 1 FROM k))
  RETURNING o.environment_id, o.id
), a AS (
  INSERT INTO attempts SELECT r.* FROM p, jsonb_populate_recordset(null::attempts, $3::jsonb) r
  ON CONFLICT (environment_id, payment_id, id) DO UPDATE SET
    status = excluded.status, authorized_minor = excluded.authorized_minor, captured_minor = excluded.captured_minor,
    psp_reference = excluded.psp_reference, psp_state = excluded.psp_state, action = excluded.action,
    sealed_token = excluded.sealed_token, prompted = excluded.prompted, decline = excluded.decline,
    error = excluded.error, latency_ms = excluded.latency_ms, input = excluded.input, sent_at = excluded.sent_at,
    next_sync_at = excluded.next_sync_at, sync_count = excluded.sync_count,
    not_found_count = excluded.not_found_count, first_not_found_at = excluded.first_not_found_at,
    updated_at = excluded.updated_at
), o AS (
  INSERT INTO operations SELECT r.* FROM p, jsonb_populate_recordset(null::operations, $15::jsonb) r
  ON CONFLICT (environment_id, payment_id, id) DO UPDATE SET
    status = excluded.status, psp_reference = excluded.psp_reference, psp_state = excluded.psp_state,
    decline = excluded.decline, error = excluded.error, sent_at = excluded.sent_at,
    next_sync_at = excluded.next_sync_at, sync_count = excluded.sync_count,
    not_found_count = excluded.not_found_count, first_not_found_at = excluded.first_not_found_at,
    updated_at = excluded.updated_at
), j AS (${ADJUSTMENTS}
), e AS (${EVENTS}
), i AS (
  UPDATE idempotency_keys t SET response_status = $13, response_body = $14
  FROM p WHERE t.environment_id = p.environment_id AND t.route = $11 AND t.key = $12
)
SELECT (SELECT count(*)::int FROM l) AS locked, (SELECT count(*)::int FROM p) AS written`,
};

/**
 * Applies a change if the payment still has the version that the change was decided on.
 * `record.payment.version` is the version that was read; the stored one becomes one higher.
 */
export async function commitPayment(
  db: Executor,
  record: PaymentRecord,
  change: Change,
): Promise<Committed> {
  const { payment } = record;
  const { claim = null, answer = null } = change;
  const [row] = await db.run<{ locked: number; written: number }>(COMMIT, [
    payment.environmentId,
    toJson(toRow(payment)),
    toJson((change.attempts ?? []).map(toRow)),
    adjustmentRows(change.adjustments ?? []),
    eventRows(change.events ?? []),
    claim?.route ?? null,
    claim?.key ?? null,
    claim?.fingerprint ?? null,
    claim?.resourceId ?? null,
    toTime(claim?.createdAt ?? null),
    answer?.route ?? null,
    answer?.key ?? null,
    answer?.status ?? null,
    answer?.body ?? null,
    toJson((change.operations ?? []).map(toRow)),
    payment.version,
  ]);
  if (row?.locked !== 1) return 'payment_changed';
  return row.written === 1 ? 'done' : 'key_taken';
}

const LOAD: Statement = {
  name: 'payments_load',
  text: `
SELECT p.*,
  (SELECT coalesce(jsonb_agg(to_jsonb(a) || jsonb_build_object(
     'amount_minor', a.amount_minor::text, 'authorized_minor', a.authorized_minor::text,
     'captured_minor', a.captured_minor::text) ORDER BY a.number), '[]')
   FROM attempts a WHERE a.environment_id = p.environment_id AND a.payment_id = p.id) AS attempt_rows,
  (SELECT coalesce(jsonb_agg(to_jsonb(o) || jsonb_build_object('amount_minor', o.amount_minor::text)
     ORDER BY o.id), '[]')
   FROM operations o WHERE o.environment_id = p.environment_id AND o.payment_id = p.id) AS operation_rows
FROM payments p WHERE p.environment_id = $1 AND p.id = $2`,
};

type LoadedRow = Record<string, unknown> & {
  attempt_rows: Record<string, unknown>[];
  operation_rows: Record<string, unknown>[];
};

/** The whole record of one payment, or null. */
export async function loadPayment(
  db: Executor,
  environmentId: string,
  paymentId: string,
): Promise<PaymentRecord | null> {
  const [row] = await db.run<LoadedRow>(LOAD, [environmentId, paymentId]);
  if (!row) return null;
  const { attempt_rows, operation_rows, ...payment } = row;
  return {
    payment: toPayment(payment),
    attempts: attempt_rows.map((one) => toAttempt(fromJsonRow(one))),
    operations: operation_rows.map((one) => toOperation(fromJsonRow(one))),
  };
}

function adjustmentRows(adjustments: readonly Adjustment[]): string {
  return toJson(
    adjustments.map((one) => ({
      attempt_id: one.attemptId,
      operation_id: one.operationId,
      source: one.source,
      reason: one.reason,
      from_status: one.fromStatus,
      to_status: one.toStatus,
      attempt_from: one.attemptFrom,
      attempt_to: one.attemptTo,
      evidence: one.evidence ?? {},
      created_at: toTime(one.createdAt),
    })),
  );
}

function eventRows(events: readonly OutboxEvent[]): string {
  return toJson(
    events.map((one) => ({
      id: one.id,
      type: one.type,
      payment_sequence: one.paymentSequence,
      snapshot: one.snapshot,
      created_at: toTime(one.createdAt),
    })),
  );
}

const OPERATION_OWNER: Statement = {
  name: 'operations_owner',
  text: `SELECT payment_id AS "paymentId" FROM operations WHERE environment_id = $1 AND id = $2`,
};

/** The payment of a capture, void or refund; null when there is none in this environment. */
export async function findOperationOwner(
  db: Executor,
  environmentId: string,
  operationId: string,
): Promise<string | null> {
  const [row] = await db.run<{ paymentId: string }>(OPERATION_OWNER, [environmentId, operationId]);
  return row?.paymentId ?? null;
}

const ENVIRONMENT: Statement = {
  name: 'payments_environment',
  text: `SELECT environment_id AS "environmentId" FROM payments WHERE id = $1`,
};

/** Whose payment it is, for a customer's browser that knows no more than its id. */
export async function findPaymentEnvironment(
  db: Executor,
  paymentId: string,
): Promise<string | null> {
  const [row] = await db.run<{ environmentId: string }>(ENVIRONMENT, [paymentId]);
  return row?.environmentId ?? null;
}
