// Whether the next connection may be tried. The parameter type is the promise: an unknown outcome cannot be passed
// (DESIGN section 1.2), so falling back from it does not compile.
import type { Attempt, Payment, PaymentRecord } from '../payment/payment.ts';
import { isOpen } from '../payment/status.ts';
import { fallbackOf } from './decline.ts';
import type { Outcome } from './outcome.ts';

export type DefiniteRefusal = Extract<Outcome, { kind: 'declined' | 'not_sent' }>;

/** Most attempts of one payment within one request. */
export const MAX_ATTEMPTS = 5;

export type FallbackAnswer =
  | { readonly allowed: true; readonly connectionId: string }
  | { readonly allowed: false; readonly reason: string };

/** `record` is after the refusal was applied. */
export function mayFallBack(
  record: PaymentRecord,
  attemptId: string,
  refusal: DefiniteRefusal,
): FallbackAnswer {
  const { payment } = record;
  const attempts = record.attempts.filter((one) => one.number >= payment.planSince);
  const attempt = attempts.find((one) => one.id === attemptId);
  const no = (reason: string): FallbackAnswer => ({ allowed: false, reason });
  if (!attempt || !isOpen(payment.status)) return no('payment_closed');
  if (payment.cancelRequestedAt !== null) return no('cancel_requested');
  if (attempt.prompted) return no('customer_was_prompted');
  if (attempts.length >= MAX_ATTEMPTS) return no('too_many_attempts');
  if (!record.attempts.every((one) => isOver(one, payment))) return no('attempt_not_closed');
  if (refusal.kind === 'declined') {
    const permission = fallbackOf(refusal.decline);
    if (permission === 'never') return no('hard_decline');
    if (permission === 'once' && softDeclinesBefore(attempts, attemptId) > 0)
      return no('soft_decline_used');
  }
  const next = nextCandidate(payment, new Set(attempts.map((one) => one.connectionId)));
  return next === null ? no('no_connection_left') : { allowed: true, connectionId: next };
}

/** Refused for good. An earlier plan may have ended in a cancellation too, never in one that may still be paid. */
function isOver({ status, number }: Attempt, { planSince }: Payment): boolean {
  if (status === 'declined' || status === 'not_sent') return true;
  return status === 'canceled' && number < planSince;
}

function softDeclinesBefore(attempts: readonly Attempt[], attemptId: string): number {
  return attempts.filter(
    (one) => one.id !== attemptId && one.decline !== null && fallbackOf(one.decline) === 'once',
  ).length;
}

function nextCandidate({ plan }: Payment, tried: ReadonlySet<string>): string | null {
  const next = plan?.candidates.find((one) => !tried.has(one.connectionId));
  return next?.mayFallBackTo ? next.connectionId : null;
}
