// Transactions of the Connxt API: payments, payouts and refunds of one environment, found by their own ids and listed
// together. The rows are those of the core; nothing is kept twice.
import { type Executor, type Statement, toTime } from './db.ts';
import { idsNamed } from './payment-names.ts';

/** Where a transaction stands: a payment, or a refund of it. */
export interface TransactionPlace {
  readonly paymentId: string;
  readonly operationId: string | null;
}

const FIND: Statement = {
  name: 'transactions_find',
  text: `
SELECT id AS "paymentId", NULL AS "operationId" FROM payments
WHERE environment_id = $1 AND request ? 'transaction' AND request->'transaction'->>'id' = $2
UNION ALL
SELECT payment_id, id FROM operations
WHERE environment_id = $1 AND psp_state ? 'sy_txn' AND psp_state->>'sy_txn' = $2`,
};

/** By the id that a Connxt client was given. */
export async function findTransaction(
  db: Executor,
  environmentId: string,
  txnId: string,
): Promise<TransactionPlace | null> {
  return (await db.run<TransactionPlace>(FIND, [environmentId, txnId]))[0] ?? null;
}

const BY_PSP_ID: Statement = {
  name: 'transactions_by_psp_id',
  text: `
SELECT payment_id AS "paymentId", NULL AS "operationId" FROM attempts
WHERE environment_id = $1 AND psp_reference = $2
UNION ALL
SELECT payment_id, id FROM operations WHERE environment_id = $1 AND psp_reference = $2
LIMIT 2`,
};

/** By the PSP's own id; null also when two have it. */
export async function findByPspId(
  db: Executor,
  environmentId: string,
  pspId: string,
): Promise<TransactionPlace | null> {
  const rows = await db.run<TransactionPlace>(BY_PSP_ID, [environmentId, pspId]);
  return rows.length === 1 ? rows[0]! : null;
}

const PAID_UNDER_SAME: Statement = {
  name: 'transactions_paid_under_same_reference',
  text: `
SELECT o.payment_id AS "paymentId" FROM attempts a JOIN attempts o
  ON o.environment_id = a.environment_id AND o.connection_id = a.connection_id
WHERE a.environment_id = $1 AND a.payment_id = $2 AND a.id = $3 AND o.psp_reference = $4
  AND o.payment_id <> a.payment_id AND o.status = 'succeeded' AND o.input <> '' LIMIT 1`,
};

export interface Paid {
  readonly paymentId: string;
  readonly attemptId: string;
  readonly pspReference: string;
}

/** Another payment that this server made at the same connection, and that succeeded under the same id of the PSP. */
export async function findPaidUnderSameReference(
  db: Executor,
  environmentId: string,
  { paymentId, attemptId, pspReference }: Paid,
): Promise<string | null> {
  const values = [environmentId, paymentId, attemptId, pspReference];
  return (await db.run<{ paymentId: string }>(PAID_UNDER_SAME, values))[0]?.paymentId ?? null;
}

export interface TransactionFilter {
  readonly pspId: string | null;
  readonly action: 'DEPOSIT' | 'WITHDRAW' | 'REFUND' | null;
  readonly transactionType: string | null;
  readonly merchantOrderId: string | null;
  readonly externalRequestId: string | null;
  /** Epoch milliseconds, both ends included. */
  readonly from: number | null;
  readonly to: number | null;
}

const TRANSACTION = `request->'transaction'`;
const FACTS = `(psp_state->>'sy_facts')::jsonb`;
const WITHIN = `($7::timestamptz IS NULL OR created_at >= $7) AND ($8::timestamptz IS NULL OR created_at <= $8)`;

/**
 * Payments of one type and kind of id: those are in the order in which they came here, so the index alone finds the newest.
 * What was recorded is of another time than its id.
 */
const payments = (
  type: 'pay_in' | 'payout',
  action: 'DEPOSIT' | 'WITHDRAW',
  kind = "id LIKE 'pay\\_%'",
) => `
  SELECT id AS "paymentId", NULL AS "operationId", id AS own FROM payments
  WHERE environment_id = $1 AND type = '${type}' AND ${kind} AND ($2::text IS NULL OR connection_id = $2)
    AND ($3::text IS NULL OR $3 = '${action}')
    AND ($4::text IS NULL OR ${TRANSACTION}->>'transactionType' = $4)
    AND ($5::text IS NULL OR (request ? 'transaction' AND ${TRANSACTION}->>'merchantOrderId' = $5)
      OR (NOT request ? 'transaction' AND id = ANY (${idsNamed('$5')})))
    AND ($6::text IS NULL OR ${TRANSACTION}->>'externalRequestId' = $6) AND ${WITHIN}
  ORDER BY id DESC LIMIT $9::int`;

const REFUNDS = `
  SELECT payment_id, id, id FROM operations
  WHERE environment_id = $1 AND kind = 'refund' AND ($2::text IS NULL OR connection_id = $2)
    AND ($3::text IS NULL OR $3 = 'REFUND')
    AND ($4::text IS NULL OR ${FACTS}->>'transactionType' = $4)
    AND ($5::text IS NULL OR ${FACTS}->>'merchantOrderId' = $5)
    AND ($6::text IS NULL OR ${FACTS}->>'externalRequestId' = $6) AND ${WITHIN}
  ORDER BY id DESC LIMIT $9::int`;

const FOUND = `WITH found AS (
  (${payments('pay_in', 'DEPOSIT')}) UNION ALL (${REFUNDS}) UNION ALL
  (${payments('payout', 'WITHDRAW', "id LIKE 'po\\_%'")}) UNION ALL (${payments('payout', 'WITHDRAW')})
)`;

/** The part of an id that tells its time. */
const CAME = 'right(own, 32)';

const PAGE: Statement = {
  name: 'transactions_page',
  text: `${FOUND} SELECT "paymentId", "operationId" FROM found ORDER BY ${CAME} DESC, own DESC LIMIT $9::int - $10::int OFFSET $10`,
};

const COUNT: Statement = {
  name: 'transactions_count',
  text: `${FOUND} SELECT least(count(*), $9::int)::int AS total FROM found`,
};

/** Counted no further. */
const COUNTED_MAX = 10_000;

/** Newest first, with how many there are: 10 000 stands for more. */
export async function listTransactions(
  db: Executor,
  environmentId: string,
  filter: TransactionFilter,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<{ readonly places: readonly TransactionPlace[]; readonly total: number }> {
  const { pspId, action, transactionType, merchantOrderId, externalRequestId, from, to } = filter;
  const values = [environmentId, pspId, action, transactionType, merchantOrderId];
  const all = [...values, externalRequestId, toTime(from), toTime(to)];
  const [places, [count]] = await Promise.all([
    db.run<TransactionPlace>(PAGE, [...all, offset + limit, offset]),
    db.run<{ total: number }>(COUNT, [...all, COUNTED_MAX]),
  ]);
  return { places, total: count?.total ?? 0 };
}
