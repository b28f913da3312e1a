// Payouts as the Formance API lists them: payment initiations, by keyset.
import type { Executor } from './db.ts';
import { type Columns, type PageRequest, pageSql } from './pages.ts';

const ATTEMPTED = `EXISTS (
  SELECT 1 FROM attempts a WHERE a.environment_id = p.environment_id AND a.payment_id = p.id)`;

/** As domain/ledger/initiation.ts has it. */
const STATUS = `CASE
  WHEN p.status = 'awaiting_approval' THEN 'WAITING_FOR_VALIDATION'
  WHEN p.status IN ('pending', 'requires_action') THEN
    CASE WHEN ${ATTEMPTED} THEN 'PROCESSING' ELSE 'SCHEDULED_FOR_PROCESSING' END
  WHEN p.status = 'failed' THEN 'FAILED'
  WHEN p.status IN ('canceled', 'expired', 'abandoned') THEN 'REJECTED'
  WHEN p.status = 'refunded' THEN 'REVERSED'
  WHEN p.status = 'partially_refunded' THEN 'PARTIALLY_REVERSED'
  ELSE coalesce((
    SELECT CASE WHEN o.status = 'failed' THEN 'REVERSE_FAILED' WHEN o.status <> 'succeeded' THEN 'REVERSE_PROCESSING' END
    FROM operations o WHERE o.environment_id = p.environment_id AND o.payment_id = p.id AND o.kind = 'reversal'
    ORDER BY o.id DESC LIMIT 1), 'PROCESSED') END`;

/** By the names that queries have; what a connection calls something is `connection name`. */
const COLUMNS: Columns = {
  payment_id: { sql: 'p.id', type: 'text' },
  id: { sql: `t.connection_id || ' ' || t.reference`, type: 'text' },
  reference: { sql: 't.reference', type: 'text' },
  connector_id: { sql: 't.connection_id', type: 'text' },
  type: { sql: 'p.type', type: 'text' },
  asset: { sql: 'p.currency', type: 'text' },
  status: { sql: STATUS, type: 'text' },
  source_account_id: { sql: `t.connection_id || ' ' || t.source_account`, type: 'text' },
  destination_account_id: { sql: `t.connection_id || ' ' || t.destination_account`, type: 'text' },
  amount: { sql: 'p.amount_minor', type: 'bigint' },
  created_at: { sql: 'p.created_at', type: 'timestamptz' },
  scheduled_at: { sql: `coalesce(t.scheduled_at, '0001-01-01T00:00:00Z')`, type: 'timestamptz' },
  metadata: { sql: 'p.metadata', type: 'map' },
};

export interface InitiationRow {
  readonly paymentId: string;
  readonly position: readonly string[];
}

/** All but those that were deleted. */
export async function pageInitiations(
  db: Executor,
  environmentId: string,
  page: PageRequest,
): Promise<InitiationRow[]> {
  const values: unknown[] = [environmentId, page.limit];
  const { where, orderBy, position } = pageSql(page, COLUMNS, values);
  const text = `
SELECT p.id AS "paymentId", ${position} AS position
FROM payments p JOIN payouts t ON t.environment_id = p.environment_id AND t.payment_id = p.id
WHERE p.environment_id = $1 AND p.type <> 'pay_in' AND p.status <> 'abandoned'${where}
ORDER BY ${orderBy} LIMIT $2`;
  return db.run<InitiationRow>({ name: '', text }, values);
}
