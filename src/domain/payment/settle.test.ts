import { describe, expect, it } from 'vitest';
import {
  anAttempt,
  anAuthorizedRecord,
  aPaidRecord,
  aPlan,
  aRecord,
  authorized,
  captured,
  DAY_MS,
  done,
  HOUR_MS,
  notFound,
  notSent,
  pending,
  redirect,
  refunded,
  silence,
  T0,
} from '../../../test/records.ts';
import { declined, type Outcome } from '../attempt/outcome.ts';
import type { Payment, PaymentRecord } from './payment.ts';
import { type AttemptEvidence, eventsOf, settleAttempt } from './settle.ts';

const soft = declined('do_not_honor', 'no');
const hard = declined('insufficient_funds', 'no');

function settle(record: PaymentRecord, outcome: Outcome, more: Partial<AttemptEvidence> = {}) {
  return settleAttempt(record, {
    attemptId: 'att_1',
    source: 'reply',
    outcome,
    nowMs: T0 + 1_000,
    raw: { exchanges: [] },
    latencyMs: null,
    asked: false,
    present: false,
    scheduleS: null,
    ...more,
  });
}

const webhook = { source: 'webhook' } as const;
const answer = { source: 'poll', asked: true, present: true } as const;

describe('a reply', () => {
  it('that took the money succeeds, and says so once', () => {
    const { record, events, adjustments, verdict } = settle(aRecord(), captured, {
      latencyMs: 41.6,
    });
    expect(record.payment).toMatchObject({ status: 'succeeded', capturedMinor: 100n, dueAt: null });
    expect(record.payment.conflict).toBeNull();
    expect(record.attempts[0]).toMatchObject({
      status: 'succeeded',
      nextSyncAt: null,
      latencyMs: 42,
    });
    expect(events).toEqual(['payment.updated', 'payment.succeeded']);
    expect(adjustments).toMatchObject([
      { source: 'reply', reason: 'captured', fromStatus: 'pending', toStatus: 'succeeded' },
    ]);
    expect(verdict).toBe('moved');
  });

  it('that refuses softly keeps the payment open for the next connection', () => {
    const { record, fallback, events } = settle(aRecord({ plan: aPlan('con_1', 'con_2') }), soft);
    expect(fallback).toEqual({ allowed: true, connectionId: 'con_2' });
    expect(record.payment.status).toBe('pending');
    expect(record.attempts[0]?.status).toBe('declined');
    expect(events).toEqual([]);
  });

  it('that refuses for good ends it', () => {
    const { record, fallback, events } = settle(aRecord({ plan: aPlan('con_1', 'con_2') }), hard);
    expect(fallback).toEqual({ allowed: false, reason: 'hard_decline' });
    expect(record.payment.status).toBe('failed');
    expect(events).toEqual(['payment.updated', 'payment.failed']);
  });

  it('that is lost refuses nothing: the PSP is asked within five seconds', () => {
    const { record, fallback } = settle(aRecord({ plan: aPlan('con_1', 'con_2') }), silence);
    expect(fallback).toBeNull();
    expect(record.payment.status).toBe('pending');
    expect(record.attempts[0]).toMatchObject({ status: 'unknown', syncCount: 0 });
    expect(record.attempts[0]?.nextSyncAt).toBeLessThanOrEqual(T0 + 1_000 + 5_000);
  });

  it('that came after a webhook had told the same changes nothing more', () => {
    const told = settle(aRecord(), captured, webhook).record;
    const { record, events, verdict } = settle(told, captured);
    expect(record.payment).toMatchObject({
      status: 'succeeded',
      capturedMinor: 100n,
      conflict: null,
    });
    expect([verdict, events]).toEqual(['same', []]);
  });

  it('that is lost after a webhook told of the money loses nothing', () => {
    const told = settle(aRecord(), captured, webhook).record;
    expect(settle(told, silence).record.payment.status).toBe('succeeded');
  });

  it('that says nothing was sent is not believed of a call that a webhook has answered', () => {
    const told = settle(aRecord({ plan: aPlan('con_1', 'con_2') }), pending, webhook).record;
    const { record, fallback } = settle(told, notSent);
    expect([record.payment.status, fallback]).toEqual(['pending', null]);
  });
});

