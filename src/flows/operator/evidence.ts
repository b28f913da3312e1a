// What an operator knows from elsewhere (the PSP's dashboard, a settlement report, a phone call) is evidence like any
// other: it goes through settle, is kept with who said it, and cannot undo what a PSP has proven.
import type { Outcome } from '../../domain/attempt/outcome.ts';
import { attemptOf, operationOf, type PaymentRecord } from '../../domain/payment/payment.ts';
import { invalid, Problem } from '../../kernel/problem.ts';
import { loadPayment } from '../../store/payments.ts';
import { changePayment } from '../change-payment.ts';
import { settleEvidence } from '../charge/index.ts';
import type { Context, Environment } from '../context.ts';
import { applyOperationOutcome } from '../operation/run-operation.ts';

export const evidenceWords = [
  'captured',
  'authorized',
  'voided',
  'refunded',
  'paid_out',
  'refused',
] as const;

export interface OperatorEvidence {
  /** The attempt, capture, void or refund that it is about. */
  readonly subjectId: string;
  readonly says: (typeof evidenceWords)[number];
  /** Null: what was asked for. */
  readonly amountMinor: bigint | null;
  readonly pspReference: string | null;
  readonly note: string;
  readonly by: string;
}

export async function addEvidence(
  context: Context,
  environment: Environment,
  paymentId: string,
  evidence: OperatorEvidence,
): Promise<PaymentRecord> {
  const known = await mustLoad(context, environment, paymentId);
  const { subjectId, note, by } = evidence;
  const raw = { operator: by, note, says: evidence.says };
  const basis = known.payment.version;
  if (known.attempts.some(({ id }) => id === subjectId)) {
    const outcome = outcomeOf(evidence, attemptOf(known, subjectId));
    const heard = { source: 'operator', outcome, raw, latencyMs: null, asked: false } as const;
    const about = { attemptId: subjectId, basis, ...heard };
    return (await settleEvidence(context, environment, paymentId, about)).record;
  }
  if (!known.operations.some(({ id }) => id === subjectId))
    throw new Problem(404, 'not_found', 'The payment has no such attempt or operation');
  const outcome = outcomeOf(evidence, operationOf(known, subjectId));
  const heard = { outcome, exchanges: [] };
  const how = { asked: false, basis, raw };
  return applyOperationOutcome(context, environment, known, subjectId, 'operator', heard, how);
}

function outcomeOf(
  { says, amountMinor, pspReference, note }: OperatorEvidence,
  asked: { readonly amountMinor: bigint; readonly currency: string },
): Outcome {
  const facts = pspReference === null ? {} : { pspReference };
  if (says === 'refused') {
    const decline = { code: 'generic_decline', pspCode: null, message: note } as const;
    return { ...facts, kind: 'declined', decline };
  }
  const amount = amountMinor ?? asked.amountMinor;
  return { ...facts, kind: 'succeeded', what: says, amountMinor: amount, currency: asked.currency };
}

/** An operator has looked at a conflict and settled it with the people concerned. Its evidence stays. */
export async function closeConflict(
  context: Context,
  environment: Environment,
  paymentId: string,
  { note, by }: Pick<OperatorEvidence, 'note' | 'by'>,
): Promise<PaymentRecord> {
  const ids = { environmentId: environment.id, paymentId };
  const { record } = await changePayment(context, ids, (current) => {
    const { payment } = current;
    if (payment.conflict === null) throw invalid('no_conflict', 'The payment is not in conflict');
    const nowMs = context.ports.clock.nowMs();
    return {
      record: { ...current, payment: { ...payment, conflict: null, updatedAt: nowMs } },
      adjustments: [
        {
          attemptId: null,
          operationId: null,
          source: 'operator' as const,
          reason: `conflict ${payment.conflict} closed`,
          fromStatus: payment.status,
          toStatus: payment.status,
          attemptFrom: null,
          attemptTo: null,
          evidence: { operator: by, note },
          createdAt: nowMs,
        },
      ],
      events: ['payment.updated'],
    };
  });
  return record;
}

export async function mustLoad(
  { db }: Context,
  { id }: Pick<Environment, 'id'>,
  paymentId: string,
): Promise<PaymentRecord> {
  const record = await loadPayment(db, id, paymentId);
  if (!record) throw new Problem(404, 'not_found', 'Payment not found');
  return record;
}
