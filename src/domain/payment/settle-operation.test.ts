import { describe, expect, it } from 'vitest';
import {
  anAttempt,
  anAuthorizedRecord,
  anOperation,
  aPaidRecord,
  aRecord,
  authorized,
  captured,
  done,
  notFound,
  notSent,
  pending,
  redirect,
  refunded,
  silence,
  T0,
  voided,
} from '../../../test/records.ts';
import { declined, type Outcome } from '../attempt/outcome.ts';
import { violatedLaw } from './conservation.ts';
import type { Operation, OperationStatus, PaymentRecord } from './payment.ts';
import { settleAttempt } from './settle.ts';
import { type OperationEvidence, settleOperation } from './settle-operation.ts';

const refusal = declined('invalid_request', 'cannot');

function settle(record: PaymentRecord, outcome: Outcome, more: Partial<OperationEvidence> = {}) {
  const decision = settleOperation(record, {
    operationId: record.operations[0]!.id,
    source: 'reply',
    outcome,
    nowMs: T0 + 1_000,
    raw: {},
    asked: false,
    present: false,
    scheduleS: null,
    ...more,
  });
  expect(violatedLaw(decision.record)).toBeNull();
  return { ...decision, operation: decision.record.operations[0]! };
}

const answer = { source: 'poll', asked: true, present: true } as const;
const webhook = { source: 'webhook' } as const;
const refund = (fields: Partial<Operation> = {}) => aPaidRecord([anOperation(fields)]);
const capture = (fields: Partial<Operation> = {}) =>
  anAuthorizedRecord([anOperation({ id: 'cap_1', kind: 'capture', ...fields })]);
const release = (fields: Partial<Operation> = {}) =>
  anAuthorizedRecord([anOperation({ id: 'void_1', kind: 'void', ...fields })]);

