// Takes back an attempt that was committed but never sent: the one way an attempt ends without a PSP's word.
import { derivePayment } from './derive.ts';
import { attemptOf, type PaymentRecord } from './payment.ts';
import { type Decision, eventsOf } from './settle.ts';
import { isOpen } from './status.ts';

/** Nobody may be charged for a payment that was canceled, settled or given up while its next attempt waited. */
export function mustWithdraw({ payment }: PaymentRecord, nowMs: number): boolean {
  return (
    payment.cancelRequestedAt !== null || !isOpen(payment.status) || nowMs >= payment.expiresAt
  );
}

export function withdrawAttempt(
  record: PaymentRecord,
  attemptId: string,
  nowMs: number,
): Pick<Decision, 'record' | 'changedAttempts' | 'adjustments' | 'events'> {
  const before = attemptOf(record, attemptId);
  if (before.status !== 'ready') throw new Error(`attempt ${attemptId} was sent`);
  const after = {
    ...before,
    status: 'canceled' as const,
    error: 'withdrawn before it was sent',
    nextSyncAt: null,
    updatedAt: nowMs,
  };
  const attempts = record.attempts.map((one) => (one.id === attemptId ? after : one));
  const payment = derivePayment({ ...record, attempts }, nowMs);
  return {
    record: { ...record, attempts, payment: { ...payment, dueAt: null } },
    changedAttempts: [attemptId],
    adjustments: [
      {
        attemptId,
        operationId: null,
        source: 'system',
        reason: after.error,
        fromStatus: record.payment.status,
        toStatus: payment.status,
        attemptFrom: before.status,
        attemptTo: after.status,
        evidence: {},
        createdAt: nowMs,
      },
    ],
    events: eventsOf(record.payment, payment),
  };
}
