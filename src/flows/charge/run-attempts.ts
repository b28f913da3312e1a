// Send and settle, attempt after attempt, until one holds, the plan ends, or the request's time is up.
import { type Attempt, attemptOf, type PaymentRecord } from '../../domain/payment/payment.ts';
import { CALL_ABANDONED_AFTER_MS } from '../../domain/payment/schedule.ts';
import { mustWithdraw, withdrawAttempt } from '../../domain/payment/withdraw.ts';
import type { KeyAnswer } from '../../store/payments.ts';
import { CALL_DEADLINE_MS } from '../call-connector.ts';
import { changePayment } from '../change-payment.ts';
import type { Configuration } from '../configuration.ts';
import type { Context, Environment } from '../context.ts';
import { evidenceOf } from '../script-host.ts';
import { sendAttempt, settleEvidence } from './send-attempt.ts';

/** DESIGN section 1.6: an accepted request answers within 30 s, whatever PSPs do. */
const REQUEST_BUDGET_MS = 28_000;
/** With less time than this left, the next attempt is the worker's. */
const LEAST_CALL_MS = 3_000;

export interface RunOptions {
  /** When the request came in. */
  readonly startedMs: number;
  readonly answer?: ((record: PaymentRecord) => KeyAnswer) | null;
}

/** `record` holds `first`, committed and `sent`. Answers the record as it stands when there is nothing more to send. */
export async function runAttempts(
  context: Context,
  environment: Environment,
  configuration: Configuration,
  record: PaymentRecord,
  first: Attempt,
  { startedMs, answer = null }: RunOptions,
): Promise<PaymentRecord> {
  let current = record;
  let attempt: Attempt | null = first;
  while (attempt) {
    const nowMs = context.ports.clock.nowMs();
    // This process was paused: by now others take the call for abandoned and ask the PSP about it.
    if (nowMs >= (attempt.nextSyncAt ?? 0)) return current;
    const left = startedMs + REQUEST_BUDGET_MS - nowMs;
    const deadlineMs = Math.max(LEAST_CALL_MS, Math.min(CALL_DEADLINE_MS, left));
    const result = await sendAttempt(context, environment, configuration, attempt, { deadlineMs });
    const leftAfter = startedMs + REQUEST_BUDGET_MS - context.ports.clock.nowMs();
    const settled = await settleEvidence(
      context,
      environment,
      current.payment.id,
      {
        attemptId: attempt.id,
        source: 'reply',
        outcome: result.outcome,
        raw: evidenceOf(result),
        latencyMs: result.latencyMs,
        asked: false,
      },
      { known: current, nextStatus: leftAfter >= LEAST_CALL_MS ? 'sent' : 'ready', answer },
    );
    current = settled.record;
    attempt = settled.nextAttempt?.status === 'sent' ? settled.nextAttempt : null;
  }
  return current;
}

/**
 * Sends an attempt that an earlier request committed but had no time for. Whoever commits the `sent` mark sends it;
 * anybody else finds it sent and leaves it alone.
 */
export async function sendReadyAttempt(
  context: Context,
  environment: Environment,
  configuration: Configuration,
  known: PaymentRecord,
  attemptId: string,
): Promise<PaymentRecord> {
  const startedMs = context.ports.clock.nowMs();
  const { record, proposal } = await changePayment(
    context,
    { environmentId: environment.id, paymentId: known.payment.id },
    (current) => {
      const ready = attemptOf(current, attemptId);
      if (ready.status !== 'ready') return null;
      if (mustWithdraw(current, startedMs)) return withdrawAttempt(current, attemptId, startedMs);
      const nextSyncAt = startedMs + CALL_ABANDONED_AFTER_MS;
      const sent: Attempt = {
        ...ready,
        status: 'sent',
        sentAt: startedMs,
        nextSyncAt,
        updatedAt: startedMs,
      };
      const attempts = current.attempts.map((one) => (one.id === attemptId ? sent : one));
      return { record: { ...current, attempts }, changedAttempts: [attemptId] };
    },
    known,
  );
  const attempt = attemptOf(record, attemptId);
  if (!proposal || attempt.status !== 'sent') return record;
  return runAttempts(context, environment, configuration, record, attempt, { startedMs });
}
