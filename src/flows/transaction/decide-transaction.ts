// A person's word on a transaction that waits for one: a withdrawal before the PSP hears of it, or money that arrived in
// another amount than was asked for (connxt.md 11.4, 11.5).
import { invalid, Problem } from '../../kernel/problem.ts';
import { changePayment } from '../change-payment.ts';
import type { Context, Environment } from '../context.ts';
import { closeConflict } from '../operator/evidence.ts';
import { approvePayout, rejectPayout } from '../payout/index.ts';
import { describeTransaction, getTransaction, type Transaction } from './find-transaction.ts';

export interface Decision {
  readonly approved: boolean;
  readonly by: string;
  readonly note: string;
  /** How money that is refused after it came goes back. */
  readonly refundReference: string | null;
}

export async function decideTransaction(
  context: Context,
  environment: Environment,
  txnId: string,
  decision: Decision,
): Promise<Transaction> {
  const transaction = await getTransaction(context, environment, txnId);
  const { id, status } = transaction.record.payment;
  if (transaction.history.status !== 'PENDING_FOR_APPROVAL' || transaction.operation)
    throw new Problem(409, 'not_pending_for_approval', 'Nobody has to approve this transaction');
  const { approved, by, note } = decision;
  if (status === 'awaiting_approval') {
    const decide = approved ? approvePayout : rejectPayout;
    const record = await decide(context, environment, id, by);
    return describeTransaction(context, environment, record, null);
  }
  const record = approved
    ? await closeConflict(context, environment, id, { note, by })
    : await reject(context, environment, id, decision);
  return describeTransaction(context, environment, record, null);
}

/** The money is there and must go back: whoever refuses it says how. */
async function reject(
  context: Context,
  environment: Environment,
  paymentId: string,
  { by, note, refundReference }: Decision,
) {
  if (refundReference === null)
    throw invalid(
      'refund_reference_required',
      'The money arrived: name the refund that gives it back',
      'refundReference',
    );
  const ids = { environmentId: environment.id, paymentId };
  const { record } = await changePayment(context, ids, (current) => {
    const { payment } = current;
    const nowMs = context.ports.clock.nowMs();
    return {
      record: { ...current, payment: { ...payment, conflict: null, updatedAt: nowMs } },
      adjustments: [
        {
          attemptId: null,
          operationId: null,
          source: 'operator' as const,
          reason: 'rejected',
          fromStatus: payment.status,
          toStatus: payment.status,
          attemptFrom: null,
          attemptTo: null,
          evidence: { operator: by, note, refundReference },
          createdAt: nowMs,
        },
      ],
      events: ['payment.updated'],
    };
  });
  return record;
}
