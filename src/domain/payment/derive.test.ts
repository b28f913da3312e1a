import { describe, expect, it } from 'vitest';
import {
  anAttempt,
  anAuthorizedRecord,
  anOperation,
  aPaidRecord,
  aRecord,
  HOUR_MS,
  T0,
} from '../../../test/records.ts';
import { derivePayment } from './derive.ts';
import type { Attempt, Operation, Payment } from './payment.ts';

const derived = (
  payment: Partial<Payment>,
  attempts: readonly Attempt[],
  operations: readonly Operation[] = [],
  nowMs = T0 + 1,
) => derivePayment(aRecord(payment, attempts, operations), nowMs);

const paid = (capturedMinor: bigint, fields: Partial<Attempt> = {}) =>
  anAttempt({ status: 'succeeded', capturedMinor, ...fields });

describe('the status of a payment with one attempt', () => {
  it.each([
    ['sent', false, 'pending'],
    ['ready', false, 'pending'],
    ['unknown', false, 'pending'],
    ['unknown', true, 'requires_action'],
    ['pending', true, 'pending'],
    ['requires_action', true, 'requires_action'],
    ['authorized', false, 'authorized'],
    ['declined', false, 'failed'],
    ['not_sent', false, 'failed'],
    ['canceled', false, 'canceled'],
    ['expired', true, 'expired'],
  ] as const)('%s (prompted: %s) is %s', (status, prompted, expected) => {
    expect(derived({}, [anAttempt({ status, prompted })]).status).toBe(expected);
  });

  it.each(['declined', 'not_sent', 'canceled', 'expired'] as const)(
    '%s after the merchant asked to cancel is canceled',
    (status) => {
      const payment = derived({ cancelRequestedAt: T0 }, [anAttempt({ status })]);
      expect(payment.status).toBe('canceled');
    },
  );

  it('closed at the PSP after the lifetime is expired', () => {
    const late = T0 + HOUR_MS;
    expect(derived({}, [anAttempt({ status: 'canceled' })], [], late).status).toBe('expired');
    const decline = { code: 'payer_timeout', pspCode: null, message: '' } as const;
    const left = anAttempt({ status: 'declined', decline });
    expect(derived({}, [left], [], late).status).toBe('expired');
    expect(derived({}, [left], [], late - 1).status).toBe('failed');
  });

  it('released by the merchant is canceled, however late', () => {
    const release = anOperation({ id: 'void_1', kind: 'void', status: 'succeeded' });
    const record = anAuthorizedRecord([release]);
    const attempts = [{ ...record.attempts[0]!, status: 'canceled' as const }];
    expect(derivePayment({ ...record, attempts }, T0 + 5 * HOUR_MS).status).toBe('canceled');
  });
});

describe('money that was taken', () => {
  it('in full is a success', () => {
    const payment = derived({}, [paid(100n)], [], T0 + 5);
    expect(payment).toMatchObject({ status: 'succeeded', capturedMinor: 100n, capturedAt: T0 + 5 });
  });

  it.each(['automatic', 'manual'] as const)('in part is never a success (%s)', (captureMethod) => {
    expect(derived({ captureMethod }, [paid(99n)]).status).toBe('partially_captured');
  });

  it('beyond what was asked for is a success', () => {
    expect(derived({}, [paid(101n)]).status).toBe('succeeded');
  });

  it('in part, completed later, is a success', () => {
    const payment = derived({ status: 'partially_captured', capturedMinor: 60n }, [paid(100n)]);
    expect(payment.status).toBe('succeeded');
  });

  it('in a currency that was not asked for is no refusal: the payment is held', () => {
    expect(derived({}, [paid(0n)]).status).toBe('pending');
    expect(derived({ status: 'expired' }, [paid(0n)]).status).toBe('expired');
  });

  it.each(['failed', 'canceled', 'expired', 'abandoned'] as const)(
    'late, after %s, is a success all the same',
    (status) => {
      expect(derived({ status, cancelRequestedAt: T0 }, [paid(100n)]).status).toBe('succeeded');
    },
  );

  it('stays the first capture in time', () => {
    expect(derived({ capturedAt: T0 - 7 }, [paid(100n)]).capturedAt).toBe(T0 - 7);
  });

  it('shows the attempt that holds it, not the latest', () => {
    const payment = derived({}, [
      paid(100n, { pspReference: 'pi_1' }),
      anAttempt({ number: 2, status: 'declined' }),
    ]);
    expect(payment).toMatchObject({ connectionId: 'con_1', pspReference: 'pi_1' });
  });
});

describe('refunds', () => {
  const refund = (amountMinor: bigint, status: Operation['status'], id = 'ref_1') =>
    anOperation({ id, amountMinor, status });

  it.each(['sent', 'unknown', 'pending', 'manual_review'] as const)(
    'reserve while they are %s',
    (status) => {
      const payment = derivePayment(aPaidRecord([refund(30n, status)]), T0);
      expect(payment).toMatchObject({
        status: 'succeeded',
        refundedMinor: 0n,
        refundPendingMinor: 30n,
      });
    },
  );

  it('that were done count, that failed do not', () => {
    const operations = [refund(30n, 'succeeded'), refund(40n, 'failed', 'ref_2')];
    const payment = derivePayment(aPaidRecord(operations), T0);
    expect(payment).toMatchObject({
      status: 'partially_refunded',
      refundedMinor: 30n,
      refundPendingMinor: 0n,
    });
  });

  it('of everything end it', () => {
    const operations = [refund(30n, 'succeeded'), refund(70n, 'succeeded', 'ref_2')];
    expect(derivePayment(aPaidRecord(operations), T0).status).toBe('refunded');
  });

  it('of a part that was captured alone end it too', () => {
    const record = aRecord(
      { status: 'partially_captured', captureMethod: 'manual' },
      [paid(60n, { operation: 'authorize', authorizedMinor: 100n })],
      [refund(60n, 'succeeded')],
    );
    expect(derivePayment(record, T0).status).toBe('refunded');
  });

  it('that are proven failed later give the success back', () => {
    const record = aPaidRecord([refund(100n, 'failed')]);
    const before = { ...record.payment, status: 'refunded' as const };
    expect(derivePayment({ ...record, payment: before }, T0).status).toBe('succeeded');
  });

  it('leave a dispute open until everything is given back', () => {
    const record = aPaidRecord([refund(30n, 'succeeded')]);
    const disputed = { ...record.payment, status: 'disputed' as const };
    expect(derivePayment({ ...record, payment: disputed }, T0).status).toBe('disputed');
    const all = { ...record, payment: disputed, operations: [refund(100n, 'succeeded')] };
    expect(derivePayment(all, T0).status).toBe('refunded');
  });
});

describe('captures and releases', () => {
  it('reserve what is to be captured', () => {
    const capture = anOperation({ id: 'cap_1', kind: 'capture', amountMinor: 60n });
    const payment = derivePayment(anAuthorizedRecord([capture]), T0);
    expect(payment).toMatchObject({
      status: 'authorized',
      authorizedMinor: 100n,
      capturePendingMinor: 60n,
    });
  });
});

describe('a payment that is closed', () => {
  it.each(['failed', 'canceled', 'expired', 'abandoned'] as const)(
    'stays %s, whatever becomes of its unpaid attempt',
    (status) => {
      for (const attempt of [
        'pending',
        'requires_action',
        'unknown',
        'declined',
        'canceled',
      ] as const)
        expect(derived({ status }, [anAttempt({ status: attempt })]).status).toBe(status);
    },
  );

  it('without an attempt stays as it is', () => {
    expect(derived({ status: 'pending' }, []).status).toBe('pending');
  });
});
