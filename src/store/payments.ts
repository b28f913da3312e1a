// The record of a payment: read whole, changed whole. Every change is one statement that locks the payment's row,
// compares its version and writes everything that belongs together: payment, attempts, operations, history, outbox,
// idempotent answer. A lost compare writes nothing and the caller decides again (reliability.md F8, F15).
import type {
  Adjustment,
  Attempt,
  LedgerLine,
  Operation,
  Payment,
  PaymentRecord,
} from '../domain/payment/payment.ts';
import type { Executor, Kind, Statement } from './db.ts';
import { toTime } from './db.ts';
import { DELIVERIES_OF_E } from './deliveries.ts';
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
  /** The payment as it was read: what is still the same object is not sent again. */
  readonly before?: Payment;
  readonly attempts?: readonly Attempt[];
  readonly operations?: readonly Operation[];
  readonly adjustments?: readonly Adjustment[];
  readonly events?: readonly OutboxEvent[];
  readonly claim?: KeyClaim | null;
  readonly answer?: KeyAnswer | null;
}

export type Committed = 'done' | 'payment_changed' | 'key_taken';

/** What one writer wants written. */
export interface Write {
  readonly record: PaymentRecord;
  readonly change: Change;
}

const CLAIMS = `
  SELECT * FROM jsonb_to_recordset($6::jsonb) AS c(environment_id text, payment_id text, route text, key text,
    fingerprint text, resource_id text, created_at timestamptz, response_status int, response_body text)`;

const BEGIN: Statement = {
  name: 'payments_begin',
  text: `
WITH c AS MATERIALIZED (${CLAIMS}
), k AS (
  INSERT INTO idempotency_keys (environment_id, route, key, fingerprint, resource_id, created_at, response_status,
                                response_body)
  SELECT environment_id, route, key, decode(fingerprint, 'hex'), resource_id, created_at, response_status, response_body
  FROM c ON CONFLICT DO NOTHING RETURNING resource_id
), p AS (
  INSERT INTO payments
  SELECT r.* FROM jsonb_populate_recordset(null::payments, $1::jsonb) r
  WHERE NOT EXISTS (SELECT 1 FROM c WHERE c.payment_id = r.id) OR r.id IN (SELECT resource_id FROM k)
  RETURNING environment_id, id
), a AS (
  INSERT INTO attempts
  SELECT r.* FROM jsonb_populate_recordset(null::attempts, $2::jsonb) r WHERE r.payment_id IN (SELECT id FROM p)
), j AS (
  INSERT INTO adjustments (environment_id, payment_id, attempt_id, operation_id, source, reason, from_status, to_status,
                           attempt_from, attempt_to, evidence, ledger_status, amount_minor, reference, occurred_at,
                           created_at)
  SELECT r.environment_id, r.payment_id, r.attempt_id, r.operation_id, r.source, r.reason, r.from_status, r.to_status,
         r.attempt_from, r.attempt_to, r.evidence, r.ledger_status, r.amount_minor, r.reference, r.occurred_at,
         r.created_at
  FROM jsonb_populate_recordset(null::adjustments, $4::jsonb) r WHERE r.payment_id IN (SELECT id FROM p)
), e AS (
  INSERT INTO events (environment_id, id, payment_id, payment_sequence, type, snapshot, created_at)
  SELECT r.environment_id, r.id, r.payment_id, r.payment_sequence, r.type, r.snapshot, r.created_at
  FROM jsonb_populate_recordset(null::events, $5::jsonb) r WHERE r.payment_id IN (SELECT id FROM p)
  ORDER BY r.payment_id, r.payment_sequence
  RETURNING environment_id, id, sequence, type, payment_id, created_at
), d AS (${DELIVERIES_OF_E}
)
SELECT id, EXISTS (SELECT 1 FROM d WHERE d.payment_id = p.id) AS delivers FROM p WHERE $3::jsonb IS NOT NULL`,
};

