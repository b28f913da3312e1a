// What an environment's policy does about a second capture by itself: the later attempt is released or refunded, under a
// key of its own, as if an operator had asked for it. It never touches the only money that is held.
import { keepsMoney } from '../../domain/payment/conflict.ts';
import { refundableOf } from '../../domain/payment/conservation.ts';
import { isOpenOperation, type PaymentRecord } from '../../domain/payment/payment.ts';
import { Problem } from '../../kernel/problem.ts';
import { type DueConflict, postponeConflict } from '../../store/conflicts.ts';
import { findEnvironment } from '../../store/environments.ts';
import { loadPayment } from '../../store/payments.ts';
import type { Context, Environment } from '../context.ts';
import { refundPayment } from '../operation/refund-payment.ts';
import { voidAuthorization } from '../operation/void-authorization.ts';

const MINUTE_MS = 60_000;
/** Then it is an operator's. */
const AGAIN_AFTER_MS = [
  MINUTE_MS,
  10 * MINUTE_MS,
  60 * MINUTE_MS,
  360 * MINUTE_MS,
  1_440 * MINUTE_MS,
];

export async function giveBackDuplicate(context: Context, due: DueConflict): Promise<void> {
  const { db, ports } = context;
  const environment = await findEnvironment(db, due.environmentId);
  const record = await loadPayment(db, due.environmentId, due.paymentId);
  if (!environment || !record) return;
  const leave = (note: string) => postponeConflict(db, due, null, note);
  if (record.payment.conflict !== 'duplicate_capture') return leave('');
  if (due.policy === 'alert') return leave('the policy leaves it to an operator');
  const afterMs = AGAIN_AFTER_MS[due.tries - 1];
  if (afterMs === undefined) return leave('it could not be given back; an operator has to');
  const note = await giveBack(context, environment, record);
  await postponeConflict(db, due, ports.clock.nowMs() + afterMs, note);
}

/** What was done, or why nothing was; a refund that was made ends the conflict by itself. */
async function giveBack(
  context: Context,
  environment: Environment,
  record: PaymentRecord,
): Promise<string> {
  const keeping = record.attempts.filter((one) => keepsMoney(record, one));
  const surplus = keeping.at(-1);
  if (!surplus || keeping.length < 2) return 'nothing is held twice';
  if (record.operations.some((one) => one.attemptId === surplus.id && isOpenOperation(one)))
    return 'it is being given back';
  try {
    if (surplus.status === 'authorized') {
      await voidAuthorization(context, environment, record, surplus.id);
      return 'a release was asked for';
    }
    const amountMinor = refundableOf(record, surplus.id);
    const request = { amountMinor, reason: 'duplicate', attemptId: surplus.id };
    await refundPayment(context, environment, record.payment.id, request);
    return 'a refund was asked for';
  } catch (error) {
    if (error instanceof Problem) return error.message;
    throw error;
  }
}
