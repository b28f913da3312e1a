import { describe, expect, it } from 'vitest';
import { anAttempt, aRecord, HOUR_MS, T0 } from '../../../test/records.ts';
import type { Payment } from './payment.ts';
import { mustWithdraw, withdrawAttempt } from './withdraw.ts';

const waiting = (payment: Partial<Payment> = {}) =>
  aRecord(payment, [
    anAttempt({ status: 'declined', nextSyncAt: null }),
    anAttempt({ number: 2, status: 'ready', sentAt: null, nextSyncAt: T0 }),
  ]);

describe('an attempt that waits to be sent', () => {
  it.each([
    ['is sent while the payment waits for it', {}, T0, false],
    ['is withdrawn when the merchant asked to cancel', { cancelRequestedAt: T0 }, T0, true],
    ['is withdrawn when an earlier attempt took the money', { status: 'succeeded' }, T0, true],
    ['is withdrawn when the payment was closed', { status: 'expired' }, T0, true],
    ['is withdrawn when the lifetime is over', {}, T0 + HOUR_MS, true],
  ] as const)('%s', (_, payment, nowMs, expected) => {
    expect(mustWithdraw(waiting(payment), nowMs)).toBe(expected);
  });

  it.each([
    [{ cancelRequestedAt: T0 }, T0, 'canceled', ['payment.updated', 'payment.canceled']],
    [{}, T0 + HOUR_MS, 'expired', ['payment.updated', 'payment.expired']],
    [{ status: 'succeeded', capturedMinor: 100n } as const, T0, 'succeeded', []],
  ] as const)('withdrawn (%o) leaves a payment that is told', (payment, nowMs, status, events) => {
    const record = waiting(payment);
    const paid = anAttempt({ status: 'succeeded', capturedMinor: 100n, nextSyncAt: null });
    const attempts = 'capturedMinor' in payment ? [paid, record.attempts[1]!] : record.attempts;
    const decision = withdrawAttempt({ ...record, attempts }, 'att_2', nowMs);
    expect(decision.record.payment).toMatchObject({ status, dueAt: null });
    expect(decision.record.attempts[1]).toMatchObject({ status: 'canceled', nextSyncAt: null });
    expect(decision.events).toEqual(events);
    expect(decision.adjustments).toMatchObject([{ attemptFrom: 'ready', attemptTo: 'canceled' }]);
  });

  it('cannot be withdrawn once it was sent', () => {
    const record = aRecord({}, [anAttempt({ status: 'sent' })]);
    expect(() => withdrawAttempt(record, 'att_1', T0)).toThrow('was sent');
  });
});
