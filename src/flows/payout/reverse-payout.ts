// Calls back what was paid out, one reversal at a time and never more than was paid, however many are asked for at
// once: the amount is reserved in the statement that makes the reversal's row (reliability.md F9).
import { refundableOf } from '../../domain/payment/conservation.ts';
import {
  isOpenOperation,
  type Operation,
  operationOf,
  type PaymentRecord,
} from '../../domain/payment/payment.ts';
import { Problem } from '../../kernel/problem.ts';
import type { Context, Environment } from '../context.ts';
import { assertCan, openOperation, sendOperation } from '../operation/run-operation.ts';
import { findPayout } from './find-payout.ts';

export interface ReversalRequest {
  readonly amountMinor: bigint;
  readonly currency: string;
  /** The merchant's own name of it, unique among the reversals of the payout; and why. */
  readonly reference: string;
  readonly description: string;
}

/** The reversal's row keeps its name in front of its reason. */
function reversalReason({ reference, description }: ReversalRequest): string {
  return description === '' ? reference : `${reference}: ${description}`;
}

function isNamed({ reason }: Operation, { reference }: ReversalRequest): boolean {
  return reason === reference || reason.startsWith(`${reference}: `);
}

export async function reversePayout(
  context: Context,
  environment: Environment,
  paymentId: string,
  request: ReversalRequest,
): Promise<{ record: PaymentRecord; operation: Operation }> {
  const known = await findPayout(context, environment, paymentId);
  const { record, operation } = await openOperation(
    context,
    { environmentId: environment.id, paymentId },
    {},
    (current) => checkReversal(current, request),
    known,
  );
  const settled = await sendOperation(context, environment, record, operation.id);
  return { record: settled, operation: operationOf(settled, operation.id) };
}

function checkReversal(current: PaymentRecord, request: ReversalRequest) {
  const { payment, attempts, operations } = current;
  const attempt = attempts.findLast((one) => one.capturedMinor > 0n);
  if (!attempt || payment.conflict !== null) {
    const message = `A payout that is ${payment.status} cannot be reversed`;
    throw new Problem(400, 'payout_not_reversible', message, { status: payment.status });
  }
  const reversals = operations.filter(({ kind }) => kind === 'reversal');
  if (reversals.some((one) => one.status !== 'failed' && isNamed(one, request)))
    throw new Problem(409, 'reference_taken', 'The payout has a reversal of this reference');
  if (reversals.some(isOpenOperation))
    throw new Problem(400, 'reversal_under_way', 'Another reversal of the payout is under way');
  if (request.currency !== payment.currency)
    throw new Problem(400, 'invalid_currency', `The payout is in ${payment.currency}`);
  const left = refundableOf(current, attempt.id);
  if (request.amountMinor > left) {
    const message = `At most ${left} of the payout can still be reversed`;
    throw new Problem(400, 'reversal_exceeds_payout', message, { field: 'amount' });
  }
  assertCan(attempt.provider, 'reversal');
  const reason = reversalReason(request);
  return {
    attempt,
    request: { kind: 'reversal' as const, amountMinor: request.amountMinor, reason },
  };
}
