// Gives money back, in part or in full, never more than was captured, however many requests run at once.
import {
  type Operation,
  operationOf,
  type PaymentRecord,
  payingAttempt,
} from '../../domain/payment/payment.ts';
import { Problem } from '../../kernel/problem.ts';
import type { Context, Environment } from '../context.ts';
import { findPayment } from '../payment/find-payment.ts';
import { assertCan, type OperationOptions, openOperation, sendOperation } from './run-operation.ts';

export interface RefundRequest {
  /** Null: all that is left. */
  readonly amountMinor: bigint | null;
  readonly reason: string;
}

export async function refundPayment(
  context: Context,
  environment: Environment,
  paymentId: string,
  request: RefundRequest,
  options: OperationOptions = {},
): Promise<{ record: PaymentRecord; operation: Operation }> {
  const known = await findPayment(context, environment, paymentId);
  const { record, operation } = await openOperation(
    context,
    { environmentId: environment.id, paymentId },
    options,
    (current) => checkRefund(current, request),
    known,
  );
  const settled = await sendOperation(context, environment, record, operation.id, options);
  return { record: settled, operation: operationOf(settled, operation.id) };
}

function checkRefund(current: PaymentRecord, { amountMinor, reason }: RefundRequest) {
  const { payment } = current;
  const attempt = payingAttempt(current);
  const left = payment.capturedMinor - payment.refundedMinor - payment.refundPendingMinor;
  if (!attempt || payment.capturedMinor === 0n) {
    throw new Problem(
      400,
      'payment_not_refundable',
      `A payment that is ${payment.status} has nothing to refund`,
      {
        status: payment.status,
      },
    );
  }
  if (left <= 0n)
    throw new Problem(
      400,
      'already_refunded',
      'The payment is refunded, or a refund of the rest is under way',
    );
  const wanted = amountMinor ?? left;
  if (wanted > left) {
    throw new Problem(400, 'refund_exceeds_payment', `At most ${left} can still be refunded`, {
      field: 'amount',
      refundable: Number(left),
    });
  }
  assertCan(attempt.provider, 'refund');
  return { attempt, request: { kind: 'refund' as const, amountMinor: wanted, reason } };
}