describe('falling back', () => {
  it.each(['webhook', 'poll', 'redirect', 'system'] as const)(
    'is never the work of a %s',
    (source) => {
      const { record, fallback } = settle(aRecord({ plan: aPlan('con_1', 'con_2') }), soft, {
        source,
      });
      expect([record.payment.status, fallback]).toEqual(['failed', null]);
    },
  );

  it('never follows a prompt', () => {
    const shown = settle(aRecord({ plan: aPlan('con_1', 'con_2') }), redirect).record;
    const { record, fallback } = settle(shown, soft);
    expect(fallback).toEqual({ allowed: false, reason: 'customer_was_prompted' });
    expect(record.payment.status).toBe('failed');
  });

  it('never follows a wish to cancel', () => {
    const wished = aRecord({ plan: aPlan('con_1', 'con_2'), cancelRequestedAt: T0 });
    const { record, fallback } = settle(wished, soft);
    expect(fallback).toEqual({ allowed: false, reason: 'cancel_requested' });
    expect(record.payment.status).toBe('canceled');
  });
});

describe('a late success', () => {
  it.each(['failed', 'canceled', 'expired', 'abandoned'] as const)(
    'after %s is never dropped',
    (status) => {
      const closed = aRecord({ status, dueAt: null }, [anAttempt({ status: 'declined' })]);
      const { record, events } = settle(closed, captured, webhook);
      expect(record.payment).toMatchObject({ status: 'succeeded', conflict: 'late_success' });
      expect(events).toEqual(['payment.updated', 'payment.succeeded']);
    },
  );

  it('of an authorisation is believed when the PSP is asked', () => {
    const closed = aRecord({ status: 'canceled', captureMethod: 'manual', dueAt: null }, [
      anAttempt({ operation: 'authorize', status: 'declined', nextSyncAt: null }),
    ]);
    const told = settle(closed, authorized, webhook);
    expect(told.verdict).toBe('doubtful');
    expect(told.record.payment).toMatchObject({ status: 'canceled', conflict: null });
    expect(told.record.attempts[0]?.nextSyncAt).toBe(T0 + 1_000);
    const { record } = settle(told.record, authorized, answer);
    expect(record.payment).toMatchObject({ status: 'authorized', conflict: 'late_success' });
  });

  it('beside another success is a duplicate capture, and announced', () => {
    const two = aRecord({ status: 'succeeded', capturedMinor: 100n }, [
      anAttempt({ status: 'declined', nextSyncAt: null }),
      anAttempt({ number: 2, status: 'succeeded', capturedMinor: 100n, nextSyncAt: null }),
    ]);
    const { record, events } = settle(two, captured, webhook);
    expect(record.payment).toMatchObject({
      status: 'succeeded',
      capturedMinor: 200n,
      conflict: 'duplicate_capture',
    });
    expect(events).toEqual(['payment.updated', 'payment.duplicate_detected']);
    expect(settle(record, captured, webhook).events).toEqual([]);
  });

  it('while the next attempt is under way is no reason to forget that one', () => {
    const two = aRecord({}, [
      anAttempt({ status: 'declined', nextSyncAt: null }),
      anAttempt({ number: 2 }),
    ]);
    const first = settle(two, captured, webhook).record;
    expect(first.payment).toMatchObject({ status: 'succeeded', conflict: null });
    const second = settle(first, captured, { attemptId: 'att_2' });
    expect(second.record.payment.conflict).toBe('duplicate_capture');
    const refused = settle(first, soft, { attemptId: 'att_2' });
    expect(refused.record.payment).toMatchObject({ status: 'succeeded', conflict: null });
    expect(refused.fallback).toEqual({ allowed: false, reason: 'payment_closed' });
  });
});