/**
 * Writes new payments with their first attempts, history and events, all in one statement. For each: false when its
 * Idempotency-Key was taken, and then nothing of it is written.
 */
async function beginPayments(db: Executor, writes: readonly Write[]): Promise<boolean[]> {
  const rows = await db.run<{ id: string; delivers: boolean }>(BEGIN, parametersOf(writes));
  announceDeliveries(db, writes, rows);
  const written = new Set(rows.map(({ id }) => id));
  return writes.map(({ record }) => written.has(record.payment.id));
}

/** Those payments whose events an endpoint is to get. */
function announceDeliveries(
  db: Executor,
  writes: readonly Write[],
  rows: readonly { readonly id: string; readonly delivers: boolean }[],
): void {
  const delivering = new Set(rows.flatMap(({ id, delivers }) => (delivers ? [id] : [])));
  const told = writes.filter(({ record }) => delivering.has(record.payment.id));
  for (const one of new Set(told.map(({ record }) => record.payment.environmentId)))
    db.announce(one);
}

const COMMIT: Statement = {
  name: 'payments_commit',
  text: `
WITH n AS MATERIALIZED (
  SELECT * FROM jsonb_populate_recordset(null::payments, $1::jsonb)
), l AS MATERIALIZED (
  SELECT p.environment_id, p.id FROM payments p JOIN n ON n.environment_id = p.environment_id AND n.id = p.id
  WHERE p.version = n.version ORDER BY p.environment_id, p.id FOR UPDATE OF p
), c AS MATERIALIZED (${CLAIMS}
), k AS (
  INSERT INTO idempotency_keys (environment_id, route, key, fingerprint, resource_id, created_at, response_status,
                                response_body)
  SELECT c.environment_id, c.route, c.key, decode(c.fingerprint, 'hex'), c.resource_id, c.created_at, c.response_status,
         c.response_body
  FROM c JOIN l ON l.id = c.payment_id
  ON CONFLICT DO NOTHING RETURNING environment_id, route, key
), p AS (
  UPDATE payments o SET
    status = n.status, amount_minor = n.amount_minor, method = n.method, country = n.country,
    customer = coalesce(n.customer, o.customer), metadata = coalesce(n.metadata, o.metadata),
    connection_id = n.connection_id, provider = n.provider, psp_reference = n.psp_reference,
    authorized_minor = n.authorized_minor, captured_minor = n.captured_minor,
    capture_pending_minor = n.capture_pending_minor, refunded_minor = n.refunded_minor,
    refund_pending_minor = n.refund_pending_minor, fee_minor = n.fee_minor, fee_currency = n.fee_currency,
    fee_is_actual = n.fee_is_actual, conflict = n.conflict, plan = coalesce(n.plan, o.plan),
    plan_since = n.plan_since, request = coalesce(n.request, o.request),
    cancel_requested_at = n.cancel_requested_at, captured_at = n.captured_at, expires_at = n.expires_at,
    due_at = n.due_at, event_sequence = n.event_sequence, version = n.version + 1, updated_at = n.updated_at
  FROM n JOIN l ON l.environment_id = n.environment_id AND l.id = n.id
  WHERE o.environment_id = n.environment_id AND o.id = n.id
    AND NOT EXISTS (SELECT 1 FROM c WHERE c.payment_id = n.id AND NOT EXISTS (
      SELECT 1 FROM k WHERE k.environment_id = c.environment_id AND k.route = c.route AND k.key = c.key))
  RETURNING o.environment_id, o.id
), a AS (
  INSERT INTO attempts
  SELECT r.* FROM jsonb_populate_recordset(null::attempts, $2::jsonb) r WHERE r.payment_id IN (SELECT id FROM p)
  ON CONFLICT (environment_id, payment_id, id) DO UPDATE SET
    status = excluded.status, amount_minor = excluded.amount_minor, authorized_minor = excluded.authorized_minor,
    captured_minor = excluded.captured_minor, ledger_status = excluded.ledger_status,
    ledger_minor = excluded.ledger_minor,
    psp_reference = excluded.psp_reference, psp_state = excluded.psp_state, action = excluded.action,
    sealed_token = excluded.sealed_token, prompted = excluded.prompted, decline = excluded.decline,
    error = excluded.error, latency_ms = excluded.latency_ms, sent_at = excluded.sent_at,
    next_sync_at = excluded.next_sync_at, sync_count = excluded.sync_count,
    not_found_count = excluded.not_found_count, first_not_found_at = excluded.first_not_found_at,
    updated_at = excluded.updated_at
), o AS (
  INSERT INTO operations
  SELECT r.* FROM jsonb_populate_recordset(null::operations, $3::jsonb) r WHERE r.payment_id IN (SELECT id FROM p)
  ON CONFLICT (environment_id, payment_id, id) DO UPDATE SET
    status = excluded.status, psp_reference = excluded.psp_reference, psp_state = excluded.psp_state,
    decline = excluded.decline, error = excluded.error, sent_at = excluded.sent_at,
    next_sync_at = excluded.next_sync_at, sync_count = excluded.sync_count,
    not_found_count = excluded.not_found_count, first_not_found_at = excluded.first_not_found_at,
    updated_at = excluded.updated_at
), j AS (
  INSERT INTO adjustments (environment_id, payment_id, attempt_id, operation_id, source, reason, from_status, to_status,
                           attempt_from, attempt_to, evidence, ledger_status, amount_minor, reference, occurred_at,
                           created_at)
  SELECT r.environment_id, r.payment_id, r.attempt_id, r.operation_id, r.source, r.reason, r.from_status, r.to_status,
         r.attempt_from, r.attempt_to, r.evidence, r.ledger_status, r.amount_minor, r.reference, r.occurred_at,
         r.created_at
  FROM jsonb_populate_recordset(null::adjustments, $4::jsonb) r WHERE r.payment_id IN (SELECT id FROM p)
), e AS (
  INSERT INTO events (environment_id, id, payment_id, payment_sequence, type, snapshot, created_at)
  SELECT r.environment_id, r.id, r.payment_id, r.payment_sequence, r.type, r.snapshot, r.created_at
  FROM jsonb_populate_recordset(null::events, $5::jsonb) r WHERE r.payment_id IN (SELECT id FROM p)
  ORDER BY r.payment_id, r.payment_sequence
  RETURNING environment_id, id, sequence, type, payment_id, created_at
), d AS (${DELIVERIES_OF_E}
), i AS (
  UPDATE idempotency_keys t SET response_status = w.response_status, response_body = w.response_body
  FROM jsonb_to_recordset($7::jsonb) AS w(environment_id text, payment_id text, route text, key text,
    response_status int, response_body text)
  WHERE w.payment_id IN (SELECT id FROM p)
    AND t.environment_id = w.environment_id AND t.route = w.route AND t.key = w.key
)
SELECT l.id, EXISTS (SELECT 1 FROM p WHERE p.id = l.id) AS written,
  EXISTS (SELECT 1 FROM d WHERE d.payment_id = l.id) AS delivers FROM l`,
};

