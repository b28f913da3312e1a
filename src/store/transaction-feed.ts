// Payments as the generic connector API lists them: by their last change, each followed by what was given back of it.
import type { PaymentType } from '../domain/payment/payment.ts';
import type { PaymentStatus } from '../domain/payment/status.ts';
import { type Executor, type Statement, toTime } from './db.ts';

export interface FedTransaction {
  readonly id: string;
  /** The payment that this gives money back of; null: it is the payment. */
  readonly parentId: string | null;
  readonly type: PaymentType;
  /** Of the payment. */
  readonly status: PaymentStatus;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly connectionId: string | null;
  readonly provider: string | null;
  readonly sourceAccount: string | null;
  readonly destinationAccount: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly createdAt: number;
  readonly updatedAt: number;
}

const LIST: Statement = {
  name: 'transaction_feed_list',
  text: `
SELECT coalesce(r.id, p.id) AS id, CASE WHEN r.id IS NOT NULL THEN p.id END AS "parentId", p.type, p.status,
  coalesce(r.amount_minor, CASE WHEN p.captured_minor > 0 THEN p.captured_minor ELSE p.amount_minor END) AS "amountMinor",
  p.currency, p.connection_id AS "connectionId", p.provider,
  coalesce(t.source_account, a.source_account) AS "sourceAccount",
  coalesce(t.destination_account, a.destination_account) AS "destinationAccount",
  CASE WHEN r.id IS NULL THEN p.metadata ELSE '{}' END AS metadata,
  coalesce(r.created_at, p.created_at) AS "createdAt", p.updated_at AS "updatedAt"
FROM payments p
LEFT JOIN payouts t ON t.environment_id = p.environment_id AND t.payment_id = p.id
LEFT JOIN attempts a ON a.environment_id = p.environment_id AND a.payment_id = p.id AND a.operation = 'record'
CROSS JOIN LATERAL (
  SELECT NULL AS id, NULL::bigint AS amount_minor, NULL::timestamptz AS created_at
  UNION ALL
  SELECT o.id, o.amount_minor, o.created_at FROM operations o
  WHERE o.environment_id = p.environment_id AND o.payment_id = p.id AND o.kind IN ('refund', 'reversal')
    AND o.status = 'succeeded'
) r
WHERE p.environment_id = $1 AND ($2::timestamptz IS NULL OR p.updated_at >= $2)
ORDER BY p.updated_at, p.id, r.id NULLS FIRST LIMIT $3 OFFSET $4`,
};

/** Those that changed at an instant or later, the earliest change first. */
export function listTransactionFeed(
  db: Executor,
  environmentId: string,
  updatedFromMs: number | null,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<FedTransaction[]> {
  return db.run<FedTransaction>(LIST, [environmentId, toTime(updatedFromMs), limit, offset]);
}
