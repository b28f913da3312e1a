// Keeps the ledger's view of attempts in step with every change of a payment: amounts and status of the attempt, and
// which lines of the history are adjustments. It follows what was decided and decides nothing.
import { type LiveFace, liveFace } from '../domain/ledger/live-face.ts';
import type { LedgerStatus } from '../domain/ledger/words.ts';
import type { Adjustment, Attempt, PaymentRecord } from '../domain/payment/payment.ts';

export interface LedgerChange {
  readonly record: PaymentRecord;
  readonly changedAttempts: readonly string[];
  readonly adjustments: readonly Adjustment[];
}

export function withLedger(
  record: PaymentRecord,
  changedAttempts: readonly string[],
  lines: readonly Adjustment[],
): LedgerChange {
  const adjustments = [...lines];
  const changed = new Set(changedAttempts);
  const attempts = record.attempts.map((attempt): Attempt => {
    if (attempt.operation === 'record') return attempt; // its face is what was recorded
    const face = liveFace(record, attempt, attempt.ledgerStatus);
    if (face.status === attempt.ledgerStatus && face.amountMinor === attempt.ledgerMinor)
      return attempt;
    changed.add(attempt.id);
    note(adjustments, record, attempt, face);
    return { ...attempt, ledgerStatus: face.status, ledgerMinor: face.amountMinor };
  });
  return { record: { ...record, attempts }, changedAttempts: [...changed], adjustments };
}

/** Marks the line that tells of the change; a change that nothing tells of gets a line of its own. */
function note(lines: Adjustment[], { payment }: PaymentRecord, before: Attempt, face: LiveFace) {
  const ledger = { status: face.status, amountMinor: movedBy(before, face) };
  const at = lines.findLastIndex((line) => line.attemptId === before.id);
  const found = lines[at];
  if (found) lines[at] = { ...found, ledger };
  else
    lines.push({
      attemptId: before.id,
      operationId: null,
      source: 'system',
      reason: 'ledger',
      fromStatus: payment.status,
      toStatus: payment.status,
      attemptFrom: before.status,
      attemptTo: before.status,
      evidence: {},
      ledger,
      createdAt: payment.updatedAt,
    });
}

const MOVING: ReadonlySet<LedgerStatus> = new Set(['REFUNDED', 'REFUND_REVERSED', 'CAPTURE']);

/** What an adjustment of an amount says is by how much; every other says how much there is. */
function movedBy({ amountMinor, ledgerMinor }: Attempt, face: LiveFace): bigint {
  if (!MOVING.has(face.status))
    return face.status === 'AUTHORISATION' ? amountMinor : face.amountMinor;
  const by = face.amountMinor - ledgerMinor;
  return by < 0n ? -by : by;
}
