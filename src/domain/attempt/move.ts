// How evidence moves one attempt: a lattice. Not final < authorized < refused < paid. A word that would lower the rank
// changes nothing. A word that denies what we hold may be old (F6: webhooks come late and out of order), so it is only
// doubted and the PSP asked; the answer to a question is the PSP's present state, and only that may overturn a refusal.
import type { Attempt, AttemptStatus } from '../payment/payment.ts';
import { NOT_FOUND_OVER_MS, NOT_FOUND_TIMES } from '../payment/schedule.ts';
import type { CustomerAction, Outcome } from './outcome.ts';

export type Verdict =
  | 'moved'
  /** It says what we knew. */
  | 'same'
  /** Older or weaker than what we hold. */
  | 'ignored'
  /** It denies what we hold, but may be an old word: the PSP has to be asked. */
  | 'doubtful'
  /** The PSP, asked, denies money that we hold to be taken. */
  | 'contradicts';

export interface Move {
  readonly attempt: Attempt;
  readonly verdict: Verdict;
}

export const attemptRank: Readonly<Record<AttemptStatus, number>> = {
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

/** `present`: the answer to a question that was asked about this very state, not a word that was on its way. */
export function moveAttempt(
  before: Attempt,
  outcome: Outcome,
  nowMs: number,
  present = false,
): Move {
  const informed = withFacts(before, outcome, nowMs);
  if (outcome.kind === 'unknown')
    return unknownMove(informed, before, outcome.notFound === true, nowMs);
  const paysOut = before.operation === 'payout';
  // A word about money in says nothing of money out, nor the other way round.
  if (outcome.kind === 'succeeded' && (outcome.what === 'paid_out') !== paysOut)
    return { attempt: before, verdict: 'ignored' };
  const to = paysOut && outcome.kind === 'requires_action' ? 'pending' : targetOf(outcome);
  const verdict = paysOut
    ? payoutVerdict(before.status, to, present)
    : verdictOf(before.status, to, present);
  if (verdict === 'moved' || verdict === 'same') {
    const found = { ...informed, notFoundCount: 0, firstNotFoundAt: null };
    return { attempt: { ...withWord(found, outcome), status: to }, verdict };
  }
  // That it was authorised stays true of what overtook it.
  return { attempt: withAuthorized(before, outcome), verdict };
}

type Target = Exclude<AttemptStatus, 'ready' | 'sent' | 'unknown' | 'expired'>;

function targetOf(outcome: Exclude<Outcome, { kind: 'unknown' }>): Target {
  switch (outcome.kind) {
    case 'succeeded':
      if (outcome.what === 'authorized') return 'authorized';
      // `refunded`: given back whole before we knew that it was taken (Paystack: `reversed`). Nothing is held.
      return outcome.what === 'captured' || outcome.what === 'paid_out' ? 'succeeded' : 'canceled';
    case 'declined':
      return outcome.decline.code === 'canceled' ? 'canceled' : 'declined';
    case 'requires_action':
    case 'pending':
    case 'not_sent':
      return outcome.kind;
  }
}

function verdictOf(from: AttemptStatus, to: Target, present: boolean): Verdict {
  if (from === to) return 'same';
  // Only the attempt's own call can have stayed here; a question or a repeat that did says nothing about it.
  if (to === 'not_sent') return from === 'sent' ? 'moved' : 'ignored';
  if (from === 'succeeded') {
    if (!refuses(to)) return 'ignored';
    return present ? 'contradicts' : 'doubtful';
  }
  if (refuses(from)) {
    if (to === 'succeeded') return 'moved';
    if (to !== 'authorized') return 'ignored';
    return present ? 'moved' : 'doubtful';
  }
  if (from === 'authorized') {
    // A refused try may have come before the authorisation; what was canceled is over at every PSP.
    if (to === 'succeeded' || to === 'canceled') return 'moved';
    if (!present) return 'doubtful';
    return to === 'declined' ? 'moved' : 'ignored';
  }
  return attemptRank[to] < attemptRank[from] ? 'ignored' : 'moved';
}

/** What was paid out may come back, and only the PSP's present state tells which of the two came last. */
function payoutVerdict(from: AttemptStatus, to: Target, present: boolean): Verdict {
  const overturns =
    (from === 'succeeded' && refuses(to) && to !== 'not_sent') ||
    (refuses(from) && to === 'succeeded');
  if (overturns) return present ? 'moved' : 'doubtful';
  return verdictOf(from, to, present);
}

function refuses(status: AttemptStatus): boolean {
  return attemptRank[status] === attemptRank.declined;
}

/** What an outcome says besides the status. Amounts only ever grow from a PSP's word. */
function withWord(attempt: Attempt, outcome: Outcome): Attempt {
  switch (outcome.kind) {
    case 'succeeded': {
      const closed = { ...withAuthorized(attempt, outcome), action: null };
      if (outcome.what === 'authorized') return { ...closed, decline: null, error: '' };
      if (outcome.what !== 'captured' && outcome.what !== 'paid_out') return closed;
      const capturedMinor = greater(attempt.capturedMinor, amountIn(attempt, outcome));
      return { ...closed, capturedMinor, decline: null, error: '' };
    }
    case 'requires_action':
      if (attempt.operation === 'payout') return withStep(attempt, outcome.action);
      return { ...attempt, action: outcome.action, prompted: true };
    case 'declined': {
      // The first refusal is the one that was told.
      const decline = attempt.decline ?? outcome.decline;
      const refused = { ...attempt, decline, error: decline.message, action: null };
      // Paid out, and come back: nothing is with the beneficiary any more.
      return attempt.operation === 'payout' ? { ...refused, capturedMinor: 0n } : refused;
    }
    case 'not_sent':
    case 'unknown':
      return { ...attempt, error: outcome.reason };
    case 'pending':
      // The step that a payout waited for was done.
      return attempt.operation === 'payout'
        ? { ...attempt, error: '', action: null }
        : { ...attempt, error: '' };
  }
}

/** A payout goes on when the merchant has done something; nobody else is asked. */
function withStep(attempt: Attempt, action: CustomerAction): Attempt {
  const isOurs = action.type === 'submit';
  return { ...attempt, error: 'the PSP waits for a step', action: isOurs ? action : null };
}

function withAuthorized(attempt: Attempt, outcome: Outcome): Attempt {
  if (outcome.kind !== 'succeeded' || outcome.what !== 'authorized') return attempt;
  const authorizedMinor = greater(attempt.authorizedMinor, amountIn(attempt, outcome));
  return { ...attempt, authorizedMinor };
}

/** An amount of another currency is none of ours; the conflict says so (payment/conflict.ts). */
function amountIn(attempt: Attempt, outcome: Extract<Outcome, { kind: 'succeeded' }>): bigint {
  return outcome.currency === attempt.currency ? outcome.amountMinor : 0n;
}

function greater(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
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
  const verdict = before.status === 'sent' ? 'moved' : 'same';
  if (!notFound || !unresolved) return { attempt: base, verdict };
  const firstNotFoundAt = before.firstNotFoundAt ?? nowMs;
  const counted = { ...base, notFoundCount: before.notFoundCount + 1, firstNotFoundAt };
  const proven =
    counted.notFoundCount >= NOT_FOUND_TIMES && nowMs - firstNotFoundAt >= NOT_FOUND_OVER_MS;
  if (!proven) return { attempt: counted, verdict };
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
