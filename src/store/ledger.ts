// The ledger's view of attempts: one row an attempt, made here or recorded. Amounts and status are columns of the
// attempt, written by whoever changes it (flows/change-payment.ts, store/recordings.ts); this file only reads.
import { instantText } from '../domain/ledger/instant.ts';
import type { LedgerStatus } from '../domain/ledger/words.ts';
import type { PaymentType } from '../domain/payment/payment.ts';
import type { Executor, Statement } from './db.ts';
import { type Columns, type PageRequest, pageSql } from './pages.ts';

/** What names a payment of the ledger: nothing else is its key. */
export interface NaturalKey {
  readonly connectionId: string;
  readonly reference: string;
  readonly type: PaymentType;
}

export interface LedgerEntry extends NaturalKey {
  readonly paymentId: string;
  readonly attemptId: string;
  readonly provider: string;
  /** It was recorded, not made here. */
  readonly recorded: boolean;
  readonly status: LedgerStatus;
  /** The status before the latest, where v1 has no word for the latest. */
  readonly statusBefore: LedgerStatus | null;
  /** The status of the adjustment that the entry itself stands for; null: there is none, all are rows. */
  readonly openedStatus: LedgerStatus | null;
  readonly initialMinor: bigint;
  readonly amountMinor: bigint;
  /** See domain/ledger/asset.ts. */
  readonly unit: string;
  /** As the client spelled it, where that is not the published form. */
  readonly assetSent: string | null;
  readonly scheme: string | null;
  /** See api/formance/account-names.ts. */
  readonly sourceAccount: string | null;
  readonly destinationAccount: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** RFC 3339. */
  readonly createdAt: string;
}

export interface LedgerAdjustment {
  readonly attemptId: string;
  /** Null: that of the payment, or of the refund it is. */
  readonly reference: string | null;
  readonly operationId: string | null;
  readonly status: LedgerStatus;
  readonly amountMinor: bigint;
  readonly evidence: Readonly<Record<string, unknown>>;
  /** RFC 3339. */
  readonly createdAt: string;
}

/** An entry with its adjustments beyond the one that it stands for itself, oldest first. */
export interface Recorded {
  readonly entry: LedgerEntry;
  readonly adjustments: readonly LedgerAdjustment[];
}

const MICROSECONDS = `'YYYY-MM-DD"T"HH24:MI:SS.US'`;

const ENTRY = `
  a.payment_id AS "paymentId", a.id AS "attemptId", a.connection_id AS "connectionId", a.provider, a.type, a.reference,
  a.operation = 'record' AS recorded, a.ledger_status AS status, a.opened_status AS "openedStatus",
  a.amount_minor AS "initialMinor", a.ledger_minor AS "amountMinor", a.currency AS unit, a.scheme,
  coalesce(a.asset_sent, o.asset) AS "assetSent", coalesce(a.source_account, o.source_account) AS "sourceAccount",
  coalesce(a.destination_account, o.destination_account) AS "destinationAccount", p.metadata,
  to_char(a.created_at, ${MICROSECONDS}) AS "createdAt",
  CASE WHEN a.ledger_status = 'AMOUNT_ADJUSTEMENT' THEN coalesce((
    SELECT j.ledger_status FROM adjustments j
    WHERE j.environment_id = a.environment_id AND j.payment_id = a.payment_id AND j.attempt_id = a.id
      AND j.ledger_status <> 'AMOUNT_ADJUSTEMENT'
      AND (a.opened_status = 'NONE' OR coalesce(j.occurred_at, j.created_at) >= a.created_at)
    ORDER BY coalesce(j.occurred_at, j.created_at) DESC, j.id DESC LIMIT 1), nullif(a.opened_status, 'NONE')) END AS "statusBefore"`;

/** In the statement that reads the entry: read after it they would be of another moment. */
const ADJUSTMENTS = `p.version, coalesce((
  SELECT jsonb_agg(jsonb_build_object('attemptId', j.attempt_id, 'reference', j.reference,
    'operationId', j.operation_id, 'status', j.ledger_status, 'amountMinor', j.amount_minor::text,
    'evidence', j.evidence, 'createdAt', to_char(coalesce(j.occurred_at, j.created_at), ${MICROSECONDS}))
    ORDER BY coalesce(j.occurred_at, j.created_at), j.id)
  FROM adjustments j WHERE j.environment_id = a.environment_id AND j.payment_id = a.payment_id
    AND j.attempt_id = a.id AND j.ledger_status IS NOT NULL), '[]') AS adjustments`;

/** Of a payout the accounts and the asset stand in its own row. */
const FROM = `
FROM attempts a JOIN payments p ON p.environment_id = a.environment_id AND p.id = a.payment_id
LEFT JOIN payouts o ON o.environment_id = a.environment_id AND o.payment_id = a.payment_id`;

