// settle(evidence): the only way a payment changes because of what a PSP said. Pure: record in, decision out.
// The store applies a decision only if nobody changed the payment meanwhile (version), else it is decided again.
import { type FallbackAnswer, mayFallBack } from '../attempt/may-fall-back.ts';
import { moveAttempt, type Verdict } from '../attempt/move.ts';
import type { Outcome } from '../attempt/outcome.ts';
import { conflictAfter, mismatchOf } from './conflict.ts';
import { derivePayment } from './derive.ts';
import {
  type Adjustment,
  type Attempt,
  attemptOf,
  type EvidenceSource,
  isFinalAttempt,
  type Payment,
  type PaymentRecord,
  type PaymentType,
} from './payment.ts';
import { nextAuthorizedSyncAt, nextPaidOutLookAt, nextSyncAt, settledSyncAt } from './schedule.ts';
import { isClosedUnpaid, isReturned } from './status.ts';

export interface AttemptEvidence {
  readonly attemptId: string;
  readonly source: EvidenceSource;
  readonly outcome: Outcome;
  readonly nowMs: number;
  /** What was received, already redacted. */
  readonly raw: unknown;
  /** How long the call took; null when there was none. */
  readonly latencyMs: number | null;
  /** True when this is the answer to one of our scheduled questions. */
  readonly asked: boolean;
  /** The answer to a question about the payment as it still is: the PSP's present state. Webhooks and replies are not. */
  readonly present: boolean;
  /** The connector's own schedule, in seconds. */
  readonly scheduleS: readonly number[] | null;
}

export interface Decision {
  readonly record: PaymentRecord;
  readonly changedAttempts: readonly string[];
  readonly changedOperations: readonly string[];
  readonly adjustments: readonly Adjustment[];
  /** Types of events for the merchant, in order. */
  readonly events: readonly string[];
  /** Set when the evidence was a definite refusal. */
  readonly fallback: FallbackAnswer | null;
  readonly verdict: Verdict;
}

export function settleAttempt(record: PaymentRecord, evidence: AttemptEvidence): Decision {
  const { outcome, nowMs } = evidence;
  const before = attemptOf(record, evidence.attemptId);
  const { attempt: moved, verdict } = moveAttempt(before, outcome, nowMs, evidence.present);
  const timed = withSchedule(moved, before, evidence, verdict, record.payment);
  const attempts = record.attempts.map((one) => (one.id === timed.id ? timed : one));
  const conflict = conflictAfter(record, { ...record, attempts }, [
    verdict === 'contradicts' ? 'contradicted_success' : null,
    verdict === 'doubtful' ? null : mismatchOf(record, timed, outcome),
  ]);
  const known = { ...record.payment, conflict };
  const refused = outcome.kind === 'declined' || outcome.kind === 'not_sent';
  const fallback =
    refused && verdict === 'moved' && evidence.source === 'reply'
      ? mayFallBack({ ...record, payment: known, attempts }, timed.id, outcome)
      : null;
  const payment = fallback?.allowed
    ? { ...known, updatedAt: nowMs }
    : derivePayment({ ...record, payment: withFee(known, timed, outcome), attempts }, nowMs);
  const next = { ...record, payment: closeDue(payment), attempts };
  return {
    record: next,
    changedAttempts: [timed.id],
    changedOperations: [],
    adjustments: [adjustmentOf(record, next, before, timed, evidence, verdict)],
    events: eventsOf(record.payment, next.payment),
    fallback,
    verdict,
  };
}

