// settle(evidence) for captures, voids and refunds: pure. A reservation (refund_pending, capture_pending) lives as
// long as the operation is not settled, and is released only by proof (reliability.md F9, F10).
import { moveAttempt, type Verdict } from '../attempt/move.ts';
import type { Outcome } from '../attempt/outcome.ts';
import { conflictAfter, operationMismatch } from './conflict.ts';
import { refundableOf } from './conservation.ts';
import { derivePayment } from './derive.ts';
import {
  type Attempt,
  attemptOf,
  type EvidenceSource,
  givesBack,
  isOpenOperation,
  type Operation,
  type OperationStatus,
  operationOf,
  type PaymentRecord,
} from './payment.ts';
import { NOT_FOUND_OVER_MS, NOT_FOUND_TIMES, nextSyncAt, settledSyncAt } from './schedule.ts';
import { type Decision, eventsOf, reasonOf } from './settle.ts';

export interface OperationEvidence {
  readonly operationId: string;
  readonly source: EvidenceSource;
  readonly outcome: Outcome;
  readonly nowMs: number;
  readonly raw: unknown;
  readonly asked: boolean;
  /** The PSP's present state: the answer to a question about the payment as it still is. */
  readonly present: boolean;
  readonly scheduleS: readonly number[] | null;
}

interface Settled {
  readonly operation: Operation;
  readonly verdict: Verdict;
}

export function settleOperation(record: PaymentRecord, evidence: OperationEvidence): Decision {
  const { nowMs, outcome } = evidence;
  const before = operationOf(record, evidence.operationId);
  const { operation, verdict } = moveOperation(record, before, evidence);
  const operations = record.operations.map((one) => (one.id === operation.id ? operation : one));
  const attemptBefore = attemptOf(record, operation.attemptId);
  const { attempt, verdict: attemptVerdict } = attemptAfter(
    attemptBefore,
    operation,
    verdict,
    evidence,
  );
  const attempts = record.attempts.map((one) => (one.id === attempt.id ? attempt : one));
  const conflict = conflictAfter(record, { ...record, attempts, operations }, [
    verdict === 'contradicts' ? contradictionOf(operation) : null,
    attemptVerdict === 'contradicts' ? 'contradicted_success' : null,
    verdict === 'moved' && wordOf(operation, outcome) === 'done'
      ? operationMismatch(operation, outcome)
      : null,
  ]);
  const known = { ...record.payment, conflict };
  const payment = derivePayment({ payment: known, attempts, operations }, nowMs);
  const moved = operation.status !== before.status;
  return {
    record: { payment, attempts, operations },
    changedAttempts: attempt === attemptBefore ? [] : [attempt.id],
    changedOperations: [operation.id],
    adjustments: [
      {
        attemptId: attempt.id,
        operationId: operation.id,
        source: evidence.source,
        reason: `${operation.kind} ${operation.status}: ${reasonOf(outcome)}`,
        fromStatus: record.payment.status,
        toStatus: payment.status,
        attemptFrom: attemptBefore.status,
        attemptTo: attempt.status,
        evidence: evidence.raw,
        createdAt: nowMs,
      },
    ],
    events: [
      ...eventsOf(record.payment, payment),
      ...(moved && operation.kind === 'refund' ? ['refund.updated'] : []),
    ],
    fallback: null,
    verdict,
  };
}

type Word = 'done' | 'refused' | 'open' | 'review' | 'nothing';

/** What an outcome says of an operation: its success must be of the operation's own kind. */
function wordOf(operation: Operation, outcome: Outcome): Word {
  switch (outcome.kind) {
    case 'declined':
      return 'refused';
    case 'not_sent':
      // Only the operation's own call can have stayed here, not a later question.
      return operation.status === 'sent' ? 'refused' : 'nothing';
    case 'pending':
      return 'open';
    case 'requires_action':
      return 'review';
    case 'unknown':
      return 'nothing';
    case 'succeeded':
      if (outcome.what === DONE[operation.kind]) return 'done';
      // The authorisation went the other way: what is captured cannot be released, nor the other way round.
      return outcome.what === OPPOSITE[operation.kind] ? 'refused' : 'nothing';
  }
}

const DONE = {
  capture: 'captured',
  void: 'voided',
  refund: 'refunded',
  reversal: 'refunded',
} as const;
const OPPOSITE = { capture: 'voided', void: 'captured', refund: null, reversal: null } as const;

function moveOperation(
  record: PaymentRecord,
  before: Operation,
  evidence: OperationEvidence,
): Settled {
  const { outcome, nowMs } = evidence;
  const informed = countNotFound(withFacts(before, outcome, nowMs), outcome, nowMs);
  const word = wordOf(before, outcome);
  const fits =
    !givesBack(before) ||
    isOpenOperation(before) ||
    before.amountMinor <= refundableOf(record, before.attemptId);
  const verdict = verdictOf(before, word, evidence.present, fits, isProvenAbsent(informed, nowMs));
  const status = verdict === 'moved' ? statusAfter(before, word) : before.status;
  const explained: Operation = {
    ...informed,
    status,
    decline: verdict === 'moved' ? declineOf(outcome) : before.decline,
    error: verdict === 'moved' ? errorOf(outcome, status) : before.error,
  };
  return { operation: withSchedule(explained, before, evidence, verdict), verdict };
}

