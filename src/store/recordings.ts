// New payments that were recorded, not made here: each with its one attempt, its adjustments and its event, all of many
// requests in one statement. A payment that is there already (same connection, reference and type) is left alone.
import type { LedgerStatus } from '../domain/ledger/words.ts';
import type { AttemptStatus, PaymentType } from '../domain/payment/payment.ts';
import type { PaymentStatus } from '../domain/payment/status.ts';
import type { Executor, Kind, Statement } from './db.ts';
import { DELIVERIES_OF_E } from './deliveries.ts';
import { toJson } from './payment-rows.ts';

export interface Recording {
  readonly environmentId: string;
  readonly paymentId: string;
  readonly attemptId: string;
  readonly eventId: string;
  readonly connectionId: string;
  readonly provider: string;
  readonly type: PaymentType;
  readonly reference: string;
  readonly openedStatus: LedgerStatus | 'NONE';
  readonly ledgerStatus: LedgerStatus;
  readonly initialMinor: bigint;
  readonly ledgerMinor: bigint;
  readonly currency: string;
  readonly assetSent: string | null;
  readonly scheme: string | null;
  readonly sourceAccount: string | null;
  readonly destinationAccount: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  /** RFC 3339. */
  readonly createdAt: string;
  readonly recordedAt: string;
  readonly status: PaymentStatus;
  readonly attemptStatus: AttemptStatus;
  readonly authorizedMinor: bigint;
  readonly capturedMinor: bigint;
  readonly refundedMinor: bigint;
  readonly eventType: string;
  readonly snapshot: unknown;
  readonly adjustments: readonly RecordedAdjustment[];
}

export interface RecordedAdjustment {
  readonly reference: string;
  /** RFC 3339. */
  readonly occurredAt: string;
  readonly status: LedgerStatus;
  readonly amountMinor: bigint;
  readonly evidence: Readonly<Record<string, unknown>>;
}

const RECORD: Statement = {
  name: 'recordings_insert',
  text: `
WITH w AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset($1::jsonb) AS w("environmentId" text, "paymentId" text, "attemptId" text,
    "eventId" text, "connectionId" text, provider text, type text, reference text, "openedStatus" text,
    "ledgerStatus" text, "initialMinor" bigint, "ledgerMinor" bigint, currency text, "assetSent" text, scheme text,
    "sourceAccount" text, "destinationAccount" text, metadata jsonb, "createdAt" timestamptz,
    "recordedAt" timestamptz, status text, "attemptStatus" text, "authorizedMinor" bigint, "capturedMinor" bigint,
    "refundedMinor" bigint, "eventType" text, snapshot jsonb, adjustments jsonb)
), a AS (
  INSERT INTO attempts (environment_id, id, payment_id, number, connection_id, provider, operation, status,
    amount_minor, currency, authorized_minor, captured_minor, psp_state, prompted, error, latency_ms, input,
    sync_count, not_found_count, created_at, updated_at, type, reference, ledger_status, ledger_minor, opened_status,
    asset_sent, scheme, source_account, destination_account)
  SELECT "environmentId", "attemptId", "paymentId", 1, "connectionId", provider, 'record', "attemptStatus",
    "initialMinor", currency, "authorizedMinor", "capturedMinor", '{}', false, '', 0, '',
    0, 0, "createdAt", "recordedAt", type, reference, "ledgerStatus", "ledgerMinor", "openedStatus",
    "assetSent", scheme, "sourceAccount", "destinationAccount"
  FROM w ORDER BY "environmentId", reference, "connectionId", type
  ON CONFLICT (environment_id, reference, hashtextextended(connection_id || ' ' || type, 0)) DO NOTHING
  RETURNING payment_id
), n AS MATERIALIZED (
  SELECT w.* FROM w JOIN a ON a.payment_id = w."paymentId"
), p AS (
  INSERT INTO payments (environment_id, id, type, status, amount_minor, currency, customer, reference, metadata,
    capture_method, connection_id, provider, sealed_client_secret, authorized_minor, captured_minor,
    capture_pending_minor, refunded_minor, refund_pending_minor, fee_is_actual, plan_since, request, source,
    source_id, source_description, captured_at, expires_at, event_sequence, version, created_at, updated_at)
  SELECT "environmentId", "paymentId", type, status, "initialMinor", currency, '{}', reference, metadata,
    'automatic', "connectionId", provider, '', "authorizedMinor", "capturedMinor",
    0, "refundedMinor", 0, false, 1, '{}', 'formance',
    '', '', CASE WHEN "capturedMinor" > 0 THEN "createdAt" END, "createdAt", 1, 1, "createdAt", "recordedAt"
  FROM n
), j AS (
  INSERT INTO adjustments (environment_id, payment_id, attempt_id, source, reason, from_status, to_status, evidence,
    created_at, ledger_status, amount_minor, reference, occurred_at)
  SELECT n."environmentId", n."paymentId", n."attemptId", 'merchant', 'recorded', n.status, n.status, t.evidence,
    n."recordedAt", t.status, t."amountMinor", t.reference, t."occurredAt"
  FROM n, jsonb_to_recordset(n.adjustments) AS t(reference text, "occurredAt" timestamptz,
    status text, "amountMinor" bigint, evidence jsonb, number int)
  ORDER BY n."paymentId", t.number
), e AS (
  INSERT INTO events (environment_id, id, payment_id, payment_sequence, type, snapshot, created_at)
  SELECT "environmentId", "eventId", "paymentId", 1, "eventType", snapshot, "recordedAt" FROM n
  RETURNING environment_id, id, sequence, type, payment_id, created_at
), d AS (${DELIVERIES_OF_E}
)
SELECT "paymentId", EXISTS (SELECT 1 FROM d WHERE d.payment_id = n."paymentId") AS delivers FROM n`,
};

/** For each whether it was written; false: there is one already. */
async function writeRecordings(db: Executor, items: readonly Recording[]): Promise<boolean[]> {
  const rows = await db.run<{ paymentId: string; delivers: boolean }>(RECORD, [
    toJson(items.map(rowOf)),
  ]);
  const written = new Map(rows.map(({ paymentId, delivers }) => [paymentId, delivers]));
  const told = items.filter(({ paymentId }) => written.get(paymentId));
  for (const one of new Set(told.map(({ environmentId }) => environmentId))) db.announce(one);
  return items.map(({ paymentId }) => written.has(paymentId));
}

function rowOf({ adjustments, ...row }: Recording) {
  return { ...row, adjustments: adjustments.map((one, number) => ({ ...one, number })) };
}

/** Concurrent ones share a statement. */
export function writeRecording(db: Executor, recording: Recording): Promise<boolean> {
  return db.together(RECORDINGS, recording);
}

const RECORDINGS: Kind<Recording, boolean> = {
  run: writeRecordings,
  keyOf: ({ environmentId, connectionId, reference, type }) =>
    `${environmentId} ${connectionId} ${type} ${reference}`,
};