/**
 * Applies each change if its payment still has the version that the change was decided on; the stored version becomes
 * one higher. At most one write of a payment in one call.
 */
async function commitPayments(db: Executor, writes: readonly Write[]): Promise<Committed[]> {
  const answers = writes.flatMap(({ record: { payment }, change: { answer } }) =>
    answer ? [answerRow(payment, answer)] : [],
  );
  const rows = await db.run<{ id: string; written: boolean; delivers: boolean }>(COMMIT, [
    ...parametersOf(writes),
    toJson(answers),
  ]);
  announceDeliveries(db, writes, rows);
  const locked = new Map(rows.map((row) => [row.id, row]));
  return writes.map(({ record }) => {
    const row = locked.get(record.payment.id);
    if (row === undefined) return 'payment_changed';
    return row.written ? 'done' : 'key_taken';
  });
}

function answerRow({ environmentId, id }: Payment, { route, key, status, body }: KeyAnswer) {
  return {
    environment_id: environmentId,
    payment_id: id,
    route,
    key,
    response_status: status,
    response_body: body,
  };
}

/** $1 payments, $2 attempts, $3 operations, $4 adjustments, $5 events, $6 claims: JSON arrays over all writes. */
function parametersOf(writes: readonly Write[]): string[] {
  const of = (rows: (write: Write) => readonly unknown[]) => toJson(writes.flatMap(rows));
  return [
    of(({ record, change }) => [paymentRow(record.payment, change.before)]),
    of(({ change }) => (change.attempts ?? []).map((one) => toRow(one))),
    of(({ change }) => (change.operations ?? []).map((one) => toRow(one))),
    of(({ record, change }) =>
      (change.adjustments ?? []).map((one) => adjustmentRow(record.payment, one)),
    ),
    of(({ record, change }) => (change.events ?? []).map((one) => eventRow(record.payment, one))),
    of(({ record, change }) =>
      change.claim ? [claimRow(record.payment, change.claim, change.answer)] : [],
    ),
  ];
}

