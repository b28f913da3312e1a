// Asks the PSP about a transaction because somebody wants to know now.
import { isFinalAttempt, isOpenOperation, latestAttempt } from '../../domain/payment/payment.ts';
import { Problem } from '../../kernel/problem.ts';
import type { Context, Environment } from '../context.ts';
import { memory } from '../memory.ts';
import { askOperation } from '../operation/run-operation.ts';
import { askAttempt } from '../sync/ask-attempt.ts';
import { describeTransaction, type Transaction } from './find-transaction.ts';

const AT_MOST_EVERY_MS = 10_000;

/** When this process asked last: what is being asked stands in no history yet. Oldest first. */
const askedAt = memory(() => new Map<string, number>());
const REMEMBERED_MAX = 1_000;

/** At most once in 10 s (connxt.md section 8): 429 for more. What is final is told as it is. */
export async function syncTransaction(
  context: Context,
  environment: Environment,
  transaction: Transaction,
): Promise<Transaction> {
  const { record, operation, history } = transaction;
  const attempt = latestAttempt(record);
  const open = operation ? isOpenOperation(operation) : attempt && !isFinalAttempt(attempt);
  if (!open) return transaction;
  const nowMs = context.ports.clock.nowMs();
  const told = history.events.findLast(({ trigger }) => trigger === 'sync')?.at ?? 0;
  const asking = askedAt(context.db);
  const last = Math.max(told, asking.get(transaction.id) ?? 0);
  if (nowMs - last < AT_MOST_EVERY_MS) {
    const waitS = Math.ceil((last + AT_MOST_EVERY_MS - nowMs) / 1_000);
    throw new Problem(429, 'rate_limited', 'The PSP was asked a moment ago', {}, waitS);
  }
  asking.delete(transaction.id);
  asking.set(transaction.id, nowMs);
  const [oldest] = asking.keys();
  if (asking.size > REMEMBERED_MAX) asking.delete(oldest!);
  if (operation) {
    const asked = await askOperation(context, environment, record, operation.id, 'poll', false);
    return describeTransaction(context, environment, asked, operation.id);
  }
  if (!attempt || attempt.status === 'ready' || attempt.status === 'sent') return transaction;
  const configuration = await context.configurations.get(environment);
  const asked = await askAttempt(
    context,
    environment,
    configuration,
    record,
    attempt.id,
    'poll',
    false,
  );
  return describeTransaction(context, environment, asked, null);
}