describe('a refund', () => {
  it.each([
    ['sent', refunded, 'succeeded'],
    ['sent', refusal, 'failed'],
    ['sent', notSent, 'failed'],
    ['sent', silence, 'unknown'],
    ['sent', pending, 'pending'],
    ['sent', redirect, 'manual_review'],
    ['sent', captured, 'unknown'],
    ['unknown', notSent, 'unknown'],
    ['unknown', refunded, 'succeeded'],
    ['unknown', refusal, 'failed'],
    ['pending', silence, 'pending'],
    ['pending', notSent, 'pending'],
    ['pending', refunded, 'succeeded'],
    ['manual_review', pending, 'pending'],
    ['manual_review', silence, 'manual_review'],
    ['succeeded', silence, 'succeeded'],
    ['succeeded', pending, 'succeeded'],
    ['succeeded', notSent, 'succeeded'],
    ['succeeded', refusal, 'failed'],
    ['failed', pending, 'failed'],
    ['failed', refusal, 'failed'],
  ] as const)('that is %s, told %o, is %s', (before: OperationStatus, outcome, after) => {
    expect(settle(refund({ status: before }), outcome).operation.status).toBe(after);
  });

  it('keeps its reservation until there is proof', () => {
    const lost = settle(refund(), silence);
    expect(lost.record.payment).toMatchObject({ refundPendingMinor: 100n, refundedMinor: 0n });
    const first = settle(lost.record, notFound, { ...answer, nowMs: T0 + 4_000 });
    const early = settle(first.record, notFound, { ...answer, nowMs: T0 + 63_999 });
    expect(early.record.payment.refundPendingMinor).toBe(100n);
    const proven = settle(early.record, notFound, { ...answer, nowMs: T0 + 64_000 });
    expect(proven.operation).toMatchObject({ status: 'failed', nextSyncAt: null });
    expect(proven.record.payment.refundPendingMinor).toBe(0n);
    expect(proven.events).toEqual(['refund.updated']);
  });

  it('that was done is counted, and announced', () => {
    const { record, events } = settle(refund(), refunded);
    expect(record.payment).toMatchObject({
      status: 'refunded',
      refundedMinor: 100n,
      refundPendingMinor: 0n,
      conflict: null,
    });
    expect(events).toEqual(['payment.updated', 'payment.refunded', 'refund.updated']);
  });

  it('of another amount than was asked for is a conflict', () => {
    const { record } = settle(refund({ amountMinor: 40n }), done('refunded', 50n));
    expect(record.payment).toMatchObject({ refundedMinor: 40n, conflict: 'amount_mismatch' });
  });

  it('that the bank returned later is free to be made again, and no conflict', () => {
    const made = settle(refund(), refunded).record;
    const { record, operation, events } = settle(made, refusal, webhook);
    expect(operation).toMatchObject({ status: 'failed', error: 'cannot' });
    expect(record.payment).toMatchObject({
      status: 'succeeded',
      refundedMinor: 0n,
      conflict: null,
    });
    expect(events).toEqual(['payment.updated', 'refund.updated']);
  });

  it('that the PSP refused and then says it made is asked about first', () => {
    const refused = settle(refund(), refusal).record;
    const told = settle(refused, refunded, webhook);
    expect([told.verdict, told.operation.status, told.operation.nextSyncAt]).toEqual([
      'doubtful',
      'failed',
      T0 + 1_000,
    ]);
    const { record } = settle(told.record, refunded, answer);
    expect(record.payment).toMatchObject({ status: 'refunded', refundedMinor: 100n });
    const { operation } = settle(told.record, refusal, answer);
    expect(operation).toMatchObject({ status: 'failed', nextSyncAt: null });
  });

  it('that we had only concluded to have failed is believed at once', () => {
    const { operation } = settle(refund({ status: 'failed' }), refunded, webhook);
    expect(operation.status).toBe('succeeded');
  });

  it('whose place another one took is a conflict, and never breaks the law', () => {
    const record = aPaidRecord([
      anOperation({ status: 'failed', nextSyncAt: null }),
      anOperation({ id: 'ref_2', status: 'succeeded', nextSyncAt: null }),
    ]);
    const told = settle(record, refunded, webhook);
    expect(told.operation).toMatchObject({ status: 'failed', nextSyncAt: T0 + 1_000 });
    const { record: settled, adjustments } = settle(told.record, refunded, answer);
    expect(settled.payment.conflict).toBe('amount_mismatch');
    expect(adjustments).toHaveLength(1);
  });

  it('that nobody can tell of ends in an operator ticket, its reservation kept', () => {
    const { record } = settle(refund({ status: 'unknown', syncCount: 11 }), silence, answer);
    expect(record.payment).toMatchObject({ conflict: 'unresolved', refundPendingMinor: 100n });
  });
});

