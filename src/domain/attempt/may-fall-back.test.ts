import { describe, expect, it } from 'vitest';
import { anAttempt, aPlan, aRecord, notSent, T0 } from '../../../test/records.ts';
import type { Attempt, Payment, PaymentRecord } from '../payment/payment.ts';
import { type DeclineCode, declines, fallbackOf } from './decline.ts';
import { type DefiniteRefusal, MAX_ATTEMPTS, mayFallBack } from './may-fall-back.ts';
import { declined } from './outcome.ts';

const soft = declined('do_not_honor', 'no') as DefiniteRefusal;
const unavailable = declined('provider_unavailable', 'down') as DefiniteRefusal;

function refused(number: number, code: DeclineCode = 'do_not_honor', fields = {}): Attempt {
  const decline = { code, pspCode: null, message: 'no' };
  return anAttempt({ number, status: 'declined', decline, nextSyncAt: null, ...fields });
}

function recordOf(attempts: readonly Attempt[], payment: Partial<Payment> = {}): PaymentRecord {
  return aRecord({ plan: aPlan('con_1', 'con_2', 'con_3', 'con_4'), ...payment }, attempts);
}

function reasonOf(record: PaymentRecord, attemptId: string, refusal: DefiniteRefusal): string {
  const answer = mayFallBack(record, attemptId, refusal);
  return answer.allowed ? `to ${answer.connectionId}` : answer.reason;
}

describe('the first attempt of a plan', () => {
  it.each(Object.keys(declines) as DeclineCode[])(
    'falls back from %s as the table permits',
    (code) => {
      const refusal = declined(code, 'no') as DefiniteRefusal;
      const never = fallbackOf({ code, pspCode: null, message: '' }) === 'never';
      const record = recordOf([refused(1, code)]);
      expect(reasonOf(record, 'att_1', refusal)).toBe(never ? 'hard_decline' : 'to con_2');
    },
  );

  it('falls back when nothing was sent', () => {
    const record = recordOf([anAttempt({ status: 'not_sent' })]);
    expect(reasonOf(record, 'att_1', notSent as DefiniteRefusal)).toBe('to con_2');
  });

  it('does not when the PSP itself forbids it', () => {
    const decline = { code: 'do_not_honor', pspCode: null, message: '' } as const;
    const forbidden = { ...decline, fallbackOverride: 'never' } as const;
    const refusal: DefiniteRefusal = { kind: 'declined', decline: forbidden };
    expect(reasonOf(recordOf([refused(1)]), 'att_1', refusal)).toBe('hard_decline');
  });
});

describe('a soft decline', () => {
  it('is followed by one fallback in a plan', () => {
    const record = recordOf([refused(1), refused(2, 'generic_decline')]);
    const second = declined('generic_decline', 'no') as DefiniteRefusal;
    expect(reasonOf(record, 'att_2', second)).toBe('soft_decline_used');
  });

  it('keeps its one fallback over attempts that the PSP never executed', () => {
    const record = recordOf([refused(1, 'rate_limited'), refused(2)]);
    expect(reasonOf(record, 'att_2', soft)).toBe('to con_3');
  });

  it('does not use up what an unavailable PSP may have', () => {
    const record = recordOf([refused(1), refused(2, 'provider_unavailable')]);
    expect(reasonOf(record, 'att_2', unavailable)).toBe('to con_3');
  });

  it('has its fallback again after a retry, which has a plan of its own', () => {
    const record = recordOf([refused(1), refused(2), refused(3, 'do_not_honor')], {
      planSince: 3,
      plan: aPlan('con_3', 'con_1'),
    });
    expect(reasonOf(record, 'att_3', soft)).toBe('to con_1');
  });
});

describe('no other connection is tried', () => {
  const first = refused(1, 'provider_unavailable');

  it.each([
    ['customer_was_prompted', [refused(1, 'provider_unavailable', { prompted: true })], {}],
    ['cancel_requested', [first], { cancelRequestedAt: T0 }],
    ['payment_closed', [first], { status: 'expired' }],
    ['payment_closed', [first], { status: 'succeeded' }],
    ['no_connection_left', [first], { plan: aPlan('con_1') }],
    ['no_connection_left', [first], { plan: null }],
  ] as const)('%s', (reason, attempts, payment) => {
    expect(reasonOf(recordOf(attempts, payment), 'att_1', unavailable)).toBe(reason);
  });

  it.each([
    'ready',
    'sent',
    'unknown',
    'pending',
    'requires_action',
    'authorized',
    'succeeded',
  ] as const)('while another attempt is %s, also one of an earlier plan', (status) => {
    const other = anAttempt({ number: 1, status });
    const record = recordOf([other, refused(2, 'provider_unavailable')], {
      planSince: 2,
      plan: aPlan('con_2', 'con_3'),
    });
    expect(reasonOf(record, 'att_2', unavailable)).toBe('attempt_not_closed');
  });

  it('when the rule ends there', () => {
    const plan = aPlan('con_1', 'con_2');
    const candidates = plan.candidates.map((one) => ({ ...one, mayFallBackTo: false }));
    const record = recordOf([first], { plan: { ...plan, candidates } });
    expect(reasonOf(record, 'att_1', unavailable)).toBe('no_connection_left');
  });

  it('after the most attempts that one request makes', () => {
    const connections = Array.from({ length: MAX_ATTEMPTS + 1 }, (_, index) => `con_${index + 1}`);
    const attempts = connections
      .slice(0, MAX_ATTEMPTS)
      .map((_, index) => refused(index + 1, 'rate_limited'));
    const record = recordOf(attempts, { plan: aPlan(...connections) });
    expect(reasonOf(record, `att_${MAX_ATTEMPTS}`, unavailable)).toBe('too_many_attempts');
  });

  it('for an attempt of an earlier plan', () => {
    const record = recordOf([first, refused(2)], { planSince: 2 });
    expect(reasonOf(record, 'att_1', unavailable)).toBe('payment_closed');
  });
});

it('a connection is tried once in a plan, and again in the next one', () => {
  const attempts = [
    refused(1, 'rate_limited'),
    refused(2, 'rate_limited', { connectionId: 'con_1' }),
  ];
  const again = recordOf(attempts, { planSince: 2, plan: aPlan('con_1', 'con_3') });
  expect(reasonOf(again, 'att_2', unavailable)).toBe('to con_3');
});