describe('a word that denies money', () => {
  it('in a webhook is doubted, and the PSP asked at once', () => {
    const { record, verdict, events } = settle(aPaidRecord(), soft, webhook);
    expect(verdict).toBe('doubtful');
    expect(record.payment).toMatchObject({ status: 'succeeded', conflict: null });
    expect(record.attempts[0]).toMatchObject({ nextSyncAt: T0 + 1_000, syncCount: 0 });
    expect(events).toEqual([]);
  });

  it('is dismissed by the PSP itself', () => {
    const doubted = settle(aPaidRecord(), soft, webhook).record;
    const { record } = settle(doubted, captured, answer);
    expect(record.payment.conflict).toBeNull();
    expect(record.attempts[0]?.nextSyncAt).toBeNull();
  });

  it('that the PSP repeats when asked is a conflict, and takes nothing away', () => {
    const doubted = settle(aPaidRecord(), soft, webhook).record;
    const { record, verdict } = settle(doubted, soft, answer);
    expect(verdict).toBe('contradicts');
    expect(record.payment).toMatchObject({
      status: 'succeeded',
      capturedMinor: 100n,
      conflict: 'contradicted_success',
    });
  });

  it('is asked about until somebody answers', () => {
    const doubted = settle(aPaidRecord(), soft, webhook).record;
    const unheard = settle(doubted, silence, { ...answer, nowMs: T0 + 2_000 }).record;
    expect(unheard.attempts[0]).toMatchObject({ syncCount: 1, nextSyncAt: T0 + 12_000 });
    const repeated = settle(unheard, captured, webhook).record;
    expect(repeated.attempts[0]?.nextSyncAt).toBe(T0 + 12_000);
  });

  it('in an answer to a question that was asked before something changed is doubted too', () => {
    const { verdict } = settle(aPaidRecord(), soft, { source: 'poll', asked: true });
    expect(verdict).toBe('doubtful');
  });

  it('says that the money was given back by somebody else', () => {
    const elsewhere = settle(aPaidRecord(), refunded, answer);
    expect(elsewhere.record.payment.conflict).toBe('contradicted_success');
  });
});

describe('another amount than was asked for', () => {
  it.each([
    ['less', done('captured', 99n), 'partially_captured'],
    ['more', done('captured', 101n), 'succeeded'],
    ['in another currency', done('captured', 100n, 'NGN'), 'pending'],
    ['that nobody stated', done('captured', 0n), 'pending'],
  ] as const)('%s is a conflict', (_, outcome, status) => {
    const { record } = settle(aRecord(), outcome);
    expect(record.payment).toMatchObject({ status, conflict: 'amount_mismatch', dueAt: null });
  });

  it('is a conflict in whichever order the words come', () => {
    const words = [done('captured', 60n), done('captured', 150n)];
    for (const [one, other] of [words, words.toReversed()]) {
      const first = settle(aRecord(), one!, webhook).record;
      const { record } = settle(first, other!, webhook);
      expect(record.payment).toMatchObject({ capturedMinor: 150n, conflict: 'amount_mismatch' });
    }
  });

  it('is what capture is for when it was authorised before', () => {
    const { record } = settle(anAuthorizedRecord(), done('captured', 60n), webhook);
    expect(record.payment).toMatchObject({
      status: 'partially_captured',
      capturedMinor: 60n,
      conflict: null,
    });
  });

  it('authorised is a conflict', () => {
    const manual = aRecord({ captureMethod: 'manual' }, [anAttempt({ operation: 'authorize' })]);
    const { record } = settle(manual, done('authorized', 80n));
    expect(record.payment).toMatchObject({ status: 'authorized', conflict: 'amount_mismatch' });
  });

  it('captured in the PSP dashboard beyond the authorisation is a conflict', () => {
    const { record } = settle(anAuthorizedRecord(), done('captured', 120n), webhook);
    expect(record.payment).toMatchObject({ status: 'succeeded', conflict: 'amount_mismatch' });
  });
});

