// A payment as it stood at a moment, from its record and its history. Statuses are the history's; an amount counts from
// the line on that made it so. What was only known later is not shown.
import { amountsOf } from './derive.ts';
import { editedAfter, notedConflict } from './notes.ts';
import type {
  Adjustment,
  Attempt,
  AttemptStatus,
  Operation,
  OperationStatus,
  PaymentRecord,
} from './payment.ts';
import type { PaymentStatus } from './status.ts';

/** `known`: the history until then, `lines`: until now, both oldest first. Null: there was no such payment yet. */
export function recordAsOf(
  record: PaymentRecord,
  known: readonly Adjustment[],
  lines: readonly Adjustment[],
  atMs: number,
): PaymentRecord | null {
  if (record.payment.createdAt > atMs) return null;
  const attempts = record.attempts
    .filter((one) => one.createdAt <= atMs)
    .map((one) => attemptAsOf(one, known, atMs));
  const operations = record.operations
    .filter((one) => one.createdAt <= atMs)
    .map((one) => operationAsOf(one, known, atMs));
  const status = (known.at(-1)?.toStatus ?? lines[0]?.fromStatus) as PaymentStatus | undefined;
  const payment = { ...record.payment, ...editedAfter(lines, atMs) };
  const then = {
    ...payment,
    status: status ?? payment.status,
    ...amountsOf({ payment, attempts, operations }),
    capturedAt: earlier(payment.capturedAt, atMs),
    cancelRequestedAt: earlier(payment.cancelRequestedAt, atMs),
    conflict: payment.updatedAt <= atMs ? payment.conflict : notedConflict(known),
    updatedAt: known.at(-1)?.createdAt ?? payment.createdAt,
  };
  return { payment: then, attempts, operations };
}

const TOOK: ReadonlySet<AttemptStatus> = new Set(['succeeded']);
const HELD: ReadonlySet<AttemptStatus> = new Set(['authorized', 'succeeded']);

function attemptAsOf(attempt: Attempt, known: readonly Adjustment[], atMs: number): Attempt {
  if (attempt.updatedAt <= atMs) return attempt;
  const last = known.findLast((one) => one.attemptId === attempt.id && one.attemptTo !== null);
  const status = (last?.attemptTo as AttemptStatus | undefined) ?? 'sent';
  return {
    ...attempt,
    status,
    capturedMinor: TOOK.has(status) ? attempt.capturedMinor : 0n,
    authorizedMinor: HELD.has(status) ? attempt.authorizedMinor : 0n,
    decline: status === 'declined' ? attempt.decline : null,
    error: '',
    nextSyncAt: null,
  };
}

/** settle-operation.ts begins each line of an operation with its kind and the status that it came to. */
function operationAsOf(
  operation: Operation,
  known: readonly Adjustment[],
  atMs: number,
): Operation {
  if (operation.updatedAt <= atMs) return operation;
  const last = known.findLast((one) => one.operationId === operation.id);
  const [, word] =
    /^\w+ (sent|unknown|pending|succeeded|failed|manual_review):/.exec(last?.reason ?? '') ?? [];
  return { ...operation, status: (word as OperationStatus | undefined) ?? 'sent' };
}

function earlier(at: number | null, limitMs: number): number | null {
  return at !== null && at <= limitMs ? at : null;
}
