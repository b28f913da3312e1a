// A payout as a payment initiation of the Formance API (api/formance.md section 5): its status, and the steps that led
// there. Pure: read off the payment and its history.
import type { Adjustment, Operation, Payment, PaymentRecord } from '../payment/payment.ts';
import { isOpenOperation } from '../payment/payment.ts';

/** v1's words and v3's: PARTIALLY_REVERSED is v1's alone, SCHEDULED_FOR_PROCESSING v3's. */
export type InitiationStatus =
  | 'WAITING_FOR_VALIDATION'
  | 'SCHEDULED_FOR_PROCESSING'
  | 'PROCESSING'
  | 'PROCESSED'
  | 'FAILED'
  | 'REJECTED'
  | 'REVERSE_PROCESSING'
  | 'REVERSE_FAILED'
  | 'PARTIALLY_REVERSED'
  | 'REVERSED';

export function initiationStatus({
  payment,
  attempts,
  operations,
}: PaymentRecord): InitiationStatus {
  const reversals = operations.filter(({ kind }) => kind === 'reversal');
  const status = statusOf(payment.status, attempts.length > 0);
  return status === 'PROCESSED' ? reversed(status, reversals) : status;
}

function statusOf(status: string, begun: boolean): InitiationStatus {
  switch (status) {
    case 'awaiting_approval':
      return 'WAITING_FOR_VALIDATION';
    case 'pending':
    case 'requires_action':
      return begun ? 'PROCESSING' : 'SCHEDULED_FOR_PROCESSING';
    case 'failed':
      return 'FAILED';
    case 'canceled':
    case 'expired':
    case 'abandoned':
      return 'REJECTED';
    case 'refunded':
      return 'REVERSED';
    case 'partially_refunded':
      return 'PARTIALLY_REVERSED';
    default:
      return 'PROCESSED';
  }
}

/** What its reversals make of a payout that was paid and stands. */
function reversed(status: InitiationStatus, reversals: readonly Operation[]): InitiationStatus {
  if (reversals.some(isOpenOperation)) return 'REVERSE_PROCESSING';
  return reversals.at(-1)?.status === 'failed' ? 'REVERSE_FAILED' : status;
}

export interface InitiationStep {
  readonly status: InitiationStatus;
  readonly error: string | null;
  readonly createdAt: number;
}

/** Oldest first. The first is the creation; of lines that leave the status as it was there is no step. */
export function initiationSteps(
  payment: Payment,
  lines: readonly Pick<
    Adjustment,
    'fromStatus' | 'toStatus' | 'attemptTo' | 'reason' | 'operationId' | 'createdAt'
  >[],
): InitiationStep[] {
  const first = statusOf(lines[0]?.fromStatus ?? payment.status, lines[0]?.attemptTo != null);
  const steps: InitiationStep[] = [{ status: first, error: null, createdAt: payment.createdAt }];
  let begun = first === 'PROCESSING';
  for (const { toStatus, attemptTo, reason, operationId, createdAt } of lines) {
    begun ||= attemptTo !== null;
    const status =
      operationId === null ? statusOf(toStatus, begun) : reversalStep(reason, toStatus);
    const last = steps.at(-1)!;
    if (status === null || (status === last.status && reason !== 'retry')) continue;
    const failed = status === 'FAILED' || status === 'REVERSE_FAILED';
    // Two steps of one millisecond would have one id.
    steps.push({
      status,
      error: failed ? reason : null,
      createdAt: Math.max(createdAt, last.createdAt + 1),
    });
  }
  return steps;
}

/** Lines about a reversal begin with its kind and status (domain/payment/settle-operation.ts). */
function reversalStep(reason: string, toStatus: string): InitiationStatus | null {
  const word = /^reversal (\w+)/.exec(reason)?.[1];
  if (word === 'requested') return 'REVERSE_PROCESSING';
  if (word === 'failed') return 'REVERSE_FAILED';
  return word === 'succeeded' ? statusOf(toStatus, true) : null;
}
