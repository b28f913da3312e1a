// Adds to a payment's metadata, however the payment came to be: nothing is ever deleted this way.
import type { LedgerEntry } from '../../store/ledger.ts';
import { changePayment } from '../change-payment.ts';
import type { Context, Environment } from '../context.ts';

export async function labelPayment(
  context: Context,
  environment: Environment,
  { paymentId }: LedgerEntry,
  labels: Readonly<Record<string, string>>,
): Promise<void> {
  await changePayment(context, { environmentId: environment.id, paymentId }, (record) => {
    const { payment } = record;
    const isKnown = Object.entries(labels).every(([key, value]) => payment.metadata[key] === value);
    if (isKnown) return null;
    const metadata = { ...payment.metadata, ...labels };
    const updatedAt = context.ports.clock.nowMs();
    return {
      record: { ...record, payment: { ...payment, metadata, updatedAt } },
      events: ['payment.updated'],
    };
  });
}