/** When to ask again. */
function withSchedule(
  attempt: Attempt,
  before: Attempt,
  evidence: AttemptEvidence,
  verdict: Verdict,
  payment: Payment,
): Attempt {
  const { nowMs, asked, latencyMs, scheduleS, outcome, present } = evidence;
  const latency = latencyMs === null ? attempt.latencyMs : Math.round(latencyMs);
  const syncCount = before.syncCount + (asked ? 1 : 0);
  const counted: Attempt = { ...attempt, latencyMs: latency, syncCount };
  // At once, by the worker: the promise to ask is kept by the row, whatever becomes of this process.
  if (verdict === 'doubtful') return { ...counted, syncCount: 0, nextSyncAt: nowMs };
  if (isFinalAttempt(counted)) {
    const asBefore = { ...before, wasSettled: isFinalAttempt(before) && verdict !== 'moved' };
    const answer = { nowMs, asked, scheduleS, silent: outcome.kind === 'unknown', present };
    if (counted.operation === 'payout' && counted.status === 'succeeded') {
      if (verdict === 'moved')
        return { ...counted, syncCount: 0, nextSyncAt: nextPaidOutLookAt(0, nowMs) };
      if (asked && !answer.silent)
        return { ...counted, nextSyncAt: nextPaidOutLookAt(syncCount, nowMs) };
    }
    return { ...counted, nextSyncAt: settledSyncAt(asBefore, syncCount, answer) };
  }
  // News starts the schedule afresh; an answer without news moves on to the next, longer wait.
  const news = counted.status !== before.status;
  if (!news && !asked) return { ...counted, nextSyncAt: before.nextSyncAt };
  const count = news ? 0 : syncCount;
  const timed = { ...counted, syncCount: count };
  if (timed.status === 'authorized') {
    // The merchant has asked to cancel meanwhile: the worker releases it.
    const release = news && payment.cancelRequestedAt !== null;
    return { ...timed, nextSyncAt: release ? nowMs : nextAuthorizedSyncAt(count, nowMs) };
  }
  const as =
    timed.status === 'unknown' || timed.status === 'pending' ? timed.status : 'requires_action';
  const next = nextSyncAt(count, as, nowMs, scheduleS);
  // Nobody came back to the PSP's page of a payment that is closed: the attempt is over.
  const answered = outcome.kind !== 'unknown' || outcome.notFound === true;
  const over =
    next === null && as === 'requires_action' && answered && isClosedUnpaid(payment.status);
  return { ...timed, nextSyncAt: next, ...(over ? { status: 'expired' } : {}) };
}

function withFee(payment: Payment, attempt: Attempt, outcome: Outcome): Payment {
  if (outcome.feeMinor === undefined || outcome.feeMinor === null || attempt.capturedMinor === 0n)
    return payment;
  return {
    ...payment,
    feeMinor: outcome.feeMinor,
    feeCurrency: outcome.feeCurrency ?? payment.currency,
    feeIsActual: true,
  };
}

/** A payment that can no longer expire needs no look from the worker. */
function closeDue(payment: Payment): Payment {
  const waiting = payment.status === 'pending' || payment.status === 'requires_action';
  return waiting && payment.conflict === null ? payment : { ...payment, dueAt: null };
}

function adjustmentOf(
  before: PaymentRecord,
  after: PaymentRecord,
  attemptBefore: Attempt,
  attempt: Attempt,
  { source, outcome, raw, nowMs }: AttemptEvidence,
  verdict: Verdict,
): Adjustment {
  return {
    attemptId: attempt.id,
    operationId: null,
    source,
    reason:
      verdict === 'moved' || verdict === 'same'
        ? reasonOf(outcome)
        : `${verdict}: ${reasonOf(outcome)}`,
    fromStatus: before.payment.status,
    toStatus: after.payment.status,
    attemptFrom: attemptBefore.status,
    attemptTo: attempt.status,
    evidence: raw,
    createdAt: nowMs,
  };
}

export function reasonOf(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'succeeded':
      return outcome.what;
    case 'requires_action':
      return outcome.action.type;
    case 'declined':
      return outcome.decline.code;
    case 'not_sent':
      return `not_sent: ${outcome.reason}`;
    case 'unknown':
      return `unknown: ${outcome.reason}`;
    case 'pending':
      return outcome.message ?? 'pending';
  }
}

const NAMED: ReadonlySet<string> = new Set([
  'succeeded',
  'failed',
  'canceled',
  'expired',
  'refunded',
]);

/** `payment.updated` on every change of status or conflict, and the specific event beside it; of a payout `payout.…`. */
export function eventsOf(before: Payment, after: Payment): string[] {
  const events: string[] = [];
  const noun = eventNoun(after.type);
  if (after.status !== before.status || after.conflict !== before.conflict)
    events.push(`${noun}.updated`);
  const named = NAMED.has(after.status);
  // A refund that failed, or a dispute that was won, is not a second success.
  const again = after.status === 'succeeded' && isReturned(before.status);
  // Paid out, and come back.
  const reversed = before.status === 'succeeded' && after.status === 'failed';
  if (after.status !== before.status && named && !again)
    events.push(`${noun}.${reversed ? 'reversed' : after.status}`);
  if (after.conflict === 'duplicate_capture' && before.conflict !== 'duplicate_capture') {
    events.push(`${noun}.duplicate_detected`);
  }
  return events;
}

/** What the events of a payment are about, in their names. */
export function eventNoun(type: PaymentType): string {
  return type === 'pay_in' ? 'payment' : type;
}
