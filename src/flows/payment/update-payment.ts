// Changes what may still be changed: metadata while the payment is open, the amount while no PSP has seen it.
import { editLine } from '../../domain/payment/notes.ts';
import type { PaymentRecord } from '../../domain/payment/payment.ts';
import { isOpen } from '../../domain/payment/status.ts';
import { Problem } from '../../kernel/problem.ts';
import { changePayment } from '../change-payment.ts';
import type { Context, Environment } from '../context.ts';
import { findPayment } from './find-payment.ts';
import type { MutationOptions } from './retry-payment.ts';

export interface PaymentUpdate {
  readonly amountMinor: bigint | null;
  readonly metadata: Readonly<Record<string, unknown>> | null;
}

export async function updatePayment(
  context: Context,
  environment: Environment,
  paymentId: string,
  update: PaymentUpdate,
  { claim = null, answer = null }: MutationOptions = {},
): Promise<PaymentRecord> {
  const known = await findPayment(context, environment, paymentId);
  const { record } = await changePayment(
    context,
    { environmentId: environment.id, paymentId },
    (current) => {
      const { payment, attempts } = current;
      if (!isOpen(payment.status)) {
        throw new Problem(
          400,
          'payment_not_editable',
          `A payment that is ${payment.status} cannot be changed`,
          { status: payment.status },
        );
      }
      const differs = update.amountMinor !== null && update.amountMinor !== payment.amountMinor;
      if (differs && attempts.length > 0) {
        throw new Problem(
          400,
          'amount_not_editable',
          'The PSP has been given the amount already: cancel this payment and create another',
          { field: 'amount' },
        );
      }
      const nowMs = context.ports.clock.nowMs();
      const changed = {
        ...payment,
        amountMinor: update.amountMinor ?? payment.amountMinor,
        metadata: update.metadata ?? payment.metadata,
        updatedAt: nowMs,
      };
      return {
        record: { ...current, payment: changed },
        adjustments: [editLine(payment, nowMs)],
        events: ['payment.updated'],
        claim,
        answer,
      };
    },
    known,
  );
  return record;
}
