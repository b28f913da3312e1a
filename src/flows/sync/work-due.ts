// What is due: claimed in small batches and done. Every item stands on its own: one that fails is logged, keeps its
// lease, and comes due again.
import { latestAttempt } from '../../domain/payment/payment.ts';
import { isOpen } from '../../domain/payment/status.ts';
import { claimConflicts } from '../../store/conflicts.ts';
import {
  type Claim,
  claimAttempts,
  claimOperations,
  claimPayments,
  type DueAttempt,
  deferPayment,
} from '../../store/due.ts';
import { findEnvironment } from '../../store/environments.ts';
import { claimInboundWebhooks } from '../../store/inbound-webhooks.ts';
import { claimPolls } from '../../store/ingestions.ts';
import { loadPayment } from '../../store/payments.ts';
import type { Context } from '../context.ts';
import { deliveryQueues } from '../deliver-event/queue.ts';
import { pollHistory } from '../ingest/poll.ts';
import { askOperation } from '../operation/run-operation.ts';
import { giveBackDuplicate } from '../operator/give-back.ts';
import { closePayment } from '../payment/close-payment.ts';
import { sendScheduledPayout } from '../payout/send-payout.ts';
import { applyWebhook } from '../receive-webhook/apply.ts';
import { askAttempt } from './ask-attempt.ts';

/** Longer than any PSP call with its settling. */
export const LEASE_MS = 60_000;

/** A payment whose attempt waits for an operator. */
const LOOK_AGAIN_MS = 24 * 60 * 60_000;

/** One kind of due work. */
export interface Queue {
  readonly name: string;
  /** How many items a process works on at once. */
  readonly slots: number;
  /** The least time between two looks, for a queue whose looks are not cheap. */
  readonly restMs?: number;
  /** Claims up to `limit` items and begins them. Each promise ends with its item, and never rejects. */
  begin(context: Context, limit: number): Promise<Promise<void>[]>;
}

type Claimed = { readonly id: string; readonly paymentId: string | null };

function queue<Due extends Claimed>(
  name: string,
  slots: number,
  claim: (db: Context['db'], claim: Claim) => Promise<Due[]>,
  work: (context: Context, due: Due) => Promise<unknown>,
): Queue {
  return {
    name,
    slots,
    begin: async (context, limit) => {
      const nowMs = context.ports.clock.nowMs();
      const items = await claim(context.db, { nowMs, leaseMs: LEASE_MS, limit });
      return items.map((due) => safely(context, due, work));
    },
  };
}

/** Apart from each other, so that a PSP that does not answer holds up nothing but questions. */
export const queues: readonly Queue[] = [
  queue('webhooks', 64, claimInboundWebhooks, applyWebhook),
  queue('attempts', 50, claimAttempts, syncAttempt),
  queue('operations', 20, claimOperations, syncOperation),
  queue('payments', 20, claimPayments, expirePayment),
  queue('conflicts', 5, claimConflicts, giveBackDuplicate),
  queue('ingestion', 4, claimPolls, pollHistory),
  ...deliveryQueues,
];

/** Does everything that is due now, once, and waits for it. Answers how many items there were. */
export async function workDue(context: Context): Promise<number> {
  const begun = await Promise.all(queues.map((one) => one.begin(context, one.slots)));
  const items = begun.flat();
  await Promise.all(items);
  return items.length;
}

async function safely<Due extends Claimed>(
  context: Context,
  due: Due,
  work: (context: Context, due: Due) => Promise<unknown>,
): Promise<void> {
  try {
    await work(context, due);
  } catch (error) {
    context.log.error(
      { due: due.id, payment: due.paymentId, error: String(error) },
      'due work failed',
    );
  }
}

async function syncAttempt(context: Context, due: DueAttempt): Promise<void> {
  const environment = await findEnvironment(context.db, due.environmentId);
  const record = await loadPayment(context.db, due.environmentId, due.paymentId);
  const attempt = record?.attempts.find((one) => one.id === due.id);
  // A settled one is due when a word that denies it has to be checked (move.ts).
  if (!environment || !record || !attempt || attempt.nextSyncAt === null) return;
  const configuration = await context.configurations.get(environment);
  await askAttempt(context, environment, configuration, record, attempt.id, 'poll', true);
}

async function syncOperation(context: Context, due: DueAttempt): Promise<void> {
  const environment = await findEnvironment(context.db, due.environmentId);
  const record = await loadPayment(context.db, due.environmentId, due.paymentId);
  const operation = record?.operations.find((one) => one.id === due.id);
  if (!environment || !record || !operation || operation.nextSyncAt === null) return;
  await askOperation(context, environment, record, operation.id);
}

/** The lifetime is over, or the time of a scheduled payout has come. What may still be in flight is asked about; an unknown attempt is never expired. */
async function expirePayment(context: Context, due: DueAttempt): Promise<void> {
  const environment = await findEnvironment(context.db, due.environmentId);
  const record = await loadPayment(context.db, due.environmentId, due.paymentId);
  if (!environment || !record || !isOpen(record.payment.status)) return;
  if (record.payment.type !== 'pay_in') return sendScheduledPayout(context, environment, record);
  const first = latestAttempt(record);
  if (first === null) {
    await closePayment(context, record, 'abandoned', 'never sent within the lifetime');
    return;
  }
  let heard = record;
  if (first.status === 'requires_action' || first.status === 'pending') {
    const configuration = await context.configurations.get(environment);
    heard = await askAttempt(context, environment, configuration, record, first.id, 'poll', false);
    if (!isOpen(heard.payment.status)) return;
  }
  const latest = latestAttempt(heard) ?? first;
  // Nothing ends before the PSP was heard: not sooner than its next question.
  const heardAt = latest.nextSyncAt ?? context.ports.clock.nowMs() + LOOK_AGAIN_MS;
  await deferPayment(context.db, due.environmentId, due.paymentId, heardAt + LEASE_MS);
}
