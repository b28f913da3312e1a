import { describe, expect, it } from 'vitest';
import { anAttempt, aPlan, aRecord, done, pending, silence, T0 } from '../../../test/records.ts';
import type { Outcome } from '../attempt/outcome.ts';
import type { Attempt, Payment, PaymentRecord } from './payment.ts';
import { type AttemptEvidence, settleAttempt } from './settle.ts';
import { mayMove, paymentStatuses } from './status.ts';

const paidOut = done('paid_out');
const refused: Outcome = {
  kind: 'declined',
  decline: { code: 'invalid_account', pspCode: null, message: 'closed' },
};
const payout = (attempt: Partial<Attempt> = {}, payment: Partial<Payment> = {}): PaymentRecord =>
  aRecord({ type: 'payout', dueAt: null, ...payment }, [
    anAttempt({ operation: 'payout', ...attempt }),
  ]);
const paid = () =>
  payout(
    { status: 'succeeded', capturedMinor: 100n, nextSyncAt: null },
    { status: 'succeeded', capturedMinor: 100n, capturedAt: T0 },
  );
const hear = (record: PaymentRecord, outcome: Outcome, more: Partial<AttemptEvidence> = {}) =>
  settleAttempt(record, {
    attemptId: record.attempts[0]!.id,
    source: 'webhook',
    outcome,
    nowMs: T0,
    raw: {},
    latencyMs: null,
    asked: false,
    present: false,
    scheduleS: null,
    ...more,
  });
const state = ({ record: { payment, attempts } }: ReturnType<typeof hear>) =>
  `${payment.status} [${attempts[0]!.status}] ${payment.capturedMinor} ${payment.conflict}`;

describe('a payout', () => {
  it('is paid when the PSP says so, and events are named after it', () => {
    const decision = hear(payout(), paidOut);
    expect(state(decision)).toBe('succeeded [succeeded] 100 null');
    expect(decision.events).toEqual(['payout.updated', 'payout.succeeded']);
  });

  it('is asked about again when it is paid: it may come back, and nobody say so (F7)', () => {
    let { record } = hear(payout(), paidOut);
    const waits: (number | null)[] = [];
    for (let nowMs = record.attempts[0]!.nextSyncAt; nowMs !== null; ) {
      waits.push(nowMs);
      ({ record } = hear(record, paidOut, { source: 'poll', asked: true, present: true, nowMs }));
      nowMs = record.attempts[0]!.nextSyncAt;
    }
    const HOUR_MS = 3_600_000;
    expect(waits.map((atMs) => (atMs! - T0) / HOUR_MS)).toEqual([1, 25, 97]);
    const again = hear(hear(payout(), paidOut).record, paidOut);
    expect(again.record.attempts[0]!.nextSyncAt).toBe(T0 + HOUR_MS);
  });

  it('is not paid by a word about money in, nor a charge by one about money out', () => {
    expect(state(hear(payout(), done('captured')))).toBe('pending [sent] 0 null');
    const charge = aRecord();
    expect(state(hear(charge, paidOut))).toBe('pending [sent] 0 null');
  });

  it('stays open when its reply is lost, or the PSP waits for a step in its dashboard', () => {
    expect(state(hear(payout(), silence, { source: 'reply' }))).toBe('pending [unknown] 0 null');
    const step: Outcome = {
      kind: 'requires_action',
      action: { type: 'submit', field: 'otp', message: '' },
    };
    expect(state(hear(payout(), step))).toBe('pending [pending] 0 null');
    expect(hear(payout(), step).record.attempts[0]!.prompted).toBe(false);
  });

  it('that comes back has failed, but only when the PSP, asked, says so', () => {
    const told = hear(paid(), refused);
    expect([state(told), told.verdict]).toEqual(['succeeded [succeeded] 100 null', 'doubtful']);
    expect(told.record.attempts[0]!.nextSyncAt).toBe(T0);
    const asked = hear(told.record, refused, { source: 'poll', asked: true, present: true });
    expect(state(asked)).toBe('failed [declined] 0 null');
    expect(asked.events).toEqual(['payout.updated', 'payout.reversed']);
    expect(asked.record.payment.capturedAt).toBe(T0);
  });

  it('that failed is not paid by an old word', () => {
    const failed = hear(paid(), refused, { present: true }).record;
    expect(hear(failed, paidOut).verdict).toBe('doubtful');
    const late = hear(failed, paidOut, { present: true });
    expect(state(late)).toBe('succeeded [succeeded] 100 late_success');
  });

  it('of another amount or currency is a conflict', () => {
    expect(state(hear(payout(), done('paid_out', 99n)))).toContain('amount_mismatch');
    expect(state(hear(payout(), done('paid_out', 100n, 'USD')))).toContain('amount_mismatch');
  });

  it('goes to the next connection from a definite refusal of its own call, never from silence', () => {
    const plan = aPlan('con_1', 'con_2');
    const busy: Outcome = {
      kind: 'declined',
      decline: { code: 'provider_unavailable', pspCode: null, message: 'busy' },
    };
    const reply = { source: 'reply' } as const;
    expect(hear(payout({}, { plan }), busy, reply).fallback).toMatchObject({ allowed: true });
    expect(hear(payout({}, { plan }), silence, reply).fallback).toBeNull();
    expect(hear(payout({}, { plan }), pending, reply).fallback).toBeNull();
    expect(hear(payout({}, { plan }), busy, { source: 'poll' }).fallback).toBeNull();
  });
});

describe('the statuses of a payout', () => {
  it('may go from paid to failed, unlike those of a payment', () => {
    expect(mayMove('succeeded', 'failed', 'payout')).toBe(true);
    expect(mayMove('succeeded', 'failed')).toBe(false);
  });

  it('begin with an approval that nothing leads back to', () => {
    for (const status of paymentStatuses) expect(mayMove(status, 'awaiting_approval')).toBe(false);
    expect(mayMove('awaiting_approval', 'succeeded', 'payout')).toBe(false);
  });
});
