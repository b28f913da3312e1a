// A repeat of a request whose process died before it answered: the key is bound to what it began, which is asked
// about and answered as it stands. Nothing is begun a second time.
import {
  isOpenOperation,
  latestAttempt,
  type Operation,
  operationOf,
  type PaymentRecord,
} from '../../domain/payment/payment.ts';
import { Problem } from '../../kernel/problem.ts';
import { findOperationOwner } from '../../store/payments.ts';
import type { Context, Environment } from '../context.ts';
import { inProgress } from '../idempotency.ts';
import { askOperation } from '../operation/run-operation.ts';
import { confirmPayment, findPayment } from './find-payment.ts';

export interface Resumed {
  readonly record: PaymentRecord;
  readonly operation: Operation | null;
}

/** `resourceId`: the payment or the capture, void or refund that the key is bound to. Throws while it is under way. */
export async function resumeMutation(
  context: Context,
  environment: Environment,
  resourceId: string,
): Promise<Resumed> {
  if (resourceId.startsWith('pay_')) return resumePayment(context, environment, resourceId);
  const paymentId = await findOperationOwner(context.db, environment.id, resourceId);
  if (paymentId === null) throw new Problem(404, 'not_found', 'Payment not found');
  const record = await findPayment(context, environment, paymentId);
  const operation = operationOf(record, resourceId);
  if (operation.status === 'sent' && (operation.nextSyncAt ?? 0) > context.ports.clock.nowMs())
    throw inProgress();
  if (!isOpenOperation(operation)) return { record, operation };
  const asked = await askOperation(context, environment, record, operation.id, 'poll', false);
  return { record: asked, operation: operationOf(asked, operation.id) };
}

async function resumePayment(
  context: Context,
  environment: Environment,
  paymentId: string,
): Promise<Resumed> {
  const record = await findPayment(context, environment, paymentId);
  const latest = latestAttempt(record);
  if (latest?.status === 'sent' && (latest.nextSyncAt ?? 0) > context.ports.clock.nowMs())
    throw inProgress();
  return { record: await confirmPayment(context, environment, paymentId), operation: null };
}
