// Releases an authorisation: cancel of a payment that is `authorized`.
import { isOpenOperation, type PaymentRecord } from '../../domain/payment/payment.ts';
import { Problem } from '../../kernel/problem.ts';
import type { Context, Environment } from '../context.ts';
import { assertCan, openOperation, sendOperation } from './run-operation.ts';

export async function voidAuthorization(
  context: Context,
  environment: Environment,
  known: PaymentRecord,
  attemptId: string | null = null,
): Promise<PaymentRecord> {
  const ids = { environmentId: environment.id, paymentId: known.payment.id };
  const { record, operation } = await openOperation(
    context,
    ids,
    {},
    (current) => checkVoid(current, attemptId),
    known,
  );
  return sendOperation(context, environment, record, operation.id);
}

function checkVoid(current: PaymentRecord, attemptId: string | null) {
  const attempt = current.attempts.find(
    (one) => one.status === 'authorized' && (attemptId === null || one.id === attemptId),
  );
  const { status } = current.payment;
  if (!attempt)
    throw new Problem(
      400,
      'payment_not_cancelable',
      `A payment that is ${status} cannot be canceled`,
      { status },
    );
  if (current.operations.some((one) => one.kind !== 'refund' && isOpenOperation(one))) {
    throw new Problem(
      409,
      'operation_in_progress',
      'A capture or cancellation of this payment is under way',
      {},
      2,
    );
  }
  assertCan(attempt.provider, 'void');
  return {
    attempt,
    request: {
      kind: 'void' as const,
      amountMinor: attempt.authorizedMinor,
      reason: 'requested_by_customer',
    },
  };
}
