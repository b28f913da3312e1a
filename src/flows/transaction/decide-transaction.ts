// A person's word on a transaction that waits for one: a withdrawal before the PSP hears of it, or money that arrived in
// another amount than was asked for (connxt.md 11.4, 11.5).
import type { PaymentRecord } from '../../domain/payment/payment.ts';
import { invalid, Problem } from '../../kernel/problem.ts';
import { changePayment } from '../change-payment.ts';
import type { Context, Environment } from '../context.ts';
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
  const { approved, by } = decision;
  if (status === 'awaiting_approval') {
    const decide = approved ? approvePayout : rejectPayout;
    const record = await decide(context, environment, id, by);
    return describeTransaction(context, environment, record, null);
  }
  const record = await decide(context, environment, transaction.record, decision);
  return describeTransaction(context, environment, record, null);
}

/** The money is there. Whoever refuses it says how it goes back; of any number of decisions at once, one has an effect. */
async function decide(
  context: Context,
  environment: Environment,
  { payment: seen }: PaymentRecord,
  { approved, by, note, refundReference }: Decision,
): Promise<PaymentRecord> {
  if (!approved && refundReference === null)
    throw invalid(
      'refund_reference_required',
      'The money arrived: name the refund that gives it back',
      'refundReference',
    );
  const ids = { environmentId: environment.id, paymentId: seen.id };
  const { record } = await changePayment(context, ids, (current) => {
    const { payment } = current;
    if (payment.version !== seen.version)
      throw new Problem(409, 'transaction_changed', 'The transaction has changed: look again');
    const nowMs = context.ports.clock.nowMs();
    const accepted = payment.conflict ? `conflict ${payment.conflict} closed` : 'approved';
    return {
      record: { ...current, payment: { ...payment, conflict: null, updatedAt: nowMs } },
      adjustments: [
        {
          attemptId: null,
          operationId: null,
          source: 'operator' as const,
          reason: approved ? accepted : 'rejected',
          fromStatus: payment.status,
          toStatus: payment.status,
          attemptFrom: null,
          attemptTo: null,
          evidence: { operator: by, note, ...(approved ? {} : { refundReference }) },
          createdAt: nowMs,
        },
      ],
      events: ['payment.updated'],
    };
  });
  return record;
}
