// What holds at all times: nothing is given back that was not taken (reliability.md F9), counted per payment and per
// attempt, because a refund is made at the PSP that holds the money.
import { givesBack, isOpenOperation, type Operation, type PaymentRecord } from './payment.ts';

/** Given back on an attempt, or reserved to be; of a payout: called back. */
export function refundedOf({ operations }: PaymentRecord, attemptId: string): bigint {
  return operations
    .filter((one) => givesBack(one) && one.attemptId === attemptId && isHeld(one))
    .reduce((total, one) => total + one.amountMinor, 0n);
}

/** What can still be refunded on an attempt. */
export function refundableOf(record: PaymentRecord, attemptId: string): bigint {
  const attempt = record.attempts.find((one) => one.id === attemptId);
  const left = (attempt?.capturedMinor ?? 0n) - refundedOf(record, attemptId);
  return left > 0n ? left : 0n;
}

function isHeld(operation: Operation): boolean {
  return operation.status === 'succeeded' || isOpenOperation(operation);
}

/** Null when all is well, else what is not. Checked before every write. */
export function violatedLaw(record: PaymentRecord): string | null {
  const { payment, attempts } = record;
  if (payment.refundedMinor + payment.refundPendingMinor > payment.capturedMinor)
    return 'refunds exceed the capture';
  for (const attempt of attempts) {
    if (refundedOf(record, attempt.id) > attempt.capturedMinor)
      return `refunds exceed the capture of attempt ${attempt.number}`;
  }
  return null;
}
