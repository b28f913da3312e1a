import { describe, expect, it } from 'vitest';
import { anAttempt, anOperation, aPayment } from '../../../test/records.ts';
import type { Attempt, Operation, Payment } from '../payment/payment.ts';
import { liveFace } from './live-face.ts';
import type { LedgerStatus } from './words.ts';

function faceOf(
  attempt: Partial<Attempt>,
  {
    before = 'PENDING',
    payment = {},
    refunds = [],
  }: {
    readonly before?: LedgerStatus;
    readonly payment?: Partial<Payment>;
    readonly refunds?: readonly Partial<Operation>[];
  } = {},
) {
  const one = anAttempt(attempt);
  const operations = refunds.map((refund, index) =>
    anOperation({ id: `ref_${index}`, attemptId: one.id, status: 'succeeded', ...refund }),
  );
  const { status, amountMinor } = liveFace(
    { payment: aPayment(payment), attempts: [one], operations },
    one,
    before,
  );
  return [status, amountMinor];
}

describe('an attempt of ours in the ledger', () => {
  it.each<[Attempt['status'], LedgerStatus]>([
    ['sent', 'PENDING'],
    ['unknown', 'PENDING'],
    ['requires_action', 'PENDING'],
    ['declined', 'FAILED'],
    ['not_sent', 'FAILED'],
    ['canceled', 'CANCELLED'],
    ['expired', 'EXPIRED'],
  ])('that is %s is %s, with the amount that was asked for', (status, shown) =>
    expect(faceOf({ status })).toEqual([shown, 100n]),
  );

  it('that took money shows what it took, by capture or at once', () => {
    const taken = { status: 'succeeded', capturedMinor: 100n } as const;
    expect(faceOf(taken)).toEqual(['SUCCEEDED', 100n]);
    expect(faceOf({ ...taken, operation: 'authorize' })).toEqual(['CAPTURE', 100n]);
    expect(faceOf({ status: 'authorized', operation: 'authorize', authorizedMinor: 100n })).toEqual(
      ['AUTHORISATION', 0n],
    );
  });

  it('shows what is left after refunds that are certain', () => {
    const taken = { status: 'succeeded', capturedMinor: 100n } as const;
    const refunds = [{ amountMinor: 30n }, { amountMinor: 20n }];
    expect(faceOf(taken, { refunds })).toEqual(['REFUNDED', 50n]);
    expect(faceOf(taken, { refunds: [{ amountMinor: 30n, status: 'pending' }] })).toEqual([
      'SUCCEEDED',
      100n,
    ]);
    const back = [{ amountMinor: 30n, status: 'failed' as const }];
    expect(faceOf(taken, { refunds: back, before: 'REFUNDED' })).toEqual(['REFUND_REVERSED', 100n]);
  });

  it('shows a dispute and how it ended', () => {
    const taken = { status: 'succeeded', capturedMinor: 100n } as const;
    expect(faceOf(taken, { payment: { status: 'disputed' } })).toEqual(['DISPUTE', 100n]);
    expect(faceOf(taken, { before: 'DISPUTE' })).toEqual(['DISPUTE_WON', 100n]);
    const lost = { before: 'DISPUTE_LOST', payment: { status: 'disputed' } } as const;
    expect(faceOf(taken, lost)).toEqual(['DISPUTE_LOST', 100n]);
    expect(faceOf(taken, { before: 'DISPUTE_LOST' })).toEqual(['DISPUTE_WON', 100n]);
    expect(faceOf({ status: 'declined' }, { payment: { status: 'disputed' } })).toEqual([
      'FAILED',
      100n,
    ]);
  });
});
