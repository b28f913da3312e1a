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
    ORDER BY coalesce(j.occurred_at, j.created_at) DESC, j.id DESC LIMIT 1), nullif(a.opened_status, 'NONE')) END AS "statusBefore"`;

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

/** Each shape of a query is planned for itself and not kept: there are as many as clients think of. */
export async function listLedger(
  db: Executor,
  environmentId: string,
  page: PageRequest,
): Promise<(LedgerEntry & { readonly position: readonly string[] })[]> {
  const values: unknown[] = [environmentId, page.limit];
  const { where, orderBy, position } = pageSql(page, ledgerColumns, values);
  const text = `SELECT ${ENTRY}, ${position} AS position ${FROM}
WHERE a.environment_id = $1${where} ORDER BY ${orderBy} LIMIT $2`;
  type Found = Row & { readonly position: readonly string[] };
  return (await db.run<Found>({ name: '', text }, values)).map(toEntry);
}

const FIND: Statement = {
  name: 'ledger_find',
  text: `SELECT ${ENTRY} ${FROM}
WHERE a.environment_id = $1 AND a.reference = $2 AND a.connection_id = $3 AND a.type = $4`,
};

export async function findEntry(
  db: Executor,
  environmentId: string,
  { reference, connectionId, type }: NaturalKey,
): Promise<LedgerEntry | null> {
  const [row] = await db.run<Row>(FIND, [environmentId, reference, connectionId, type]);
  return row ? toEntry(row) : null;
}

const ADJUSTMENTS: Statement = {
  name: 'ledger_adjustments',
  text: `
SELECT j.attempt_id AS "attemptId", j.reference, j.operation_id AS "operationId", j.ledger_status AS status,
  j.amount_minor AS "amountMinor", j.evidence,
  to_char(coalesce(j.occurred_at, j.created_at), ${MICROSECONDS}) AS "createdAt"
FROM adjustments j
WHERE j.environment_id = $1 AND j.payment_id = ANY($2) AND j.attempt_id = ANY($3) AND j.ledger_status IS NOT NULL
ORDER BY coalesce(j.occurred_at, j.created_at), j.id`,
};

/** Beyond the one that each entry stands for itself; oldest first. */
export async function listLedgerAdjustments(
  db: Executor,
  environmentId: string,
  entries: readonly Pick<LedgerEntry, 'paymentId' | 'attemptId'>[],
): Promise<LedgerAdjustment[]> {
  if (entries.length === 0) return [];
  const rows = await db.run<LedgerAdjustment>(ADJUSTMENTS, [
    environmentId,
    entries.map(({ paymentId }) => paymentId),
    entries.map(({ attemptId }) => attemptId),
  ]);
  return rows.map((row) => ({ ...row, createdAt: instantText(row.createdAt) }));
}

const HAS_EVIDENCE: Statement = {
  name: 'ledger_has_evidence',
  text: `
SELECT 1 FROM adjustments WHERE environment_id = $1 AND payment_id = $2 AND reason = $3 AND evidence = $4::jsonb LIMIT 1`,
};

/** Whether the history of a payment has a line that says just this. */
export async function hasEvidence(
  db: Executor,
  { environmentId, id }: { readonly environmentId: string; readonly id: string },
  reason: string,
  evidence: Readonly<Record<string, unknown>>,
): Promise<boolean> {
  const values = [environmentId, id, reason, JSON.stringify(evidence)];
  return (await db.run(HAS_EVIDENCE, values)).length > 0;
}
