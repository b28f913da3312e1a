// What a recorded payment is in the core's words: the record of money is one, so what the ledger was told is a payment
// with one attempt, seen through every API. Pure; derived from what was recorded and nothing else.
import type { AttemptStatus } from '../payment/payment.ts';
import type { PaymentStatus } from '../payment/status.ts';
import type { Face } from './adjust.ts';
import type { LedgerStatus } from './words.ts';

export interface Core {
  readonly status: PaymentStatus;
  readonly attemptStatus: AttemptStatus;
  readonly authorizedMinor: bigint;
  readonly capturedMinor: bigint;
  readonly refundedMinor: bigint;
}

const UNPAID: Readonly<
  Partial<Record<LedgerStatus, readonly [status: PaymentStatus, attempt: AttemptStatus]>>
> = {
  UNKNOWN: ['pending', 'pending'],
  PENDING: ['pending', 'pending'],
  OTHER: ['pending', 'pending'],
  AUTHORISATION: ['authorized', 'authorized'],
  CANCELLED: ['canceled', 'canceled'],
  FAILED: ['failed', 'declined'],
  CAPTURE_FAILED: ['failed', 'declined'],
  EXPIRED: ['expired', 'expired'],
};

export function coreOf({
  status,
  initialMinor,
  amountMinor,
}: Pick<Face, 'status' | 'initialMinor' | 'amountMinor'>): Core {
  const [unpaid, attemptStatus = 'succeeded'] = UNPAID[status] ?? [];
  const nothing = { authorizedMinor: 0n, capturedMinor: 0n, refundedMinor: 0n };
  if (unpaid !== undefined) {
    const authorizedMinor = unpaid === 'authorized' ? initialMinor : 0n;
    return { ...nothing, status: unpaid, attemptStatus, authorizedMinor };
  }
  // A payment that was first seen as refunded says nothing of how much: all of it.
  const whole = status === 'REFUNDED' && amountMinor === initialMinor;
  const refundedMinor = whole ? initialMinor : initialMinor - amountMinor;
  const money = { ...nothing, attemptStatus, capturedMinor: initialMinor, refundedMinor };
  if (status === 'DISPUTE' || status === 'DISPUTE_LOST') return { ...money, status: 'disputed' };
  if (status === 'REFUNDED' && refundedMinor === initialMinor)
    return { ...money, status: 'refunded' };
  return { ...money, status: refundedMinor > 0n ? 'partially_refunded' : 'succeeded' };
}
