// A payment's amounts and status as a function of its attempts and operations. One place, so that every path
// (reply, webhook, poll, operator) comes to the same answer.
import { declineClassOf } from '../attempt/decline.ts';
import {
  type Attempt,
  givesBack,
  isFinalAttempt,
  latestAttempt,
  type Operation,
  type Payment,
  type PaymentRecord,
} from './payment.ts';
import { isClosedUnpaid, mayMove, type PaymentStatus } from './status.ts';

/** The payment after its attempts or operations changed. The status only moves along the transition table. */
export function derivePayment(record: PaymentRecord, nowMs: number): Payment {
  const { attempts } = record;
  const summed = { ...record.payment, ...amountsOf(record) };
  const shown = shownAttempt(attempts);
  const described: Payment = {
    ...summed,
    connectionId: shown?.connectionId ?? summed.connectionId,
    provider: shown?.provider ?? summed.provider,
    pspReference: shown?.pspReference ?? null,
    capturedAt: summed.capturedAt ?? (summed.capturedMinor > 0n ? nowMs : null),
    updatedAt: nowMs,
  };
  const to = statusOf({ ...record, payment: described }, nowMs);
  return to !== described.status && mayMove(described.status, to, described.type)
    ? { ...described, status: to }
    : described;
}

type Amounts = Pick<
  Payment,
  | 'authorizedMinor'
  | 'capturedMinor'
  | 'capturePendingMinor'
  | 'refundedMinor'
  | 'refundPendingMinor'
>;

/** The sums of a payment, from what was done at PSPs. */
export function amountsOf({ attempts, operations }: PaymentRecord): Amounts {
  const sum = (values: readonly bigint[]) => values.reduce((total, value) => total + value, 0n);
  const of = (fits: (one: Operation) => boolean, done: boolean) =>
    operations
      .filter((one) => fits(one) && (done ? one.status === 'succeeded' : !isSettled(one.status)))
      .map((one) => one.amountMinor);
  return {
    authorizedMinor: sum(attempts.map((one) => one.authorizedMinor)),
    capturedMinor: sum(attempts.map((one) => one.capturedMinor)),
    capturePendingMinor: sum(of(({ kind }) => kind === 'capture', false)),
    refundedMinor: sum(of(givesBack, true)),
    refundPendingMinor: sum(of(givesBack, false)),
  };
}

function isSettled(status: string): boolean {
  return status === 'succeeded' || status === 'failed';
}

/** The attempt whose connection the payment shows: the one with the money, else the latest. */
function shownAttempt(attempts: readonly Attempt[]): Attempt | null {
  return (
    attempts.find((one) => one.capturedMinor > 0n) ??
    attempts.find((one) => one.status === 'authorized') ??
    attempts.at(-1) ??
    null
  );
}

function statusOf(record: PaymentRecord, nowMs: number): PaymentStatus {
  const { payment, attempts } = record;
  if (payment.capturedMinor > 0n) return paidStatus(payment);
  if (attempts.some((one) => one.status === 'authorized')) return 'authorized';
  // Paid, but in another currency or in an amount that nobody stated: held for an operator (conflict.ts).
  if (attempts.some((one) => one.status === 'succeeded')) return payment.status;
  const latest = latestAttempt(record);
  if (latest === null || isClosedUnpaid(payment.status)) return payment.status;
  if (!isFinalAttempt(latest)) {
    if (payment.type !== 'pay_in') return 'pending';
    return latest.status === 'requires_action' || (latest.prompted && latest.status !== 'pending')
      ? 'requires_action'
      : 'pending';
  }
  return refusedStatus(record, latest, nowMs);
}

/** The status of a disputed payment once nothing of it is contested any more. */
export function undisputedStatus(record: PaymentRecord): PaymentStatus {
  return paidStatus({ ...record.payment, ...amountsOf(record), status: 'succeeded' });
}

function paidStatus(payment: Payment): PaymentStatus {
  if (payment.refundedMinor >= payment.capturedMinor) return 'refunded';
  // What was taken beyond the price and given back changes nothing for the merchant.
  const surplus = payment.capturedMinor - payment.amountMinor;
  if (payment.status === 'disputed') return 'disputed';
  if (payment.refundedMinor > (surplus > 0n ? surplus : 0n)) return 'partially_refunded';
  // Less than was asked for is never a success, whether the merchant wanted it so (manual capture) or not (conflict).
  return payment.capturedMinor < payment.amountMinor ? 'partially_captured' : 'succeeded';
}

function refusedStatus(record: PaymentRecord, latest: Attempt, nowMs: number): PaymentStatus {
  const { payment, operations } = record;
  // The PSP may tell that it is released before it answers the request to release it.
  const released = operations.some(
    (one) => one.kind === 'void' && one.attemptId === latest.id && one.status !== 'failed',
  );
  if (released || payment.cancelRequestedAt !== null) return 'canceled';
  const late = nowMs >= payment.expiresAt;
  if (latest.status === 'expired') return 'expired';
  if (latest.status === 'canceled') return late ? 'expired' : 'canceled';
  const customerLeft =
    latest.decline !== null && declineClassOf(latest.decline.code) === 'customer_action_required';
  return customerLeft && late ? 'expired' : 'failed';
}
