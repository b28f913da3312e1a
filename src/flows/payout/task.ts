// The task of what was asked for asynchronously (v3 answers 202): read off the payout itself, so that it can never say
// anything else, and is there from the commit on that made the payout, its attempt or its reversal.
import {
  isFinalAttempt,
  isOpenOperation,
  type PaymentRecord,
} from '../../domain/payment/payment.ts';
import { loadPayment } from '../../store/payments.ts';
import type { Context, Environment } from '../context.ts';

export interface PayoutTask {
  readonly record: PaymentRecord;
  readonly status: 'PROCESSING' | 'SUCCEEDED' | 'FAILED';
  /** Number of the attempt that it is about; null: the payout's creation, or a reversal. */
  readonly attempt: number | null;
  readonly error: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** `po_…`: its creation; `po_…/2`: its second attempt. */
export function taskOfPayout({ payment, attempts }: PaymentRecord): string {
  return attempts.length === 0 ? payment.id : `${payment.id}/${attempts.length}`;
}

/** `po_…/rev_…` */
export function taskOfReversal({ payment }: PaymentRecord, operationId: string): string {
  return `${payment.id}/${operationId}`;
}

/** Null when it names nothing here. */
export async function findPayoutTask(
  { db }: Context,
  environment: Environment,
  reference: string,
): Promise<PayoutTask | null> {
  const [id = '', step, ...more] = reference.split('/');
  if (!/^(po|tr)_[0-9a-f]{32}$/.test(id) || more.length > 0) return null;
  const record = await loadPayment(db, environment.id, id);
  if (!record) return null;
  const { createdAt, updatedAt } = record.payment;
  if (step === undefined)
    return { record, status: 'SUCCEEDED', attempt: null, error: null, createdAt, updatedAt };
  return step.startsWith('rev_') ? reversalTask(record, step) : attemptTask(record, step);
}

function attemptTask(record: PaymentRecord, step: string): PayoutTask | null {
  const attempt = record.attempts.find(({ number }) => String(number) === step);
  if (!attempt) return null;
  const { number, error, createdAt, updatedAt } = attempt;
  const status = !isFinalAttempt(attempt)
    ? 'PROCESSING'
    : attempt.status === 'succeeded'
      ? 'SUCCEEDED'
      : 'FAILED';
  const told = status === 'FAILED' ? error : null;
  return { record, status, attempt: number, error: told, createdAt, updatedAt };
}

function reversalTask(record: PaymentRecord, step: string): PayoutTask | null {
  const operation = record.operations.find(({ id, kind }) => id === step && kind === 'reversal');
  if (!operation) return null;
  const { createdAt, updatedAt, error } = operation;
  const failed = operation.status === 'failed';
  const status = isOpenOperation(operation) ? 'PROCESSING' : failed ? 'FAILED' : 'SUCCEEDED';
  return { record, status, attempt: null, error: failed ? error : null, createdAt, updatedAt };
}
