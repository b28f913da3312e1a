// Sends a payout later than it was asked for: one whose time has come, or one that failed and is tried again.
import type { PaymentRecord } from '../../domain/payment/payment.ts';
import type { Context, Environment } from '../context.ts';
import { checkRetry, type MutationOptions, startAttempt } from '../payment/retry-payment.ts';

/** It was sent or canceled meanwhile: there is nothing to do. */
class Begun extends Error {}

/** The worker's: it claimed the payout because its time had come. */
export async function sendScheduledPayout(
  context: Context,
  environment: Environment,
  { payment, attempts }: PaymentRecord,
): Promise<void> {
  if (payment.status !== 'pending' || attempts.length > 0) return;
  const note = { reason: 'its time has come', evidence: {} };
  const how = { note, source: 'system' } as const;
  try {
    await startAttempt(context, environment, payment.id, how, (current) => {
      if (current.payment.status !== 'pending' || current.attempts.length > 0) throw new Begun();
      return current.payment;
    });
  } catch (error) {
    if (!(error instanceof Begun)) throw error;
  }
}

/** A new attempt, with a new key at the PSP, of a payout that definitely failed (reliability.md F11). */
export function retryPayout(
  context: Context,
  environment: Environment,
  paymentId: string,
  by: string,
  options: MutationOptions = {},
): Promise<PaymentRecord> {
  const note = { reason: 'retry', evidence: { retried_by: by } };
  return startAttempt(context, environment, paymentId, { ...options, note }, (record) =>
    checkRetry(record, 'payout'),
  );
}
