// An attempt that we made ourselves, as the ledger shows it: derived from the attempt, its refunds and its payment.
// Pure, and it moves no money: domain/payment decides, this only names what it came to.
import type { Attempt, AttemptStatus, PaymentRecord } from '../payment/payment.ts';
import type { LedgerStatus } from './words.ts';

export interface LiveFace {
  readonly status: LedgerStatus;
  /** What is left of it: less what was given back. */
  readonly amountMinor: bigint;
}

const STATUSES: Readonly<Record<AttemptStatus, LedgerStatus>> = {
  ready: 'PENDING',
  sent: 'PENDING',
  unknown: 'PENDING',
  pending: 'PENDING',
  requires_action: 'PENDING',
  authorized: 'AUTHORISATION',
  succeeded: 'SUCCEEDED',
  declined: 'FAILED',
  not_sent: 'FAILED',
  canceled: 'CANCELLED',
  expired: 'EXPIRED',
};

/** `before`: the status that the ledger showed until now. */
export function liveFace(record: PaymentRecord, attempt: Attempt, before: LedgerStatus): LiveFace {
  const returned = returnedOf(record, attempt.id);
  const { capturedMinor: taken, amountMinor } = attempt;
  const left = taken > returned ? taken - returned : 0n;
  return {
    status: statusOf(record, attempt, returned, before),
    // Authorised money has not moved (section 8); what was refused or waits is shown as it was asked for.
    amountMinor: taken > 0n ? left : attempt.status === 'authorized' ? 0n : amountMinor,
  };
}

function statusOf(
  { payment }: PaymentRecord,
  attempt: Attempt,
  returned: bigint,
  before: LedgerStatus,
): LedgerStatus {
  if (attempt.capturedMinor > 0n) {
    // Whether it is lost is said by whoever hears it (flows/dispute).
    if (payment.status === 'disputed') return before === 'DISPUTE_LOST' ? before : 'DISPUTE';
    if (before === 'DISPUTE' || before === 'DISPUTE_LOST')
      return returned < attempt.capturedMinor ? 'DISPUTE_WON' : 'REFUNDED';
    if (returned > 0n) return 'REFUNDED';
    if (before === 'REFUNDED' || before === 'REFUND_REVERSED') return 'REFUND_REVERSED';
    if (before === 'DISPUTE_WON') return before;
    if (attempt.operation === 'authorize') return 'CAPTURE';
  }
  return STATUSES[attempt.status];
}

const GIVES_BACK: ReadonlySet<string> = new Set(['refund', 'reversal']);

/** Given back, for certain: refunds, and payouts that were called back. */
function returnedOf({ operations }: PaymentRecord, attemptId: string): bigint {
  return operations
    .filter(
      ({ kind, status, attemptId: of }) =>
        of === attemptId && status === 'succeeded' && GIVES_BACK.has(kind),
    )
    .reduce((sum, one) => sum + one.amountMinor, 0n);
}
