// Cancel never claims that money did not move. What may be in flight at the PSP is closed there or asked about first;
// when the outcome is not known, the wish is recorded and the payment answered as it stands.
import {
  holdsMoney,
  isFinalAttempt,
  latestAttempt,
  type PaymentRecord,
} from '../../domain/payment/payment.ts';
import { isOpen } from '../../domain/payment/status.ts';
import { Problem } from '../../kernel/problem.ts';
import { changePayment } from '../change-payment.ts';
import type { Context, Environment } from '../context.ts';
import { voidAuthorization } from '../operation/void-authorization.ts';
import { askAttempt } from '../sync/ask-attempt.ts';
import { closePayment } from './close-payment.ts';
import { findPayment } from './find-payment.ts';
import { refuseRecorded } from './refuse-recorded.ts';

export async function cancelPayment(
  context: Context,
  environment: Environment,
  paymentId: string,
): Promise<PaymentRecord> {
  const found = await findPayment(context, environment, paymentId);
  refuseRecorded(found);
  const { status } = found.payment;
  if (status === 'canceled') return found;
  if (status === 'authorized') return voidAuthorization(context, environment, found);
  if (!isOpen(status)) {
    throw new Problem(
      400,
      'payment_not_cancelable',
      `A payment that is ${status} cannot be canceled`,
      { status },
    );
  }
  const wished = await recordWish(context, found);
  const latest = latestAttempt(wished);
  if (!isOpen(wished.payment.status)) return wished;
  if (wished.attempts.some(holdsMoney)) throw inConflict(wished);
  if (!latest || isFinalAttempt(latest))
    return closePayment(context, wished, 'canceled', 'canceled by the merchant', 'merchant');
  // Its call is under way: what comes of it is closed or released by the worker.
  if (latest.status === 'sent') return wished;
  const configuration = await context.configurations.get(environment);
  return askAttempt(context, environment, configuration, wished, latest.id, 'poll', false);
}

/** The PSP took money that is not what was asked for: canceling would deny it. */
function inConflict({ payment }: PaymentRecord): Problem {
  return new Problem(
    409,
    'payment_in_conflict',
    'The payment is in conflict; an operator has to look at it first',
    { conflict: payment.conflict },
  );
}

async function recordWish(context: Context, record: PaymentRecord): Promise<PaymentRecord> {
  const { environmentId, id } = record.payment;
  const nowMs = context.ports.clock.nowMs();
  const { record: wished } = await changePayment(
    context,
    { environmentId, paymentId: id },
    (current) =>
      current.payment.cancelRequestedAt !== null || !isOpen(current.payment.status)
        ? null
        : {
            record: {
              ...current,
              payment: { ...current.payment, cancelRequestedAt: nowMs, updatedAt: nowMs },
            },
          },
    record,
  );
  return wished;
}
