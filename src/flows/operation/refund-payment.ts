// Gives money back, in part or in full, never more than was captured, however many requests run at once.
import { refundableOf } from '../../domain/payment/conservation.ts';
import {
  type Attempt,
  type Operation,
  operationOf,
  type PaymentRecord,
} from '../../domain/payment/payment.ts';
import { notFound, Problem } from '../../kernel/problem.ts';
import type { Context, Environment } from '../context.ts';
import { findPayment } from '../payment/find-payment.ts';
import { assertCan, type OperationOptions, openOperation, sendOperation } from './run-operation.ts';

export interface RefundRequest {
  /** Null: all that is left. */
  readonly amountMinor: bigint | null;
  readonly reason: string;
  /** The attempt to give back on; else the one that the rule below finds. */
  readonly attemptId?: string;
  /** Kept with it: what a Connxt client asked for. */
  readonly pspState?: Readonly<Record<string, string>>;
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

function checkRefund(
  current: PaymentRecord,
  { amountMinor, reason, attemptId, pspState = {} }: RefundRequest,
) {
  const { payment } = current;
  if (payment.capturedMinor === 0n) {
    throw new Problem(
      400,
      'payment_not_refundable',
      `A payment that is ${payment.status} has nothing to refund`,
      {
        status: payment.status,
      },
    );
  }
  const named = current.attempts.find(({ id }) => id === attemptId);
  if (attemptId !== undefined && !named) throw notFound('Attempt');
  const attempt = named ?? attemptToRefund(current, amountMinor ?? 1n);
  const left = attempt ? refundableOf(current, attempt.id) : 0n;
  if (!attempt || left === 0n)
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
  return {
    attempt,
    request: {
      kind: 'refund' as const,
      amountMinor: wanted,
      reason,
      ...(pspState ? { pspState } : {}),
    },
  };
}

/**
 * Each refund is made at one PSP and draws on what that one took. When two attempts took money (duplicate_capture),
 * the later one gives back first: it is the one too many. Without any that can give it all, the one with most left.
 */
function attemptToRefund(record: PaymentRecord, amountMinor: bigint): Attempt | null {
  const withMoney = record.attempts.filter((one) => one.capturedMinor > 0n);
  const left = (attempt: Attempt) => refundableOf(record, attempt.id);
  return (
    withMoney.findLast((one) => left(one) >= amountMinor) ??
    withMoney.reduce<Attempt | null>(
      (most, one) => (most === null || left(one) > left(most) ? one : most),
      null,
    )
  );
}
