// What was heard of the disputes of a payment: lines of its history, each with the dispute as the PSP names it.
import type { DisputeWord } from '../domain/payment/dispute.ts';
import type { Executor, Statement } from './db.ts';

const LIST: Statement = {
  name: 'dispute_words',
  text: `
SELECT evidence->'dispute'->>'id' AS id, evidence->'dispute'->>'status' AS status FROM adjustments
WHERE environment_id = $1 AND payment_id = $2 AND operation_id IS NULL
  AND evidence->'dispute'->>'id' IS NOT NULL AND evidence->'dispute'->>'status' LIKE 'DISPUTE%'
ORDER BY adjustments.id`,
};

/** Oldest first. */
export function disputeWords(
  db: Executor,
  environmentId: string,
  paymentId: string,
): Promise<DisputeWord[]> {
  return db.run<DisputeWord>(LIST, [environmentId, paymentId]);
}
