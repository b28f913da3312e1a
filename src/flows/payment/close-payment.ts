// Closes a payment on our side although its attempt may stay payable at the PSP (which may be unable to close it).
// It claims nothing about money: later evidence still moves the payment (late success).
import {
  type EvidenceSource,
  latestAttempt,
  type PaymentRecord,
} from '../../domain/payment/payment.ts';
import { eventsOf } from '../../domain/payment/settle.ts';
import { isOpen, mayMove } from '../../domain/payment/status.ts';
import { changePayment, type Proposal } from '../change-payment.ts';
import type { Context } from '../context.ts';

export async function closePayment(
  context: Context,
  record: PaymentRecord,
  to: 'expired' | 'canceled' | 'abandoned',
  reason: string,
  source: EvidenceSource = 'system',
): Promise<PaymentRecord> {
  const { environmentId, id } = record.payment;
  const changed = await changePayment(
    context,
    { environmentId, paymentId: id },
    (current) =>
      isAs(record, current) ? proposeClosing(context, current, to, reason, source) : null,
    record,
  );
  return changed.record;
}

/** Whoever decided to close looked at `seen`: an attempt that has begun or moved since then takes the reason away. */
function isAs(seen: PaymentRecord, current: PaymentRecord): boolean {
  const [before, now] = [latestAttempt(seen), latestAttempt(current)];
  return before?.id === now?.id && before?.status === now?.status;
}

/** Null when the payment's status does not allow it (any more). */
function proposeClosing(
  context: Context,
  current: PaymentRecord,
  to: 'expired' | 'canceled' | 'abandoned',
  reason: string,
  source: EvidenceSource,
): Proposal | null {
  const { payment } = current;
  if (!isOpen(payment.status) || !mayMove(payment.status, to)) return null;
  const nowMs = context.ports.clock.nowMs();
  const closed = { ...payment, status: to, dueAt: null, updatedAt: nowMs };
  return {
    record: { ...current, payment: closed },
    adjustments: [
      {
        attemptId: null,
        operationId: null,
        source,
        reason,
        fromStatus: payment.status,
        toStatus: to,
        attemptFrom: null,
        attemptTo: null,
        evidence: {},
        createdAt: nowMs,
      },
    ],
    events: eventsOf(payment, closed),
  };
}
