// settle(evidence) for captures, voids and refunds: pure. A reservation (refund_pending, capture_pending) lives as
// long as the operation is not settled, and is released only by proof (reliability.md F9, F10).

import type { Outcome } from '../attempt/outcome.ts';
import { derivePayment } from './derive.ts';
import {
  type Attempt,
  attemptOf,
  type EvidenceSource,
  type Operation,
  type OperationStatus,
  operationOf,
  type PaymentRecord,
} from './payment.ts';
import { NOT_FOUND_OVER_MS, NOT_FOUND_TIMES, nextSyncAt } from './schedule.ts';
import { type Decision, eventsOf, reasonOf } from './settle.ts';

export interface OperationEvidence {
  readonly operationId: string;
  readonly source: EvidenceSource;
  readonly outcome: Outcome;
  readonly nowMs: number;
  readonly raw: unknown;
  readonly asked: boolean;
  readonly scheduleS: readonly number[] | null;
}

export function settleOperation(record: PaymentRecord, evidence: OperationEvidence): Decision {
  const { nowMs } = evidence;
  const before = operationOf(record, evidence.operationId);
  const after = moveOperation(before, evidence);
  const operations = record.operations.map((one) => (one.id === after.id ? after : one));
  const attemptBefore = attemptOf(record, after.attemptId);
  const attempt = attemptAfter(attemptBefore, before, after, evidence.outcome, nowMs);
  const attempts = record.attempts.map((one) => (one.id === attempt.id ? attempt : one));
  const payment = derivePayment({ ...record, attempts, operations }, nowMs);
  const moved = after.status !== before.status;
  const contradicts = before.status === 'succeeded' && refuses(evidence.outcome);
  const conflicted =
    contradicts && payment.conflict === null
      ? { ...payment, conflict: 'contradicted_success' as const }
      : payment;
  return {
    record: { payment: conflicted, attempts, operations },
    changedAttempts: attempt === attemptBefore ? [] : [attempt.id],
    changedOperations: [after.id],
    adjustments: [
      {
        attemptId: attempt.id,
        operationId: after.id,
        source: evidence.source,
        reason: `${after.kind} ${after.status}: ${reasonOf(evidence.outcome)}`,
        fromStatus: record.payment.status,
        toStatus: conflicted.status,
        attemptFrom: attemptBefore.status,
        attemptTo: attempt.status,
        evidence: evidence.raw,
        createdAt: nowMs,
      },
    ],
    events: [
      ...eventsOf(record.payment, conflicted),
      ...(moved && after.kind === 'refund' ? ['refund.updated'] : []),
    ],
    fallback: null,
    verdict: moved ? 'moved' : contradicts ? 'contradicts' : 'same',
  };
}

function refuses(outcome: Outcome): boolean {
  return outcome.kind === 'declined' || outcome.kind === 'not_sent';
}

function moveOperation(before: Operation, evidence: OperationEvidence): Operation {
  const { outcome, nowMs, asked, scheduleS } = evidence;
  const informed: Operation = {
    ...before,
    pspReference: outcome.pspReference ?? before.pspReference,
    pspState: outcome.pspState ? { ...before.pspState, ...outcome.pspState } : before.pspState,
    syncCount: before.syncCount + (asked ? 1 : 0),
    updatedAt: nowMs,
  };
  const status = statusAfter(informed, outcome, nowMs);
  const counted = countNotFound(informed, outcome, nowMs);
  const explained: Operation = {
    ...counted,
    status,
    decline: outcome.kind === 'declined' ? outcome.decline : counted.decline,
    error: errorOf(outcome, counted.error, status),
  };
  // A PSP may report a failure after success (Stripe: a refund that the bank returned): the money came back to
  // the merchant, so the reservation is free again.
  if (status === 'succeeded' || status === 'failed') return { ...explained, nextSyncAt: null };
  const news = status !== before.status;
  if (!news && !asked) return { ...explained, nextSyncAt: before.nextSyncAt };
  const syncCount = news ? 0 : explained.syncCount;
  const as = status === 'unknown' || status === 'sent' ? 'unknown' : 'pending';
  return { ...explained, syncCount, nextSyncAt: nextSyncAt(syncCount, as, nowMs, scheduleS) };
}

function statusAfter(operation: Operation, outcome: Outcome, nowMs: number): OperationStatus {
  const { status } = operation;
  switch (outcome.kind) {
    case 'succeeded':
      return 'succeeded';
    case 'declined':
      // Stripe can fail a refund days after it succeeded; a capture or void stays done.
      return status === 'succeeded' && operation.kind !== 'refund' ? 'succeeded' : 'failed';
    case 'not_sent':
      return status === 'sent' ? 'failed' : status;
    case 'requires_action':
      return status === 'succeeded' || status === 'failed' ? status : 'manual_review';
    case 'pending':
      return status === 'succeeded' || status === 'failed' ? status : 'pending';
    case 'unknown': {
      if (status !== 'sent' && status !== 'unknown') return status;
      const since = operation.firstNotFoundAt ?? nowMs;
      const proven =
        outcome.notFound === true &&
        operation.notFoundCount + 1 >= NOT_FOUND_TIMES &&
        nowMs - since >= NOT_FOUND_OVER_MS;
      return proven ? 'failed' : 'unknown';
    }
  }
}

function countNotFound(operation: Operation, outcome: Outcome, nowMs: number): Operation {
  if (outcome.kind === 'unknown') {
    if (!outcome.notFound) return operation;
    return {
      ...operation,
      notFoundCount: operation.notFoundCount + 1,
      firstNotFoundAt: operation.firstNotFoundAt ?? nowMs,
    };
  }
  return { ...operation, notFoundCount: 0, firstNotFoundAt: null };
}

function errorOf(outcome: Outcome, before: string, status: OperationStatus): string {
  if (outcome.kind === 'declined') return outcome.decline.message;
  if (outcome.kind === 'not_sent') return outcome.reason;
  if (outcome.kind === 'unknown' && status === 'failed')
    return 'The PSP has no trace of this request.';
  return status === 'succeeded' ? '' : before;
}

/** A capture or void also changes what its attempt holds. */
function attemptAfter(
  attempt: Attempt,
  before: Operation,
  after: Operation,
  outcome: Outcome,
  nowMs: number,
): Attempt {
  const done = after.status === 'succeeded' && before.status !== 'succeeded';
  if (!done || after.kind === 'refund') return attempt;
  if (after.kind === 'void') return afterVoid(attempt, outcome, nowMs);
  const capturedMinor =
    attempt.capturedMinor +
    (outcome.kind === 'succeeded' && outcome.amountMinor > 0n
      ? outcome.amountMinor
      : after.amountMinor);
  return { ...attempt, status: 'succeeded', capturedMinor, nextSyncAt: null, updatedAt: nowMs };
}

/** A void that finds the money taken is no void: the attempt holds the money. */
function afterVoid(attempt: Attempt, outcome: Outcome, nowMs: number): Attempt {
  if (outcome.kind === 'succeeded' && outcome.what === 'captured') {
    return {
      ...attempt,
      status: 'succeeded',
      capturedMinor: outcome.amountMinor,
      nextSyncAt: null,
      updatedAt: nowMs,
    };
  }
  return { ...attempt, status: 'canceled', action: null, nextSyncAt: null, updatedAt: nowMs };
}
