import { describe, expect, it } from 'vitest';
import { anAttempt, anOperation, aPaidRecord, aRecord } from '../../../test/records.ts';
import { refundableOf, violatedLaw } from './conservation.ts';
import type { OperationStatus } from './payment.ts';

describe('what can still be refunded', () => {
  it.each([
    ['sent', 60n],
    ['unknown', 60n],
    ['pending', 60n],
    ['manual_review', 60n],
    ['succeeded', 60n],
    ['failed', 100n],
  ] as const)('beside a refund that is %s', (status: OperationStatus, left) => {
    const record = aPaidRecord([anOperation({ status, amountMinor: 40n })]);
    expect(refundableOf(record, 'att_1')).toBe(left);
  });

  it('is counted for each attempt by itself', () => {
    const record = aRecord(
      { status: 'succeeded', capturedMinor: 200n, refundedMinor: 70n },
      [
        anAttempt({ status: 'succeeded', capturedMinor: 100n }),
        anAttempt({ number: 2, status: 'succeeded', capturedMinor: 100n }),
      ],
      [anOperation({ status: 'succeeded', amountMinor: 70n })],
    );
    expect([refundableOf(record, 'att_1'), refundableOf(record, 'att_2')]).toEqual([30n, 100n]);
    expect(refundableOf(record, 'att_3')).toBe(0n);
    expect(violatedLaw(record)).toBeNull();
    // Within the payment's sum, but more than that PSP took.
    const more = anOperation({ id: 'ref_2', amountMinor: 31n });
    const payment = { ...record.payment, refundPendingMinor: 31n };
    expect(violatedLaw({ ...record, payment, operations: [...record.operations, more] })).toBe(
      'refunds exceed the capture of attempt 1',
    );
  });

  it('is not touched by captures and voids', () => {
    const capture = anOperation({ id: 'cap_1', kind: 'capture', status: 'succeeded' });
    expect(refundableOf(aPaidRecord([capture]), 'att_1')).toBe(100n);
  });
});

it('a payment whose sums exceed its capture breaks the law', () => {
  const record = aPaidRecord();
  const payment = { ...record.payment, refundedMinor: 60n, refundPendingMinor: 41n };
  expect(violatedLaw({ ...record, payment })).toBe('refunds exceed the capture');
});