function verdictOf(
  before: Operation,
  word: Word,
  present: boolean,
  fits: boolean,
  absent: boolean,
): Verdict {
  switch (before.status) {
    case 'succeeded':
      if (word !== 'refused') return word === 'done' ? 'same' : 'ignored';
      // A PSP may take a refund back days later (Stripe: the bank returned it); a capture or void stays done.
      if (givesBack(before)) return 'moved';
      return present ? 'contradicts' : 'doubtful';
    case 'failed':
      if (word !== 'done') return word === 'refused' ? 'same' : 'ignored';
      // Another refund has taken its place meanwhile: more was given back than was taken.
      if (!fits) return present ? 'contradicts' : 'doubtful';
      // The PSP itself had refused it; our own conclusion needs no second opinion.
      return before.decline === null || present ? 'moved' : 'doubtful';
    default:
      if (word === 'nothing') return before.status === 'sent' || absent ? 'moved' : 'same';
      return statusAfter(before, word) === before.status ? 'same' : 'moved';
  }
}

function statusAfter(before: Operation, word: Word): OperationStatus {
  switch (word) {
    case 'done':
      return 'succeeded';
    case 'refused':
      return 'failed';
    case 'open':
      return 'pending';
    case 'review':
      return 'manual_review';
    case 'nothing':
      return before.status === 'sent' ? 'unknown' : 'failed';
  }
}

/** A refund that was refused but done all the same is more than was asked for, when another took its place. */
function contradictionOf(operation: Operation) {
  return givesBack(operation) ? 'amount_mismatch' : 'contradicted_success';
}

function withFacts(operation: Operation, outcome: Outcome, nowMs: number): Operation {
  return {
    ...operation,
    pspReference: outcome.pspReference ?? operation.pspReference,
    pspState: outcome.pspState
      ? { ...operation.pspState, ...outcome.pspState }
      : operation.pspState,
    updatedAt: nowMs,
  };
}

function countNotFound(operation: Operation, outcome: Outcome, nowMs: number): Operation {
  if (outcome.kind !== 'unknown') return { ...operation, notFoundCount: 0, firstNotFoundAt: null };
  if (!outcome.notFound) return operation;
  return {
    ...operation,
    notFoundCount: operation.notFoundCount + 1,
    firstNotFoundAt: operation.firstNotFoundAt ?? nowMs,
  };
}

/** The PSP has said often enough, over long enough, that it never received it. */
function isProvenAbsent(operation: Operation, nowMs: number): boolean {
  const { status, notFoundCount, firstNotFoundAt } = operation;
  return (
    status === 'unknown' &&
    firstNotFoundAt !== null &&
    notFoundCount >= NOT_FOUND_TIMES &&
    nowMs - firstNotFoundAt >= NOT_FOUND_OVER_MS
  );
}

function declineOf(outcome: Outcome) {
  return outcome.kind === 'declined' ? outcome.decline : null;
}

function errorOf(outcome: Outcome, status: OperationStatus): string {
  if (status !== 'failed') return '';
  if (outcome.kind === 'declined') return outcome.decline.message;
  if (outcome.kind === 'not_sent') return outcome.reason;
  return outcome.kind === 'succeeded'
    ? `The PSP says ${outcome.what}.`
    : 'The PSP has no trace of this request.';
}

function withSchedule(
  operation: Operation,
  before: Operation,
  { nowMs, asked, scheduleS, outcome, present }: OperationEvidence,
  verdict: Verdict,
): Operation {
  const syncCount = before.syncCount + (asked ? 1 : 0);
  if (verdict === 'doubtful') return { ...operation, syncCount: 0, nextSyncAt: nowMs };
  if (!isOpenOperation(operation)) {
    const asBefore = { ...before, wasSettled: !isOpenOperation(before) && verdict !== 'moved' };
    const answer = { nowMs, asked, scheduleS, silent: outcome.kind === 'unknown', present };
    return { ...operation, syncCount, nextSyncAt: settledSyncAt(asBefore, syncCount, answer) };
  }
  const news = operation.status !== before.status;
  if (!news && !asked) return { ...operation, syncCount };
  const count = news ? 0 : syncCount;
  const as = operation.status === 'unknown' || operation.status === 'sent' ? 'unknown' : 'pending';
  return { ...operation, syncCount: count, nextSyncAt: nextSyncAt(count, as, nowMs, scheduleS) };
}

/** What a capture or void did to its attempt, by the attempt's own lattice. */
function attemptAfter(
  attempt: Attempt,
  operation: Operation,
  verdict: Verdict,
  { outcome, nowMs, present }: OperationEvidence,
): { readonly attempt: Attempt; readonly verdict: Verdict } {
  if (givesBack(operation) || verdict !== 'moved') return { attempt, verdict: 'same' };
  const said = aboutAttempt(operation, outcome);
  if (said === null) {
    // Refused: the authorisation may have lapsed, or have been captured at the PSP. The worker asks.
    const asks = operation.status === 'failed' && attempt.status === 'authorized';
    return { attempt: asks ? { ...attempt, nextSyncAt: nowMs } : attempt, verdict: 'same' };
  }
  const moved = moveAttempt(attempt, said, nowMs, present);
  if (moved.verdict === 'moved')
    return { attempt: { ...moved.attempt, nextSyncAt: null }, verdict: 'moved' };
  if (moved.verdict === 'doubtful')
    return { attempt: { ...attempt, nextSyncAt: nowMs }, verdict: 'doubtful' };
  return moved;
}

function aboutAttempt(operation: Operation, outcome: Outcome): Outcome | null {
  if (outcome.kind !== 'succeeded') return null;
  const { what, currency } = outcome;
  if (what !== 'captured' && what !== 'voided') return null;
  // Zero: the PSP did not say how much; it did what it was asked.
  const amountMinor = outcome.amountMinor > 0n ? outcome.amountMinor : operation.amountMinor;
  return { kind: 'succeeded', what, amountMinor, currency };
}
