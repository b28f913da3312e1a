// Takes money that was authorised before (`capture_method: manual`), in full or in part.
import {
  isOpenOperation,
  type Operation,
  operationOf,
  type PaymentRecord,
} from '../../domain/payment/payment.ts';
import { Problem } from '../../kernel/problem.ts';
import type { Context, Environment } from '../context.ts';
import { findPayment } from '../payment/find-payment.ts';
import { assertCan, type OperationOptions, openOperation, sendOperation } from './run-operation.ts';

export async function capturePayment(
  context: Context,
  environment: Environment,
  paymentId: string,
  amountMinor: bigint | null,
  options: OperationOptions = {},
): Promise<{ record: PaymentRecord; operation: Operation }> {
  const known = await findPayment(context, environment, paymentId);
  const { record, operation } = await openOperation(
    context,
    { environmentId: environment.id, paymentId },
    options,
    (current) => checkCapture(current, amountMinor),
    known,
  );
  const settled = await sendOperation(context, environment, record, operation.id, options);
  return { record: settled, operation: operationOf(settled, operation.id) };
}

function checkCapture(current: PaymentRecord, amountMinor: bigint | null) {
  const { payment } = current;
  const attempt = current.attempts.find((one) => one.status === 'authorized');
  // Two attempts may have been authorised (F12): together no more is taken than was asked for.
  const asked = payment.amountMinor - payment.capturedMinor;
  if (!attempt || asked <= 0n) {
    throw new Problem(
      400,
      'payment_not_capturable',
      `A payment that is ${payment.status} cannot be captured`,
      {
        status: payment.status,
      },
    );
  }
  if (current.operations.some((one) => one.kind !== 'refund' && isOpenOperation(one))) {
    throw new Problem(
      409,
      'operation_in_progress',
      'A capture or cancellation of this payment is under way',
      {},
      2,
    );
  }
  const exceeds = attempt.authorizedMinor > asked;
  const capturable = exceeds ? asked : attempt.authorizedMinor;
  const wanted = amountMinor ?? capturable;
  if (attempt.authorizedMinor === 0n) {
    throw new Problem(
      409,
      'payment_in_conflict',
      'What was authorised is not in the currency that was asked for; an operator has to look at it first',
      { conflict: payment.conflict },
    );
  }
  if (wanted > capturable) {
    throw new Problem(
      400,
      'capture_exceeds_authorization',
      `At most ${capturable} can be captured`,
      { field: 'amount', capturable: Number(capturable) },
    );
  }
  assertCan(attempt.provider, 'capture');
  return { attempt, request: { kind: 'capture' as const, amountMinor: wanted, reason: '' } };
}
