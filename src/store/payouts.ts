// What payouts have besides their payment, and lists of them. A row is written with its payment and never changed, but
// for the reference of one that was deleted before it was sent, which is free again then.
import type { PaymentType } from '../domain/payment/payment.ts';
import type { Beneficiary } from '../domain/payout/beneficiary.ts';
import { type Executor, type Statement, toTime } from './db.ts';

export interface Payout {
  readonly environmentId: string;
  readonly paymentId: string;
  /** The connection that was asked for. */
  readonly connectionId: string;
  /** Its name at that connection, unique there. */
  readonly reference: string;
  /** As it was sent: `USD` or `USD/2`. */
  readonly asset: string;
  /** Masked. */
  readonly beneficiary: Beneficiary | null;
  readonly sealedBeneficiary: string | null;
  readonly beneficiaryId: string | null;
  /** The PSP's own names of accounts. */
  readonly sourceAccount: string | null;
  readonly destinationAccount: string | null;
  readonly scheduledAt: number | null;
  readonly createdBy: string;
  readonly createdAt: number;
}

const COLUMNS = `
  t.environment_id AS "environmentId", t.payment_id AS "paymentId", t.connection_id AS "connectionId", t.reference,
  t.asset, t.beneficiary, t.sealed_beneficiary AS "sealedBeneficiary", t.beneficiary_id AS "beneficiaryId",
  t.source_account AS "sourceAccount", t.destination_account AS "destinationAccount",
  t.scheduled_at AS "scheduledAt", t.created_by AS "createdBy", t.created_at AS "createdAt"`;

const INSERT: Statement = {
  name: 'payouts_insert',
  text: `
INSERT INTO payouts (environment_id, payment_id, connection_id, reference, asset, beneficiary, sealed_beneficiary,
  beneficiary_id, source_account, destination_account, scheduled_at, created_by, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
};

/** In the transaction that writes the payment. Violates `payouts_reference` when the reference is taken. */
export async function insertPayout(tx: Executor, payout: Payout): Promise<void> {
  await tx.run(INSERT, [
    payout.environmentId,
    payout.paymentId,
    payout.connectionId,
    payout.reference,
    payout.asset,
    payout.beneficiary && JSON.stringify(payout.beneficiary),
    payout.sealedBeneficiary,
    payout.beneficiaryId,
    payout.sourceAccount,
    payout.destinationAccount,
    toTime(payout.scheduledAt),
    payout.createdBy,
    toTime(payout.createdAt),
  ]);
}

const FIND: Statement = {
  name: 'payouts_find',
  text: `SELECT ${COLUMNS} FROM payouts t WHERE t.environment_id = $1 AND t.payment_id = $2`,
};

export async function findPayoutRow(
  db: Executor,
  environmentId: string,
  paymentId: string,
): Promise<Payout | null> {
  const [row] = await db.run<Payout>(FIND, [environmentId, paymentId]);
  return row ?? null;
}

const BY_REFERENCE: Statement = {
  name: 'payouts_by_reference',
  text: `SELECT ${COLUMNS} FROM payouts t
JOIN payments p ON p.environment_id = t.environment_id AND p.id = t.payment_id
WHERE t.environment_id = $1 AND t.connection_id = $2 AND t.reference = $3 AND p.status <> 'abandoned'`,
};

/** One that was deleted is none: its reference is free. */
export async function findPayoutByReference(
  db: Executor,
  environmentId: string,
  connectionId: string,
  reference: string,
): Promise<Payout | null> {
  const [row] = await db.run<Payout>(BY_REFERENCE, [environmentId, connectionId, reference]);
  return row ?? null;
}

const FREE: Statement = {
  name: 'payouts_free_reference',
  text: `
UPDATE payouts t SET reference = t.payment_id FROM payments p
WHERE t.environment_id = $1 AND t.connection_id = $2 AND t.reference = $3
  AND p.environment_id = t.environment_id AND p.id = t.payment_id AND p.status = 'abandoned'`,
};

/** Takes a reference from a payout that was deleted before anything of it was sent; nothing is ever sent of it again. */
export async function freeReference(
  tx: Executor,
  { environmentId, connectionId, reference }: Payout,
): Promise<void> {
  await tx.run(FREE, [environmentId, connectionId, reference]);
}

export interface PayoutFilter {
  readonly type: Exclude<PaymentType, 'pay_in'> | null;
  /** Statuses of the payment; null: any. */
  readonly statuses: readonly string[] | null;
  /** Whether it was paid out once; null: either. */
  readonly wasPaid: boolean | null;
  /** Whether it has an attempt; null: either. */
  readonly wasBegun: boolean | null;
}

const WHERE = `p.environment_id = $1 AND p.type <> 'pay_in' AND ($2::text IS NULL OR p.type = $2)
  AND ($3::text[] IS NULL OR p.status = ANY ($3)) AND ($4::boolean IS NULL OR (p.captured_at IS NOT NULL) = $4)
  AND ($5::boolean IS NULL OR $5 = EXISTS (
    SELECT 1 FROM attempts a WHERE a.environment_id = p.environment_id AND a.payment_id = p.id))
  AND EXISTS (SELECT 1 FROM payouts t WHERE t.environment_id = p.environment_id AND t.payment_id = p.id)`;

const LIST: Statement = {
  name: 'payouts_list',
  text: `SELECT p.id FROM payments p WHERE ${WHERE} ORDER BY p.id DESC LIMIT $6 OFFSET $7`,
};

const COUNT: Statement = {
  name: 'payouts_count',
  text: `SELECT count(*)::int AS total FROM payments p WHERE ${WHERE}`,
};

/** Ids, newest first, and how many there are in all. */
export async function listPayouts(
  db: Executor,
  environmentId: string,
  { type, statuses, wasPaid, wasBegun }: PayoutFilter,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<{ readonly ids: readonly string[]; readonly total: number }> {
  const values = [environmentId, type, statuses, wasPaid, wasBegun];
  const [rows, [count]] = await Promise.all([
    db.run<{ id: string }>(LIST, [...values, limit, offset]),
    db.run<{ total: number }>(COUNT, values),
  ]);
  return { ids: rows.map(({ id }) => id), total: count?.total ?? 0 };
}
