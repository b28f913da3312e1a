// A PSP's word of a dispute, from a webhook or from its list: the payment becomes `disputed`, or is so no longer, and
// the word stays in its history. Told twice, or late, it changes nothing.
import { afterDispute, type Disputed, type DisputeWord } from '../../domain/payment/dispute.ts';
import type { Adjustment, EvidenceSource, PaymentRecord } from '../../domain/payment/payment.ts';
import { eventsOf } from '../../domain/payment/settle.ts';
import { Problem } from '../../kernel/problem.ts';
import { disputeWords } from '../../store/dispute-words.ts';
import { loadPayment } from '../../store/payments.ts';
import { changePayment, type Proposal } from '../change-payment.ts';
import type { Context } from '../context.ts';

/** Each lost try is another writer's change. */
const TRIES_MAX = 50;

export interface ToldDispute {
  readonly attemptId: string | null;
  /** Null: about a dispute, but what became of it is not said. */
  readonly word: DisputeWord | null;
  readonly source: EvidenceSource;
  readonly reason: string;
  readonly evidence: Readonly<Record<string, unknown>>;
  /** A line of the history even when nothing is new. */
  readonly keeps: boolean;
}

export async function tellDispute(
  context: Context,
  known: PaymentRecord,
  told: ToldDispute,
): Promise<void> {
  const { environmentId, id: paymentId } = known.payment;
  let record: PaymentRecord | null = known;
  for (let tries = 1; record !== null && tries <= TRIES_MAX; tries += 1) {
    // Read after the payment: a word that is not in these makes the compare-and-set fail.
    const { version }: PaymentRecord['payment'] = record.payment;
    const heard = await disputeWords(context.db, environmentId, paymentId);
    let isCurrent = false;
    const decide = (current: PaymentRecord) => {
      isCurrent = current.payment.version === version;
      return isCurrent ? propose(context, current, heard, told) : null;
    };
    await changePayment(context, { environmentId, paymentId }, decide, record);
    if (isCurrent) return;
    record = await loadPayment(context.db, environmentId, paymentId);
  }
  throw new Problem(503, 'busy', 'The payment is being changed by too many requests', {}, 1);
}

function propose(
  { ports }: Context,
  current: PaymentRecord,
  heard: readonly DisputeWord[],
  told: ToldDispute,
): Proposal | null {
  const { payment } = current;
  const { word, attemptId, source, reason } = told;
  const after = word && afterDispute(current, heard, word);
  if (after === null && !told.keeps) return null;
  const nowMs = ports.clock.nowMs();
  const status = after?.status ?? payment.status;
  const changed = status === payment.status ? payment : { ...payment, status, updatedAt: nowMs };
  const line: Adjustment = {
    attemptId,
    operationId: null,
    source,
    reason,
    fromStatus: payment.status,
    toStatus: status,
    attemptFrom: null,
    attemptTo: null,
    evidence: { ...told.evidence, ...(after ? { dispute: word } : {}) },
    createdAt: nowMs,
  };
  const record = { ...current, payment: changed };
  const lost = after && status === 'disputed' ? asLost(record, line, after) : null;
  return { record, adjustments: [line], events: eventsOf(payment, changed), ...lost };
}

/** The ledger has a word for what the payment's status has none for. */
function asLost(record: PaymentRecord, line: Adjustment, { lost }: Disputed): Partial<Proposal> {
  const { attemptId } = line;
  const attempt = record.attempts.find(({ id }) => id === attemptId);
  const ledgerStatus = lost ? 'DISPUTE_LOST' : 'DISPUTE';
  if (!attempt || attempt.operation === 'record' || attempt.capturedMinor === 0n) return {};
  if (attempt.ledgerStatus === ledgerStatus) return {};
  return {
    record: {
      ...record,
      attempts: record.attempts.map((one) => (one === attempt ? { ...one, ledgerStatus } : one)),
    },
    changedAttempts: [attempt.id],
    adjustments: [{ ...line, ledger: { status: ledgerStatus, amountMinor: attempt.ledgerMinor } }],
  };
}