/** What no change of a payment sets: the statement does not read it, so it is not sent. */
const FIXED = [
  'type',
  'currency',
  'customerId',
  'reference',
  'description',
  'captureMethod',
  'sealedClientSecret',
  'source',
  'sourceId',
  'sourceDescription',
  'createdAt',
] as const satisfies readonly (keyof Payment)[];
const LARGE = ['plan', 'request', 'customer', 'metadata'] as const satisfies (keyof Payment)[];

function paymentRow(payment: Payment, before: Payment | undefined): Record<string, unknown> {
  if (!before) return toRow(payment);
  const same = LARGE.filter((field) => payment[field] === before[field]);
  return toRow(payment, new Set<string>([...FIXED, ...same]));
}

function claimRow(payment: Payment, claim: KeyClaim, answer: KeyAnswer | null | undefined) {
  return {
    environment_id: payment.environmentId,
    payment_id: payment.id,
    route: claim.route,
    key: claim.key,
    fingerprint: claim.fingerprint.toString('hex'),
    resource_id: claim.resourceId,
    created_at: toTime(claim.createdAt),
    response_status: answer?.status ?? null,
    response_body: answer?.body ?? null,
  };
}

function adjustmentRow(payment: Payment, one: Adjustment) {
  return {
    environment_id: payment.environmentId,
    payment_id: payment.id,
    attempt_id: one.attemptId,
    operation_id: one.operationId,
    source: one.source,
    reason: one.reason,
    from_status: one.fromStatus,
    to_status: one.toStatus,
    attempt_from: one.attemptFrom,
    attempt_to: one.attemptTo,
    evidence: one.evidence ?? {},
    ...(one.ledger ? ledgerColumns(one.ledger) : {}),
    created_at: toTime(one.createdAt),
  };
}

function ledgerColumns({ status, amountMinor, recorded }: LedgerLine) {
  return {
    ledger_status: status,
    amount_minor: amountMinor,
    reference: recorded?.reference ?? null,
    occurred_at: recorded?.occurredAt ?? null,
  };
}

function eventRow(payment: Payment, one: OutboxEvent) {
  return {
    environment_id: payment.environmentId,
    id: one.id,
    payment_id: payment.id,
    payment_sequence: one.paymentSequence,
    type: one.type,
    snapshot: one.snapshot,
    created_at: toTime(one.createdAt),
  };
}

/** Writes a new payment; concurrent ones share a statement. False when the Idempotency-Key was taken. */
export function beginPayment(
  db: Executor,
  record: PaymentRecord,
  change: Change,
): Promise<boolean> {
  return db.together(BEGINS, { record, change });
}

/** Applies a change; concurrent ones of other payments share a statement. */
export function commitPayment(
  db: Executor,
  record: PaymentRecord,
  change: Change,
): Promise<Committed> {
  return db.together(COMMITS, { record, change });
}

