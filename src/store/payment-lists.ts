// Pages of payments, refunds and history. Newest first is by id (UUIDv7), so the primary key is the order.
import type { Adjustment, Operation, Payment } from '../domain/payment/payment.ts';
import type { Executor } from './db.ts';
import { toTime } from './db.ts';
import { idsNamed } from './payment-names.ts';
import { toJson, toOperation, toPayment } from './payment-rows.ts';

export interface PaymentFilter {
  readonly status?: string;
  readonly customer_id?: string;
  readonly provider?: string;
  readonly method?: string;
  readonly currency?: string;
  readonly reference?: string;
  readonly connection_id?: string;
  readonly amount_min?: bigint;
  readonly amount_max?: bigint;
  /** Epoch milliseconds, both ends included. */
  readonly from?: number;
  readonly to?: number;
  readonly conflict?: string;
  readonly in_conflict?: boolean;
  /** With an attempt, capture, void or refund whose outcome nobody knows. */
  readonly unknown?: boolean;
  /** Part of an id, a reference, a description or a customer. */
  readonly search?: string;
  /** Members and their values as text: `1` is the number and the text. */
  readonly metadata?: Readonly<Record<string, string>>;
}

type Condition = Exclude<keyof PaymentFilter, 'metadata'>;

/** `?` is the value. */
const CONDITIONS: Readonly<Record<Condition, string>> = {
  status: 'status = ?',
  customer_id: 'customer_id = ?',
  provider: 'provider = ?',
  method: 'method = ?',
  currency: 'currency = ?',
  reference: `id = ANY (${idsNamed('?')})`,
  connection_id: 'connection_id = ?',
  amount_min: 'amount_minor >= ?',
  amount_max: 'amount_minor <= ?',
  from: 'created_at >= ?',
  to: 'created_at <= ?',
  conflict: 'conflict = ?',
  in_conflict: '(conflict IS NOT NULL) = ?',
  unknown: `(id IN (
    SELECT payment_id FROM attempts WHERE environment_id = $1 AND status = 'unknown'
    UNION ALL SELECT payment_id FROM operations WHERE environment_id = $1 AND status IN ('unknown', 'manual_review')
  )) = ?`,
  search: `strpos(lower(concat_ws(E'\\n', id, reference, psp_reference, description, customer_id,
    customer->>'email', customer->>'name', customer->>'phone')), lower(?)) > 0`,
};

const SUMMARY = `id, environment_id, connection_id, provider, psp_reference, method, status, amount_minor, currency,
  fee_minor, fee_currency, customer_id, reference, metadata, source, source_id, source_description, created_at`;

/**
 * One page. The inner query walks the index alone, so that a deep offset does not fetch the rows it skips.
 * Each combination of filters is a statement of its own, so that each gets the plan that fits it.
 */
export async function listPayments(
  db: Executor,
  environmentId: string,
  filter: PaymentFilter,
  page: { readonly limit: number; readonly offset: number },
): Promise<Payment[]> {
  const used = (Object.keys(CONDITIONS) as Condition[]).filter(
    (name) => filter[name] !== undefined,
  );
  const values: unknown[] = [environmentId, page.limit, page.offset];
  const where = used.map((name) => {
    const value = filter[name];
    values.push(name === 'from' || name === 'to' ? toTime(value as number) : value);
    return ` AND ${CONDITIONS[name].replaceAll('?', `$${values.length}`)}`;
  });
  const members = Object.entries(filter.metadata ?? {});
  if (members.length > 0) where.push(" AND metadata <> '{}'"); // as its index has it
  for (const [name, text] of members) {
    values.push(toJson({ [name]: text }), toJson({ [name]: jsonOf(text) }));
    where.push(` AND (metadata @> $${values.length - 1} OR metadata @> $${values.length})`);
  }
  const statement = {
    name: `payments_list:${used.join(',')}:${members.length}`,
    text: `
SELECT ${SUMMARY} FROM payments
WHERE environment_id = $1 AND id IN (
  SELECT id FROM payments WHERE environment_id = $1 AND id LIKE 'pay\\_%'${where.join('')} ORDER BY id DESC LIMIT $2 OFFSET $3)
ORDER BY id DESC`,
  };
  return (await db.run<Record<string, unknown>>(statement, values)).map(toPayment);
}

