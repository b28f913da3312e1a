// How evidence moves one attempt: a lattice. Not final < authorized < refused < paid. Rank never falls;
// evidence that would lower it is kept in the history and changes nothing else (reliability.md F6).
import type { Attempt, AttemptStatus } from '../payment/payment.ts';
import { NOT_FOUND_OVER_MS, NOT_FOUND_TIMES } from '../payment/schedule.ts';
import type { Outcome } from './outcome.ts';

export type Verdict =
  | 'moved'
  /** It says what we knew. */
  | 'same'
  /** Older or weaker than what we hold. */
  | 'ignored'
  /** It denies money that we hold to be taken. */
  | 'contradicts';

export interface Move {
  readonly attempt: Attempt;
  readonly verdict: Verdict;
}

const rank: Readonly<Record<AttemptStatus, number>> = {
  ready: 0,
  sent: 1,
  unknown: 2,
  pending: 3,
  requires_action: 3,
  authorized: 4,
  declined: 5,
  not_sent: 5,
  canceled: 5,
  expired: 5,
  succeeded: 6,
};

export function moveAttempt(before: Attempt, outcome: Outcome, nowMs: number): Move {
  const informed = withFacts(before, outcome, nowMs);
  if (outcome.kind === 'unknown')
    return unknownMove(informed, before, outcome.notFound === true, nowMs);
  const to = targetOf(outcome);
  const found = { ...informed, notFoundCount: 0, firstNotFoundAt: null };
  if (before.status === to) return { attempt: atSame(found, outcome), verdict: 'same' };
  if (before.status === 'succeeded')
    return { attempt: before, verdict: refusesMoney(to) ? 'contradicts' : 'ignored' };
  if (rank[to] < rank[before.status]) {
    // A late authorisation is money held although we had given the attempt up.
    if (to !== 'authorized' || !refusesMoney(before.status))
      return { attempt: before, verdict: 'ignored' };
  } else if (rank[to] === 5 && rank[before.status] === 5) {
    return { attempt: before, verdict: 'ignored' };
  }
  return { attempt: { ...atSame(found, outcome), status: to }, verdict: 'moved' };
}

function targetOf(outcome: Exclude<Outcome, { kind: 'unknown' }>): AttemptStatus {
  switch (outcome.kind) {
    case 'succeeded':
      if (outcome.what === 'authorized') return 'authorized';
      return outcome.what === 'voided' ? 'canceled' : 'succeeded';
    case 'declined':
      return outcome.decline.code === 'canceled' ? 'canceled' : 'declined';
    case 'requires_action':
    case 'pending':
    case 'not_sent':
      return outcome.kind;
  }
}

function refusesMoney(status: AttemptStatus): boolean {
  return rank[status] === 5;
}

/** What an outcome says besides the status; amounts only ever grow from a PSP's word. */
function atSame(attempt: Attempt, outcome: Outcome): Attempt {
  switch (outcome.kind) {
    case 'succeeded': {
      const sameCurrency = outcome.currency === attempt.currency;
      const amount = sameCurrency ? outcome.amountMinor : 0n;
      if (outcome.what === 'authorized')
        return { ...attempt, authorizedMinor: amount, action: null };
      if (outcome.what !== 'captured') return { ...attempt, action: null };
      const capturedMinor = amount > attempt.capturedMinor ? amount : attempt.capturedMinor;
      return { ...attempt, capturedMinor, action: null, decline: null, error: '' };
    }
    case 'requires_action':
      return { ...attempt, action: outcome.action, prompted: true };
    case 'declined':
      return { ...attempt, decline: outcome.decline, error: outcome.decline.message, action: null };
    case 'not_sent':
    case 'unknown':
      return { ...attempt, error: outcome.reason };
    case 'pending':
      return outcome.message === undefined ? attempt : { ...attempt, error: '' };
  }
}

function withFacts(attempt: Attempt, outcome: Outcome, nowMs: number): Attempt {
  return {
    ...attempt,
    pspReference: outcome.pspReference ?? attempt.pspReference,
    pspState: outcome.pspState ? { ...attempt.pspState, ...outcome.pspState } : attempt.pspState,
    updatedAt: nowMs,
  };
}

/** Silence never refuses: it makes `sent` unknown, and counts "no such object" answers until they are proof. */
function unknownMove(informed: Attempt, before: Attempt, notFound: boolean, nowMs: number): Move {
  const unresolved = before.status === 'sent' || before.status === 'unknown';
  const base: Attempt = before.status === 'sent' ? { ...informed, status: 'unknown' } : informed;
  if (!notFound) return { attempt: base, verdict: before.status === 'sent' ? 'moved' : 'same' };
  const firstNotFoundAt = before.firstNotFoundAt ?? nowMs;
  const counted = { ...base, notFoundCount: before.notFoundCount + 1, firstNotFoundAt };
  const proven =
    unresolved &&
    counted.notFoundCount >= NOT_FOUND_TIMES &&
    nowMs - firstNotFoundAt >= NOT_FOUND_OVER_MS;
  if (!proven) return { attempt: counted, verdict: before.status === 'sent' ? 'moved' : 'same' };
  const decline = {
    code: 'not_executed',
    pspCode: null,
    message: 'The PSP has no trace of this attempt.',
  } as const;
  return {
    attempt: { ...counted, status: 'declined', decline, error: decline.message },
    verdict: 'moved',
  };
}