const paymentIdOf = ({ record }: Write) => record.payment.id;
const BEGINS: Kind<Write, boolean> = { run: beginPayments, keyOf: paymentIdOf };
const COMMITS: Kind<Write, Committed> = { run: commitPayments, keyOf: paymentIdOf };

// json, not jsonb: it is only written to be read. A number cannot hold every bigint, so amounts come again as text;
// of two members with one name the last is read.
const LOAD: Statement = {
  name: 'payments_load',
  text: `
SELECT p.*,
  (SELECT coalesce(json_agg(r ORDER BY r.number), '[]') FROM (
     SELECT a.*, a.amount_minor::text AS amount_minor, a.authorized_minor::text AS authorized_minor,
       a.captured_minor::text AS captured_minor, a.ledger_minor::text AS ledger_minor
     FROM attempts a WHERE a.environment_id = p.environment_id AND a.payment_id = p.id) r) AS attempt_rows,
  (SELECT coalesce(json_agg(r ORDER BY r.id), '[]') FROM (
     SELECT o.*, o.amount_minor::text AS amount_minor
     FROM operations o WHERE o.environment_id = p.environment_id AND o.payment_id = p.id) r) AS operation_rows
FROM unnest($1::text[], $2::text[]) AS w(environment_id, id)
JOIN payments p ON p.environment_id = w.environment_id AND p.id = w.id`,
};

type LoadedRow = Record<string, unknown> & {
  attempt_rows: Record<string, unknown>[];
  operation_rows: Record<string, unknown>[];
};

interface PaymentPlace {
  readonly environmentId: string;
  readonly paymentId: string;
}

/** The whole record of one payment, or null; concurrent loads share a statement. */
export function loadPayment(
  db: Executor,
  environmentId: string,
  paymentId: string,
): Promise<PaymentRecord | null> {
  return db.together(LOADS, { environmentId, paymentId });
}

const LOADS: Kind<PaymentPlace, PaymentRecord | null> = { run: loadPayments, keyOf: () => null };

async function loadPayments(
  db: Executor,
  places: readonly PaymentPlace[],
): Promise<(PaymentRecord | null)[]> {
  const rows = await db.run<LoadedRow>(LOAD, [
    places.map(({ environmentId }) => environmentId),
    places.map(({ paymentId }) => paymentId),
  ]);
  const records = new Map(
    rows
      .map(toRecord)
      .map((record) => [keyOf(record.payment.environmentId, record.payment.id), record]),
  );
  return places.map(
    ({ environmentId, paymentId }) => records.get(keyOf(environmentId, paymentId)) ?? null,
  );
}

const keyOf = (environmentId: string, paymentId: string) => `${environmentId} ${paymentId}`;

/** Columns that only store/ledger.ts reads: what was recorded with an attempt, and never changes. */
function withoutRecorded(row: Record<string, unknown>): Record<string, unknown> {
  const {
    opened_status: _status,
    asset_sent: _asset,
    scheme: _scheme,
    source_account: _source,
    destination_account: _destination,
    ...attempt
  } = row;
  return attempt;
}

function toRecord({ attempt_rows, operation_rows, ...payment }: LoadedRow): PaymentRecord {
  return {
    payment: toPayment(payment),
    attempts: attempt_rows.map((one) => toAttempt(fromJsonRow(withoutRecorded(one)))),
    operations: operation_rows.map((one) => toOperation(fromJsonRow(one))),
  };
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
  text: `SELECT environment_id AS "environmentId" FROM payments
WHERE id = $1 AND type = 'pay_in' AND source <> 'formance'`,
};

/** Whose payment it is, for a customer's browser that knows no more than its id. */
export async function findPaymentEnvironment(
  db: Executor,
  paymentId: string,
): Promise<string | null> {
  const [row] = await db.run<{ environmentId: string }>(ENVIRONMENT, [paymentId]);
  return row?.environmentId ?? null;
}
