// Reads a payment for a caller: another environment's id is simply not found.
import {
  attemptOf,
  isFinalAttempt,
  isRecorded,
  latestAttempt,
  type PaymentRecord,
} from '../../domain/payment/payment.ts';
import { Problem } from '../../kernel/problem.ts';
import { findEnvironment } from '../../store/environments.ts';
import { findPaymentEnvironment, loadPayment } from '../../store/payments.ts';
import type { Context, Environment } from '../context.ts';
import { askAttempt } from '../sync/ask-attempt.ts';
import { isClientSecret } from './client-secret.ts';

export async function findPayment(
  context: Context,
  environment: Environment,
  paymentId: string,
): Promise<PaymentRecord> {
  const record = await findRecord(context, environment, paymentId);
  if (record.payment.type !== 'pay_in' && !isRecorded(record))
    throw new Problem(404, 'not_found', 'Payment not found');
  return record;
}

/** Of any type: a pay-in, a payout or a transfer. */
export async function findRecord(
  context: Context,
  environment: Environment,
  paymentId: string,
): Promise<PaymentRecord> {
  const record = await loadPayment(context.db, environment.id, paymentId);
  if (!record) throw new Problem(404, 'not_found', 'Payment not found');
  return record;
}

/** `confirm`: asks the PSP for the true status of what is not final, and answers the payment whatever it is. */
export async function confirmPayment(
  context: Context,
  environment: Environment,
  paymentId: string,
  source: 'poll' | 'redirect' = 'poll',
): Promise<PaymentRecord> {
  return askLatest(
    context,
    environment,
    await findPayment(context, environment, paymentId),
    source,
  );
}

/** As `confirmPayment`, of any type. */
export async function askLatest(
  context: Context,
  environment: Environment,
  record: PaymentRecord,
  source: 'poll' | 'redirect' = 'poll',
): Promise<PaymentRecord> {
  const latest = isRecorded(record) ? null : latestAttempt(record);
  if (!latest || isFinalAttempt(latest) || isUnderWay(context, record, latest.id)) return record;
  const configuration = await context.configurations.get(environment);
  return askAttempt(context, environment, configuration, record, latest.id, source, false);
}

/** Its call may still be running in some process: asking now could read "no such object" too early. */
function isUnderWay(context: Context, record: PaymentRecord, attemptId: string): boolean {
  const { status, nextSyncAt } = attemptOf(record, attemptId);
  const nowMs = context.ports.clock.nowMs();
  return (status === 'sent' || status === 'ready') && nextSyncAt !== null && nextSyncAt > nowMs;
}

/** For routes without a key, which prove themselves by the payment's client secret. */
export async function findPublicPayment(
  context: Context,
  paymentId: string,
): Promise<{ readonly record: PaymentRecord; readonly environment: Environment } | null> {
  const environmentId = await findPaymentEnvironment(context.db, paymentId);
  const environment =
    environmentId === null ? null : await findEnvironment(context.db, environmentId);
  if (!environment) return null;
  return { record: await findPayment(context, environment, paymentId), environment };
}

/** For a customer's browser. Throws 401 for a wrong secret and for an unknown payment alike. */
export async function findBySecret(context: Context, paymentId: string, secret: string) {
  const found = await findPublicPayment(context, paymentId);
  if (!found || !isClientSecret(context, found.record, secret))
    throw new Problem(401, 'unauthorized', 'client_secret is not the secret of this payment');
  return found;
}