describe('the schedule', () => {
  it('starts afresh with news and grows with every question that brings none', () => {
    const shown = settle(aRecord(), redirect).record;
    expect(shown.attempts[0]).toMatchObject({ syncCount: 0, nextSyncAt: T0 + 11_000 });
    const asked = settle(shown, redirect, { ...answer, nowMs: T0 + 11_000 }).record;
    expect(asked.attempts[0]).toMatchObject({ syncCount: 1, nextSyncAt: T0 + 41_000 });
  });

  it('is not put off by what nobody asked', () => {
    const shown = settle(aRecord(), redirect).record;
    const told = settle(shown, redirect, { ...webhook, nowMs: T0 + 9_000 }).record;
    expect(told.attempts[0]?.nextSyncAt).toBe(T0 + 11_000);
  });

  it('ends in an operator ticket when the outcome is still unknown', () => {
    const last = aRecord({}, [anAttempt({ status: 'unknown', syncCount: 11 })]);
    const { record, events } = settle(last, silence, answer);
    expect(record.payment).toMatchObject({
      status: 'pending',
      conflict: 'unresolved',
      dueAt: null,
    });
    expect(events).toEqual(['payment.updated']);
    const { record: found } = settle(record, captured, webhook);
    expect(found.payment).toMatchObject({ status: 'succeeded', conflict: null });
  });

  it('gives up the page of a payment that is closed, when the PSP still says that nobody paid', () => {
    const closed = (status: Payment['status']) =>
      aRecord({ status }, [
        anAttempt({ status: 'requires_action', syncCount: 10, prompted: true }),
      ]);
    const over = settle(closed('expired'), redirect, answer).record;
    expect(over.attempts[0]).toMatchObject({ status: 'expired', nextSyncAt: null });
    expect(over.payment).toMatchObject({ status: 'expired', conflict: null });
    const unheard = settle(closed('expired'), silence, answer).record;
    expect(unheard.attempts[0]?.status).toBe('requires_action');
    expect(unheard.payment.conflict).toBe('unresolved');
  });

  it('of an authorisation is daily, and at once when the merchant has asked to cancel', () => {
    const manual = (fields: Partial<Payment> = {}) =>
      aRecord({ captureMethod: 'manual', ...fields }, [anAttempt({ operation: 'authorize' })]);
    expect(settle(manual(), authorized).record.attempts[0]?.nextSyncAt).toBe(T0 + 1_000 + DAY_MS);
    const wished = settle(manual({ cancelRequestedAt: T0 }), authorized).record;
    expect(wished.attempts[0]?.nextSyncAt).toBe(T0 + 1_000);
  });

  it('proves that the PSP never had it by asking', () => {
    let record = settle(aRecord(), silence).record;
    for (const nowMs of [T0 + 4_000, T0 + 14_000, T0 + 44_000]) {
      record = settle(record, notFound, { ...answer, nowMs }).record;
      expect(record.payment.status).toBe('pending');
    }
    record = settle(record, notFound, { ...answer, nowMs: T0 + 164_000 }).record;
    expect(record.payment.status).toBe('failed');
    expect(record.attempts[0]?.decline?.code).toBe('not_executed');
  });
});

describe('evidence about an attempt of a payment that is closed', () => {
  it('changes the attempt, not the payment', () => {
    const canceled = aRecord({ status: 'canceled', cancelRequestedAt: T0, dueAt: null }, [
      anAttempt({ status: 'requires_action', prompted: true }),
    ]);
    const { record, events } = settle(canceled, soft, webhook);
    expect(record.payment).toMatchObject({ status: 'canceled', conflict: null });
    expect(record.attempts[0]?.status).toBe('declined');
    expect(events).toEqual([]);
  });

  it('that an authorisation lapsed says expired', () => {
    const lapsed = declined('canceled', 'automatic');
    const { record } = settle(anAuthorizedRecord(), lapsed, { ...answer, nowMs: T0 + 7 * DAY_MS });
    expect(record.payment.status).toBe('expired');
  });
});

describe('the fee', () => {
  const fee = { feeMinor: 3n, feeCurrency: 'GHS' };

  it('is taken from the PSP once money moved', () => {
    const { record } = settle(aRecord({ feeMinor: 2n, feeCurrency: 'GHS' }), {
      ...captured,
      ...fee,
    });
    expect(record.payment).toMatchObject({ feeMinor: 3n, feeIsActual: true });
    const { record: open } = settle(aRecord({ feeMinor: 2n }), { ...pending, ...fee });
    expect(open.payment).toMatchObject({ feeMinor: 2n, feeIsActual: false });
  });
});

describe('events', () => {
  it('never announce a second success', () => {
    const { payment } = aPaidRecord();
    for (const status of ['refunded', 'partially_refunded', 'disputed'] as const)
      expect(eventsOf({ ...payment, status }, payment)).toEqual(['payment.updated']);
  });

  it('are none when nothing changed', () => {
    const { payment } = aPaidRecord();
    expect(eventsOf(payment, { ...payment, updatedAt: T0 + HOUR_MS })).toEqual([]);
  });
});