describe('a capture', () => {
  it('takes the money', () => {
    const { record, events } = settle(capture(), captured);
    expect(record.payment).toMatchObject({
      status: 'succeeded',
      capturedMinor: 100n,
      capturePendingMinor: 0n,
      conflict: null,
    });
    expect(record.attempts[0]).toMatchObject({ status: 'succeeded', nextSyncAt: null });
    expect(events).toEqual(['payment.updated', 'payment.succeeded']);
  });

  it('in part says so', () => {
    const { record } = settle(capture({ amountMinor: 60n }), done('captured', 60n));
    expect(record.payment).toMatchObject({ status: 'partially_captured', capturedMinor: 60n });
  });

  it('is counted once, whether webhook, reply or question tells of it first', () => {
    const heard = {
      attemptId: 'att_1',
      source: 'webhook',
      nowMs: T0,
      raw: {},
      latencyMs: null,
    } as const;
    const told = settleAttempt(capture(), {
      ...heard,
      outcome: captured,
      asked: false,
      present: false,
      scheduleS: null,
    }).record;
    expect(told.payment).toMatchObject({ capturedMinor: 100n, capturePendingMinor: 100n });
    const replied = settle(told, captured).record;
    expect(replied.payment).toMatchObject({
      status: 'succeeded',
      capturedMinor: 100n,
      capturePendingMinor: 0n,
      conflict: null,
    });
  });

  it('whose reply was lost keeps its reservation, and is found by asking', () => {
    const lost = settle(capture(), silence).record;
    expect(lost.payment).toMatchObject({ status: 'authorized', capturePendingMinor: 100n });
    expect(settle(lost, captured, answer).record.payment.status).toBe('succeeded');
  });

  it('of which the PSP does not say how much took what was asked', () => {
    const { record } = settle(capture({ amountMinor: 60n }), done('captured', 0n));
    expect(record.payment).toMatchObject({ capturedMinor: 60n, conflict: null });
  });

  it('that is refused leaves the authorisation to be asked about', () => {
    const { record, operation } = settle(capture(), refusal);
    expect(operation.status).toBe('failed');
    expect(record.payment).toMatchObject({ status: 'authorized', capturePendingMinor: 0n });
    expect(record.attempts[0]).toMatchObject({ status: 'authorized', nextSyncAt: T0 + 1_000 });
  });

  it('that finds the authorisation released fails, and the payment with it', () => {
    const { record, operation } = settle(capture(), voided, answer);
    expect(operation.status).toBe('failed');
    expect(record.attempts[0]?.status).toBe('canceled');
    expect(record.payment.status).toBe('canceled');
  });

  it('that finds it only authorised is not done', () => {
    expect(settle(capture(), authorized).operation.status).toBe('unknown');
  });

  it('after the payment was given up is a late success', () => {
    const record = aRecord(
      { status: 'expired', captureMethod: 'manual', authorizedMinor: 100n, dueAt: null },
      [anAttempt({ operation: 'authorize', status: 'canceled', authorizedMinor: 100n })],
      [anOperation({ id: 'cap_1', kind: 'capture', status: 'unknown' })],
    );
    const { record: settled } = settle(record, captured, answer);
    expect(settled.payment).toMatchObject({ status: 'succeeded', conflict: 'late_success' });
  });

  it('that was done stays done', () => {
    const made = settle(capture(), captured).record;
    const told = settle(made, refusal);
    expect([told.verdict, told.operation.status]).toEqual(['doubtful', 'succeeded']);
    const { record } = settle(told.record, refusal, answer);
    expect(record.payment).toMatchObject({
      status: 'succeeded',
      capturedMinor: 100n,
      conflict: 'contradicted_success',
    });
  });
});

describe('a void', () => {
  it('releases the authorisation', () => {
    const { record, operation, events } = settle(release(), voided);
    expect(operation.status).toBe('succeeded');
    expect(record.attempts[0]).toMatchObject({ status: 'canceled', nextSyncAt: null });
    expect(record.payment).toMatchObject({ status: 'canceled', conflict: null });
    expect(events).toEqual(['payment.updated', 'payment.canceled']);
  });

  it('that finds the money taken is no void', () => {
    const { record, operation } = settle(release(), captured);
    expect(operation.status).toBe('failed');
    expect(record.attempts[0]).toMatchObject({ status: 'succeeded', capturedMinor: 100n });
    expect(record.payment).toMatchObject({ status: 'succeeded', conflict: null });
  });

  it('never takes away what was captured meanwhile: the PSP is asked', () => {
    const record = release();
    const paid = anAttempt({
      operation: 'authorize',
      status: 'succeeded',
      authorizedMinor: 100n,
      capturedMinor: 100n,
      nextSyncAt: null,
    });
    const told = settle({ ...record, attempts: [paid] }, voided);
    expect(told.record.attempts[0]).toMatchObject({
      status: 'succeeded',
      capturedMinor: 100n,
      nextSyncAt: T0 + 1_000,
    });
  });

  it('that is refused leaves the authorisation as it was', () => {
    const { record } = settle(release(), refusal);
    expect(record.payment.status).toBe('authorized');
    expect(record.attempts[0]?.nextSyncAt).toBe(T0 + 1_000);
  });
});
