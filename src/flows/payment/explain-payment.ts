// Why a payment went where it went and stands as it stands: the stored plan, the attempts, and every line of evidence.
import { recordAsOf } from '../../domain/payment/as-of.ts';
import type { PaymentRecord } from '../../domain/payment/payment.ts';
import { notFound } from '../../kernel/problem.ts';
import { type HistoryLine, listHistory } from '../../store/payment-lists.ts';
import type { Context, Environment } from '../context.ts';
import { findPayment } from './find-payment.ts';

export interface Explanation {
  readonly record: PaymentRecord;
  readonly history: readonly HistoryLine[];
  readonly story: readonly string[];
}

/** With a time: as it stood then. */
export async function explainPayment(
  context: Context,
  environment: Environment,
  paymentId: string,
  atMs: number | null = null,
): Promise<Explanation> {
  const now = await findPayment(context, environment, paymentId);
  const lines = await listHistory(context.db, environment.id, paymentId);
  if (atMs === null) return explained(now, lines);
  const known = await listHistory(context.db, environment.id, paymentId, atMs);
  const record = recordAsOf(now, known, lines, atMs);
  if (record === null) throw notFound('Payment at that time');
  return explained(record, known);
}

function explained(record: PaymentRecord, history: readonly HistoryLine[]): Explanation {
  return { record, history, story: storyOf(record, history) };
}

function storyOf(record: PaymentRecord, history: readonly HistoryLine[]): string[] {
  const { payment, attempts, operations } = record;
  const planned = payment.plan?.considered.map(({ detail }) => detail) ?? [
    'It was not routed: no method was chosen yet.',
  ];
  const providerOf = (id: string | null) => attempts.find((one) => one.id === id);
  const lines = history.map((line) => {
    const attempt = providerOf(line.attemptId);
    const where = attempt ? ` at ${attempt.provider} (attempt ${attempt.number})` : '';
    const moved =
      line.fromStatus === line.toStatus ? '' : `: ${line.fromStatus} -> ${line.toStatus}`;
    return `${new Date(line.createdAt).toISOString()} ${line.source}${where}: ${line.reason}${moved}`;
  });
  const waiting = [...attempts, ...operations]
    .filter((one) => one.nextSyncAt !== null)
    .map((one) => {
      const about = 'kind' in one ? ` about the ${one.kind}` : '';
      return `${one.provider} is asked${about} next at ${new Date(one.nextSyncAt ?? 0).toISOString()}.`;
    });
  const conflict =
    payment.conflict === null
      ? []
      : [`In conflict (${payment.conflict}): an operator has to look at it.`];
  return [...planned, ...lines, ...waiting, ...conflict];
}
