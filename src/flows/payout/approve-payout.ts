// A payout that waits for somebody: approved (and sent), rejected, or deleted. One row decides: of any number of
// approvals and rejections at once, one has an effect.
import type { Payment, PaymentRecord } from '../../domain/payment/payment.ts';
import { eventsOf } from '../../domain/payment/settle.ts';
import { Problem } from '../../kernel/problem.ts';
import { findPayoutApproval } from '../../store/payout-policies.ts';
import { changePayment } from '../change-payment.ts';
import type { Context, Environment } from '../context.ts';
import { type MutationOptions, startAttempt } from '../payment/retry-payment.ts';
import { findPayout, findPayoutFacts } from './find-payout.ts';

/** Sends it, or has it wait for its time. 403 `own_payout` when it takes another person and `by` asked for it. */
export async function approvePayout(
  context: Context,
  environment: Environment,
  paymentId: string,
  by: string,
  options: MutationOptions = {},
): Promise<PaymentRecord> {
  const payout = await findPayoutFacts(context, environment, paymentId);
  const approval = await findPayoutApproval(context.db, environment.id);
  if (approval === 'another_person' && payout.createdBy === by) {
    throw new Problem(403, 'own_payout', 'Somebody else has to approve this payout');
  }
  const note = { reason: 'approved', evidence: { approved_by: by } };
  const { scheduledAt } = payout;
  if (scheduledAt === null || scheduledAt <= context.ports.clock.nowMs()) {
    const check = ({ payment }: PaymentRecord) => mustAwait(payment);
    return startAttempt(context, environment, paymentId, { ...options, note }, check);
  }
  return move(context, environment, paymentId, options, note, (payment) => ({
    ...mustAwait(payment),
    status: 'pending',
    dueAt: scheduledAt,
  }));
}

export function rejectPayout(
  context: Context,
  environment: Environment,
  paymentId: string,
  by: string,
  options: MutationOptions = {},
): Promise<PaymentRecord> {
  const note = { reason: 'rejected', evidence: { rejected_by: by } };
  return move(context, environment, paymentId, options, note, (payment) => ({
    ...mustAwait(payment),
    status: 'canceled',
  }));
}

/** Takes back what was not sent yet: it waits for an approval, or for its time. */
export function cancelPayout(
  context: Context,
  environment: Environment,
  paymentId: string,
  by: string,
  options: MutationOptions = {},
): Promise<PaymentRecord> {
  const note = { reason: 'canceled', evidence: { canceled_by: by } };
  return move(context, environment, paymentId, options, note, (payment, { attempts }) => {
    const waits = payment.status === 'awaiting_approval';
    const isScheduled = payment.status === 'pending' && attempts.length === 0;
    if (waits || isScheduled) return { ...payment, status: 'canceled', dueAt: null };
    const message = `A payout that is ${payment.status} and was sent cannot be canceled`;
    throw new Problem(400, 'payout_not_cancelable', message, { status: payment.status });
  });
}

/** Deletes what nobody approved; its reference is free for another (create-payout.ts). */
export async function deletePayout(
  context: Context,
  environment: Environment,
  paymentId: string,
): Promise<void> {
  const note = { reason: 'deleted', evidence: {} };
  await move(context, environment, paymentId, {}, note, (payment) => ({
    ...mustAwait(payment),
    status: 'abandoned',
  }));
}

function mustAwait(payment: Payment): Payment {
  if (payment.status === 'awaiting_approval') return payment;
  const message = `The payout is ${payment.status}: nobody has to approve it`;
  throw new Problem(400, 'payout_not_awaiting_approval', message, { status: payment.status });
}

async function move(
  context: Context,
  environment: Environment,
  paymentId: string,
  { claim = null, answer = null }: MutationOptions,
  note: { readonly reason: string; readonly evidence: unknown },
  to: (payment: Payment, record: PaymentRecord) => Payment,
): Promise<PaymentRecord> {
  const known = await findPayout(context, environment, paymentId);
  const { record } = await changePayment(
    context,
    { environmentId: environment.id, paymentId },
    (current) => {
      const nowMs = context.ports.clock.nowMs();
      const payment = { ...to(current.payment, current), updatedAt: nowMs };
      return {
        record: { ...current, payment },
        adjustments: [
          {
            attemptId: null,
            operationId: null,
            source: 'merchant',
            ...note,
            fromStatus: current.payment.status,
            toStatus: payment.status,
            attemptFrom: null,
            attemptTo: null,
            createdAt: nowMs,
          },
        ],
        events: eventsOf(current.payment, payment),
        claim,
        answer,
      };
    },
    known,
  );
  return record;
}
