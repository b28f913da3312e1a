// The twelve statuses of a payment and the only moves between them (api/reevit.md section 10.2), and one more that only
// payouts have: waiting for somebody to approve them.
import type { PaymentType } from './payment.ts';

export const paymentStatuses = [
  'pending',
  'requires_action',
  'authorized',
  'partially_captured',
  'succeeded',
  'failed',
  'canceled',
  'disputed',
  'refunded',
  'partially_refunded',
  'abandoned',
  'expired',
] as const;

export type PaymentStatus = (typeof paymentStatuses)[number] | 'awaiting_approval';

const moves: Readonly<Record<PaymentStatus, readonly PaymentStatus[]>> = {
  // A payout: approved, rejected, or taken back.
  awaiting_approval: ['pending', 'canceled', 'abandoned'],
  // partially_captured straight from pending: a PSP may report authorisation and capture at once, or take less than
  // it was asked for.
  pending: [
    'requires_action',
    'authorized',
    'partially_captured',
    'succeeded',
    'failed',
    'canceled',
    'expired',
    'abandoned',
  ],
  requires_action: [
    'pending',
    'authorized',
    'partially_captured',
    'succeeded',
    'failed',
    'canceled',
    'expired',
  ],
  authorized: ['partially_captured', 'succeeded', 'failed', 'canceled', 'expired'],
  partially_captured: ['succeeded', 'partially_refunded', 'refunded', 'disputed'],
  succeeded: ['partially_refunded', 'refunded', 'disputed'],
  // From here on only `retry` (failed -> pending) and late evidence from a PSP.
  failed: ['pending', 'authorized', 'partially_captured', 'succeeded'],
  canceled: ['authorized', 'partially_captured', 'succeeded'],
  expired: ['authorized', 'partially_captured', 'succeeded'],
  abandoned: ['authorized', 'partially_captured', 'succeeded'],
  refunded: ['partially_refunded', 'succeeded', 'partially_captured', 'disputed'],
  partially_refunded: ['refunded', 'succeeded', 'partially_captured', 'disputed'],
  disputed: ['succeeded', 'partially_captured', 'partially_refunded', 'refunded'],
};

export function mayMove(
  from: PaymentStatus,
  to: PaymentStatus,
  type: PaymentType = 'pay_in',
): boolean {
  // A bank may send back what was paid out, days later.
  if (type !== 'pay_in' && from === 'succeeded' && to === 'failed') return true;
  return moves[from].includes(to);
}

/** The merchant was told that no money will come. Late evidence may still prove otherwise. */
export function isClosedUnpaid(status: PaymentStatus): boolean {
  return (
    status === 'failed' || status === 'canceled' || status === 'expired' || status === 'abandoned'
  );
}

/** Waiting for the customer or the PSP. */
export function isOpen(status: PaymentStatus): boolean {
  return status === 'pending' || status === 'requires_action';
}

/** The money was taken, and some or all of it given or called back. */
export function isReturned(status: PaymentStatus): boolean {
  return status === 'refunded' || status === 'partially_refunded' || status === 'disputed';
}
