// Why an operator should look at a payment. Conflicts are raised from what is held, not from the order in which the
// words came, and the gravest stays.
import type { Outcome } from '../attempt/outcome.ts';
import { refundedOf } from './conservation.ts';
import {
  type Attempt,
  type Conflict,
  holdsMoney,
  isFinalAttempt,
  isOpenOperation,
  type Operation,
  type PaymentRecord,
} from './payment.ts';
import { isClosedUnpaid } from './status.ts';

const gravity: Readonly<Record<Conflict, number>> = {
  unresolved: 1,
  late_success: 2,
  amount_mismatch: 3,
  contradicted_success: 4,
  duplicate_capture: 5,
};

export function graver(a: Conflict | null, b: Conflict | null): Conflict | null {
  if (a === null || b === null) return a ?? b;
  return gravity[b] > gravity[a] ? b : a;
}

/** The conflict of a payment after a change: what the new record shows, and `raised` by the evidence itself. */
export function conflictAfter(
  before: PaymentRecord,
  after: PaymentRecord,
  raised: readonly (Conflict | null)[],
): Conflict | null {
  const held = before.attempts.filter(holdsMoney).length;
  const holding = after.attempts.filter(holdsMoney).length;
  const keeping = after.attempts.filter((one) => keepsMoney(after, one)).length;
  const duplicate = keeping > 1;
  const unresolved = isUnresolved(after);
  const told = before.payment.conflict;
  const givenBack = told === 'duplicate_capture' && !duplicate && keeping < holding;
  const over = givenBack || (told === 'unresolved' && !unresolved);
  const kept = over ? null : told;
  return [
    duplicate ? ('duplicate_capture' as const) : null,
    holding > held && isClosedUnpaid(before.payment.status) ? ('late_success' as const) : null,
    unresolved ? ('unresolved' as const) : null,
    ...raised,
  ].reduce(graver, kept);
}

/** Holds money, and has not given all of it back: one too many is none when it was refunded whole. */
export function keepsMoney(record: PaymentRecord, attempt: Attempt): boolean {
  const given = record.operations
    .filter(
      (one) => one.kind === 'refund' && one.attemptId === attempt.id && one.status === 'succeeded',
    )
    .reduce((total, one) => total + one.amountMinor, 0n);
  return holdsMoney(attempt) && (attempt.capturedMinor === 0n || given < attempt.capturedMinor);
}

/** The schedule of questions ended without an answer that settles. */
function isUnresolved({ attempts, operations }: PaymentRecord): boolean {
  return (
    attempts.some((one) => one.nextSyncAt === null && !isFinalAttempt(one)) ||
    operations.some((one) => one.nextSyncAt === null && isOpenOperation(one))
  );
}

/** What evidence about an attempt raises by its amount or currency. `attempt` is as it is afterwards. */
export function mismatchOf(
  record: PaymentRecord,
  attempt: Attempt,
  outcome: Outcome,
): Conflict | null {
  if (outcome.kind !== 'succeeded') return null;
  if ((outcome.what === 'paid_out') !== (attempt.operation === 'payout')) return null;
  const { amountMinor, authorizedMinor, capturedMinor } = attempt;
  switch (outcome.what) {
    case 'authorized':
      return outcome.currency !== attempt.currency || authorizedMinor !== amountMinor
        ? 'amount_mismatch'
        : null;
    case 'paid_out':
      return outcome.currency !== attempt.currency || capturedMinor !== amountMinor
        ? 'amount_mismatch'
        : null;
    case 'captured': {
      // Less than was authorised may be captured; less than was charged is a mistake.
      const short = attempt.operation === 'charge' && capturedMinor < amountMinor;
      const wrong = outcome.currency !== attempt.currency || capturedMinor > amountMinor || short;
      return wrong ? 'amount_mismatch' : null;
    }
    case 'refunded':
      // Given back, but not by us.
      return refundedOf(record, attempt.id) < capturedMinor ? 'contradicted_success' : null;
    default:
      return null;
  }
}

/** A capture or refund of another amount than was asked for. Zero: the PSP did not say. */
export function operationMismatch(operation: Operation, outcome: Outcome): Conflict | null {
  if (outcome.kind !== 'succeeded' || operation.kind === 'void' || outcome.amountMinor === 0n)
    return null;
  const same =
    outcome.currency === operation.currency && outcome.amountMinor === operation.amountMinor;
  return same ? null : 'amount_mismatch';
}
