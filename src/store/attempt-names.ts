// Finds an attempt of ours by what a PSP's history calls it: our reference, which the PSP was given, or the PSP's own.
import type { PaymentType } from '../domain/payment/payment.ts';
import type { Executor, Statement } from './db.ts';

const FIND: Statement = {
  name: 'attempts_by_name',
  text: `
SELECT payment_id AS "paymentId", id AS "attemptId" FROM attempts
WHERE environment_id = $1 AND provider = $2 AND operation <> 'record' AND (operation = 'payout') = $5
  AND (reference = $3 OR psp_reference = $4)
ORDER BY reference = $3 DESC LIMIT 1`,
};

/** On any connection: two of them may be one account at the PSP. */
export async function findAttemptByName(
  db: Executor,
  environmentId: string,
  provider: string,
  name: { readonly givenReference: string | null; readonly reference: string | null },
  type: PaymentType,
): Promise<{ paymentId: string; attemptId: string } | null> {
  const values = [environmentId, provider, name.givenReference, name.reference, type !== 'pay_in'];
  const [found] = await db.run<{ paymentId: string; attemptId: string }>(FIND, values);
  return found ?? null;
}