/** What JSON makes of it, when that is a number or a word of JSON's. */
function jsonOf(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? text : value;
  } catch {
    return text;
  }
}

const LATEST_OF = {
  name: 'payments_count_latest_of_customer',
  text: `
SELECT count(*)::integer AS made FROM (
  SELECT created_at FROM payments
  WHERE environment_id = $1 AND customer_id = $2 AND id LIKE 'pay\\_%' ORDER BY id DESC LIMIT $3) latest
WHERE created_at > $4`,
};

/** How many of a customer's latest `limit` payments were made since then. */
export async function countLatestOf(
  db: Executor,
  environmentId: string,
  customerId: string,
  limit: number,
  sinceMs: number,
): Promise<number> {
  const values = [environmentId, customerId, limit, toTime(sinceMs)];
  const [row] = await db.run<{ made: number }>(LATEST_OF, values);
  return row?.made ?? 0;
}

const REFUNDS = {
  name: 'refunds_list',
  text: `SELECT * FROM operations WHERE environment_id = $1 AND kind = 'refund' ORDER BY id DESC LIMIT $2 OFFSET $3`,
};

export async function listRefunds(
  db: Executor,
  environmentId: string,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<Operation[]> {
  const rows = await db.run<Record<string, unknown>>(REFUNDS, [environmentId, limit, offset]);
  return rows.map(toOperation);
}

const REFUND = {
  name: 'refunds_find',
  text: `SELECT * FROM operations WHERE environment_id = $1 AND id = $2 AND kind = 'refund'`,
};

export async function findRefund(
  db: Executor,
  environmentId: string,
  id: string,
): Promise<Operation | null> {
  const [row] = await db.run<Record<string, unknown>>(REFUND, [environmentId, id]);
  return row ? toOperation(row) : null;
}

export interface HistoryLine extends Adjustment {
  readonly id: bigint;
}

const LINE = `id, attempt_id AS "attemptId", operation_id AS "operationId", source, reason, from_status AS "fromStatus",
  to_status AS "toStatus", attempt_from AS "attemptFrom", attempt_to AS "attemptTo", evidence, created_at AS "createdAt"`;

const MOVES = {
  name: 'adjustments_list_moves',
  text: `
SELECT ${LINE} FROM adjustments WHERE environment_id = $1 AND payment_id = $2 AND from_status <> to_status
ORDER BY id LIMIT $3 OFFSET $4`,
};

/** What changed a payment's status, oldest first. */
export function listMoves(
  db: Executor,
  environmentId: string,
  paymentId: string,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<HistoryLine[]> {
  return db.run<HistoryLine>(MOVES, [environmentId, paymentId, limit, offset]);
}

const HISTORY_LINES_MAX = 500;

const HISTORY = {
  name: 'adjustments_list',
  text: `
SELECT * FROM (
  SELECT ${LINE} FROM adjustments
  WHERE environment_id = $1 AND payment_id = $2 AND ($3::timestamptz IS NULL OR created_at <= $3)
  ORDER BY from_status = to_status AND attempt_from IS NOT DISTINCT FROM attempt_to AND operation_id IS NULL
    AND source NOT IN ('merchant', 'operator'), id DESC
  LIMIT $4
) line ORDER BY id`,
};

/**
 * A payment's history until a moment (null: now), oldest first. A client may ask a PSP as often as he likes, so of answers
 * that changed nothing only the latest are there when there are very many lines.
 */
export function listHistory(
  db: Executor,
  environmentId: string,
  paymentId: string,
  untilMs: number | null = null,
): Promise<HistoryLine[]> {
  const values = [environmentId, paymentId, toTime(untilMs), HISTORY_LINES_MAX];
  return db.run<HistoryLine>(HISTORY, values);
}
