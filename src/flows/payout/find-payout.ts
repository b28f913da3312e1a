// Reads a payout or transfer for a caller: another environment's id, or a pay-in's, is simply not found.
import { isRecorded, type PaymentRecord } from '../../domain/payment/payment.ts';
import { Problem } from '../../kernel/problem.ts';
import { loadPayment } from '../../store/payments.ts';
import { findPayoutRow, type Payout } from '../../store/payouts.ts';
import type { Context, Environment } from '../context.ts';

export async function findPayout(
  context: Context,
  environment: Environment,
  paymentId: string,
): Promise<PaymentRecord> {
  const record = await loadPayment(context.db, environment.id, paymentId);
  if (!record || record.payment.type === 'pay_in' || isRecorded(record))
    throw new Problem(404, 'not_found', 'Payout not found');
  return record;
}

/** What a payout has besides its payment. One that was only recorded has nothing. */
export async function findPayoutFacts(
  context: Context,
  environment: Environment,
  paymentId: string,
): Promise<Payout> {
  const payout = await findPayoutRow(context.db, environment.id, paymentId);
  if (!payout) throw new Problem(404, 'not_found', 'Payout not found');
  return payout;
}
