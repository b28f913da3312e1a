// A payout under a key of the caller's: the first request makes it, every later one with the same content answers it,
// one with another content is refused. The key is the payout's reference at the connection, so the database decides.
import type { PaymentRecord } from '../../domain/payment/payment.ts';
import { Problem } from '../../kernel/problem.ts';
import { findPayoutByReference } from '../../store/payouts.ts';
import type { Context, Environment } from '../context.ts';
import { findPayout } from './find-payout.ts';
import { initiatePayout } from './initiate.ts';
import type { NewPayout } from './new-payout.ts';

export type KeyedPayout = NewPayout & { readonly connectionId: string; readonly reference: string };

export async function payOnce(
  context: Context,
  environment: Environment,
  asked: KeyedPayout,
): Promise<PaymentRecord> {
  const known = await knownPayout(context, environment, asked);
  if (known) return known;
  try {
    return await initiatePayout(context, environment, asked);
  } catch (error) {
    if (!(error instanceof Problem && error.code === 'reference_taken')) throw error;
    const other = await knownPayout(context, environment, asked);
    if (!other) throw error;
    return other;
  }
}

async function knownPayout(
  context: Context,
  environment: Environment,
  asked: KeyedPayout,
): Promise<PaymentRecord | null> {
  const { connectionId, reference } = asked;
  const row = await findPayoutByReference(context.db, environment.id, connectionId, reference);
  if (!row) return null;
  const record = await findPayout(context, environment, row.paymentId);
  const { payment } = record;
  const same =
    payment.source === asked.source &&
    payment.type === asked.type &&
    payment.amountMinor === asked.amountMinor &&
    payment.currency === asked.currency &&
    row.sourceAccount === asked.sourceAccount &&
    row.destinationAccount === asked.destinationAccount;
  if (same) return record;
  const message = 'The idempotency key was used for something else';
  throw new Problem(422, 'idempotency_key_reused', message, { field: 'idempotencyKey' });
}
