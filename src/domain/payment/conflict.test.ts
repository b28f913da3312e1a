import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  anAttempt,
  anOperation,
  aPaidRecord,
  aRecord,
  captured,
  done,
  refunded,
} from '../../../test/records.ts';
import { conflictAfter, graver, mismatchOf, operationMismatch } from './conflict.ts';
import type { Conflict } from './payment.ts';

const conflicts: Conflict[] = [
  'unresolved',
  'late_success',
  'amount_mismatch',
  'contradicted_success',
  'duplicate_capture',
];

describe('of two conflicts the graver stays', () => {
  const any = fc.constantFrom(null, ...conflicts);

  it('whichever came first', () => {
    fc.assert(
      fc.property(any, any, any, (a, b, c) => {
        expect(graver(a, b)).toBe(graver(b, a));
        expect(graver(graver(a, b), c)).toBe(graver(a, graver(b, c)));
      }),
    );
  });

  it('and money that was taken twice is the gravest', () => {
    expect(conflicts.reduce<Conflict | null>(graver, null)).toBe('duplicate_capture');
  });
});

describe('the conflict of a payment', () => {
  it('of unresolved questions ends with the answer, no other one does', () => {
    const open = aRecord({ conflict: 'unresolved' }, [
      anAttempt({ status: 'unknown', nextSyncAt: null }),
    ]);
    expect(conflictAfter(open, open, [])).toBe('unresolved');
    const settled = { ...open, attempts: aPaidRecord().attempts };
    expect(conflictAfter(open, settled, [])).toBeNull();
    for (const conflict of conflicts.filter((one) => one !== 'unresolved')) {
      const before = { ...open, payment: { ...open.payment, conflict } };
      expect(conflictAfter(before, settled, [])).toBe(conflict);
    }
  });

  it('is raised by an operation that nobody asks about any more', () => {
    const stuck = anOperation({ status: 'unknown', nextSyncAt: null });
    expect(conflictAfter(aPaidRecord(), aPaidRecord([stuck]), [])).toBe('unresolved');
  });

  it('is raised by two authorisations as by two captures', () => {
    const held = anAttempt({ status: 'authorized', authorizedMinor: 100n });
    const record = aRecord({}, [held, { ...held, id: 'att_2', number: 2 }]);
    expect(conflictAfter(record, record, [])).toBe('duplicate_capture');
  });
});

describe('a second capture', () => {
  const second = anAttempt({ id: 'att_2', number: 2, status: 'succeeded', capturedMinor: 100n });
  const twice = (refunds: ReturnType<typeof anOperation>[]) => {
    const { payment, attempts } = aPaidRecord();
    const one = { ...attempts[0]!, capturedMinor: 100n };
    return {
      payment: { ...payment, conflict: 'duplicate_capture' as const },
      attempts: [one, second],
      operations: refunds,
    };
  };
  const refund = (status: 'succeeded' | 'pending' | 'failed', amountMinor: bigint) =>
    anOperation({ id: 'ref_2', attemptId: 'att_2', kind: 'refund', status, amountMinor });

  it('is no conflict any more once all of it was given back', () => {
    const given = twice([refund('succeeded', 100n)]);
    expect(conflictAfter(twice([]), given, [])).toBeNull();
    expect(
      conflictAfter({ ...given, payment: { ...given.payment, conflict: null } }, given, []),
    ).toBeNull();
  });

  it('stays one while a part is missing, or nothing is proven', () => {
    for (const one of [refund('succeeded', 99n), refund('pending', 100n), refund('failed', 100n)])
      expect(conflictAfter(twice([]), twice([one]), [])).toBe('duplicate_capture');
  });
});

describe('amounts', () => {
  it('of a refund are compared with what was asked, when the PSP states them', () => {
    const refund = anOperation({ amountMinor: 40n });
    expect(operationMismatch(refund, done('refunded', 40n))).toBeNull();
    expect(operationMismatch(refund, done('refunded', 0n))).toBeNull();
    expect(operationMismatch(refund, done('refunded', 41n))).toBe('amount_mismatch');
    expect(operationMismatch(refund, done('refunded', 40n, 'NGN'))).toBe('amount_mismatch');
  });

  it('of our own refunds explain why a PSP says that the money was given back', () => {
    const record = aPaidRecord([anOperation({ status: 'succeeded' })]);
    const [attempt] = record.attempts;
    expect(mismatchOf(record, attempt!, refunded)).toBeNull();
    expect(mismatchOf(aPaidRecord(), attempt!, refunded)).toBe('contradicted_success');
    expect(mismatchOf(record, attempt!, captured)).toBeNull();
  });
});