type Row = Omit<LedgerEntry, 'openedStatus'> & {
  readonly openedStatus: LedgerStatus | 'NONE' | null;
};

/** An attempt that was made here opens as pending. */
function toEntry<R extends Row>(row: R): R & LedgerEntry {
  const openedStatus = row.openedStatus === 'NONE' ? null : (row.openedStatus ?? 'PENDING');
  return { ...row, openedStatus, createdAt: instantText(row.createdAt) };
}

type WholeRow = Row & {
  readonly version: number;
  readonly adjustments: readonly (Omit<LedgerAdjustment, 'amountMinor'> & {
    readonly amountMinor: string;
  })[];
};

function toRecorded({ adjustments, ...row }: WholeRow): Recorded {
  return {
    entry: toEntry(row),
    adjustments: adjustments.map(({ amountMinor, createdAt, ...one }) => ({
      ...one,
      amountMinor: BigInt(amountMinor),
      createdAt: instantText(createdAt),
    })),
  };
}

/** What a list can be asked for and sorted by. */
const ledgerColumns: Columns = {
  attempt_id: { sql: 'a.id', type: 'text' },
  reference: { sql: 'a.reference', type: 'text' },
  connection_id: { sql: 'a.connection_id', type: 'text' },
  type: { sql: 'a.type', type: 'text' },
  unit: { sql: 'a.currency', type: 'text' },
  scheme: { sql: `coalesce(a.scheme, 'unknown')`, type: 'text' },
  status: { sql: 'a.ledger_status', type: 'text' },
  source_account: { sql: 'coalesce(a.source_account, o.source_account)', type: 'text' },
  destination_account: {
    sql: 'coalesce(a.destination_account, o.destination_account)',
    type: 'text',
  },
  amount: { sql: 'a.ledger_minor', type: 'bigint' },
  initial_amount: { sql: 'a.amount_minor', type: 'bigint' },
  created_at: { sql: 'a.created_at', type: 'timestamptz' },
  metadata: { sql: 'p.metadata', type: 'map' },
};

interface Positioned {
  readonly position: readonly string[];
}

export async function listLedger(
  db: Executor,
  environmentId: string,
  page: PageRequest,
): Promise<(LedgerEntry & Positioned)[]> {
  return (await runPage<Row & Positioned>(db, environmentId, page, ENTRY)).map(toEntry);
}

export async function listRecorded(
  db: Executor,
  environmentId: string,
  page: PageRequest,
): Promise<(Recorded & Positioned)[]> {
  const fields = `${ENTRY}, ${ADJUSTMENTS}`;
  const rows = await runPage<WholeRow & Positioned>(db, environmentId, page, fields);
  return rows.map((row) => ({ ...toRecorded(row), position: row.position }));
}

/** Each shape of a query is planned for itself and not kept: there are as many as clients think of. */
function runPage<Found>(
  db: Executor,
  environmentId: string,
  page: PageRequest,
  fields: string,
): Promise<Found[]> {
  const values: unknown[] = [environmentId, page.limit];
  const { where, orderBy, position } = pageSql(page, ledgerColumns, values);
  const text = `SELECT ${fields}, ${position} AS position ${FROM}
WHERE a.environment_id = $1${where} ORDER BY ${orderBy} LIMIT $2`;
  return db.run<Found>({ name: '', text }, values);
}

const FIND_RECORDED: Statement = {
  name: 'ledger_find_recorded',
  text: `SELECT ${ENTRY}, ${ADJUSTMENTS} ${FROM}
WHERE a.environment_id = $1 AND a.reference = $2 AND a.connection_id = $3 AND a.type = $4`,
};

/** With the version of the payment that it is of. */
export async function findRecorded(
  db: Executor,
  environmentId: string,
  { reference, connectionId, type }: NaturalKey,
): Promise<(Recorded & { readonly version: number }) | null> {
  const values = [environmentId, reference, connectionId, type];
  const [row] = await db.run<WholeRow>(FIND_RECORDED, values);
  return row ? { ...toRecorded(row), version: row.version } : null;
}

const HAS_EVIDENCE: Statement = {
  name: 'ledger_has_evidence',
  text: `
SELECT 1 FROM adjustments
WHERE environment_id = $1 AND payment_id = $2 AND starts_with(reason, $3) AND evidence = $4::jsonb LIMIT 1`,
};

/** Whether the history of a payment has a line that says just this, whatever is noted behind its reason. */
export async function hasEvidence(
  db: Executor,
  { environmentId, id }: { readonly environmentId: string; readonly id: string },
  reason: string,
  evidence: Readonly<Record<string, unknown>>,
): Promise<boolean> {
  const values = [environmentId, id, reason, JSON.stringify(evidence)];
  return (await db.run(HAS_EVIDENCE, values)).length > 0;
}
