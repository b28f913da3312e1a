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
import { askLatest, findRecord } from './find-payment.ts';

export interface Resumed {
  readonly record: PaymentRecord;
  readonly operation: Operation | null;
}

/**
 * What a key is bound to, as it stands. `resourceId`: a payment, or a capture, void or refund.
 * Throws `idempotency_in_progress` while its call may still be running.
 */
export async function findBegun(
  context: Context,
  environment: Environment,
  resourceId: string,
): Promise<Resumed> {
  const { record, operation } = await load(context, environment, resourceId);
  const begun = operation ?? latestAttempt(record);
  const underWay =
    begun?.status === 'sent' && (begun.nextSyncAt ?? 0) > context.ports.clock.nowMs();
  if (underWay) throw inProgress();
  return { record, operation };
}

/** Asks the PSP about what was begun and left, and answers it as it stands then. */
export async function resumeMutation(
  context: Context,
  environment: Environment,
  { record, operation }: Resumed,
): Promise<Resumed> {
  if (operation === null) {
    const { id } = record.payment;
    const current = await findRecord(context, environment, id);
    return { record: await askLatest(context, environment, current), operation: null };
  }
  if (!isOpenOperation(operation)) return { record, operation };
  const asked = await askOperation(context, environment, record, operation.id, 'poll', false);
  return { record: asked, operation: operationOf(asked, operation.id) };
}

async function load(
  context: Context,
  environment: Environment,
  resourceId: string,
): Promise<Resumed> {
  if (/^(pay|po|tr)_/.test(resourceId)) {
    return { record: await findRecord(context, environment, resourceId), operation: null };
  }
  const paymentId = await findOperationOwner(context.db, environment.id, resourceId);
  if (paymentId === null) throw new Problem(404, 'not_found', 'Payment not found');
  const record = await findRecord(context, environment, paymentId);
  return { record, operation: operationOf(record, resourceId) };
}
