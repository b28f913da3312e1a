// What tests of the Connxt API look up beside it.
import type { Db } from '../src/store/db.ts';
import { insertInboundWebhook } from '../src/store/inbound-webhooks.ts';
import { findTransaction } from '../src/store/transactions.ts';

export async function connxtEnvironmentOf(
  db: Db,
  environmentId: string,
): Promise<{ callbackToken: string }> {
  const text = `SELECT callback_token AS "callbackToken" FROM connxt_environments WHERE environment_id = $1`;
  const [row] = await db.run<{ callbackToken: string }>({ name: 'connxt_rows_env', text }, [
    environmentId,
  ]);
  if (!row) throw new Error('no callback token');
  return row;
}

/** The notifications that came for a transaction. */
export function inboxOf(db: Db, txnId: string): Promise<{ status: string; deliveries: number }[]> {
  const text = `
SELECT w.status, w.deliveries FROM inbound_webhooks w JOIN payments p ON p.id = w.payment_id
WHERE p.request->'transaction'->>'id' = $1 AND w.event_type = 'transaction.webhook'`;
  return db.run({ name: 'connxt_rows_inbox', text }, [txnId]);
}

/** A notification as it stands between being stored and being read. */
export async function storeUnread(
  db: Db,
  environmentId: string,
  txnId: string,
  told: { rawBody: Buffer; headers: Record<string, string>; nowMs: number },
): Promise<void> {
  const place = await findTransaction(db, environmentId, txnId);
  const { nowMs, ...message } = told;
  await insertInboundWebhook(db, {
    ...message,
    environmentId,
    id: `inw_${txnId}`,
    provider: 'paymaxis',
    connectionId: '',
    dedupeKey: txnId,
    eventType: 'transaction.webhook',
    eventId: place?.paymentId ?? null,
    status: 'received',
    authenticity: 'unsigned',
    query: {},
    paymentId: place?.paymentId ?? null,
    error: '',
    tries: 1,
    nextTryAt: nowMs - 1,
    deliveries: 1,
    createdAt: nowMs,
    updatedAt: nowMs,
  });
}
