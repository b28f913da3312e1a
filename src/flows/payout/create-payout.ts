// Money out, under the promise of a charge: planned, committed with its first attempt, its key at the PSP and the
// merchant's Idempotency-Key, and only then sent. What waits for an approval or for its time is committed all the same.
import type { Attempt, PaymentRecord } from '../../domain/payment/payment.ts';
import { Problem } from '../../kernel/problem.ts';
import { type Executor, violatedConstraint } from '../../store/db.ts';
import { beginPayment } from '../../store/payments.ts';
import { findPayoutApproval } from '../../store/payout-policies.ts';
import { freeReference, insertPayout, type Payout } from '../../store/payouts.ts';
import { KeyTaken, withEvents } from '../change-payment.ts';
import type { CreateOptions } from '../charge/create-payment.ts';
import { attemptRow, noAvailableConnection, routeFor, runAttempts } from '../charge/index.ts';
import type { Context, Environment } from '../context.ts';
import { asPayment, type NewPayout, payoutRows } from './new-payout.ts';

/** Rows that are ready to be committed. */
export interface PlannedPayout {
  readonly record: PaymentRecord;
  readonly payout: Payout;
  /** Null when it waits for an approval or for its time. */
  readonly attempt: Attempt | null;
}

/**
 * Takes a payout: 422 `no_available_connection` when no connection can pay it, 409 `reference_taken` when the
 * connection has one of that reference (then nothing is stored, no PSP called); else the record after what could be
 * sent was sent. Throws KeyTaken when the key was used before.
 */
export async function createPayout(
  context: Context,
  environment: Environment,
  asked: NewPayout,
  options: CreateOptions = {},
): Promise<PaymentRecord> {
  const startedMs = context.ports.clock.nowMs();
  const configuration = await context.configurations.get(environment);
  const planned = await planPayout(context, environment, asked, 'sent');
  const record = await context.db.transaction((tx) => beginPayout(context, tx, planned, options));
  if (planned.attempt === null) return record;
  return runAttempts(context, environment, configuration, record, planned.attempt, {
    startedMs,
    answer: options.answer ?? null,
  });
}

/** `ready`: the worker sends it, not this request. */
export async function planPayout(
  context: Context,
  environment: Environment,
  asked: NewPayout,
  status: 'sent' | 'ready',
): Promise<PlannedPayout> {
  const configuration = await context.configurations.get(environment);
  const approval = await findPayoutApproval(context.db, environment.id);
  const waits = asked.needsApproval || approval !== 'on_request';
  const seed = asked.reference ?? '';
  const route = routeFor(context, environment, configuration, asPayment(asked), seed);
  const [first] = route.candidates;
  if (!first) throw noAvailableConnection(route);
  const { payment, payout } = payoutRows(context, environment, asked, route, first, waits);
  const goes = !waits && payment.dueAt === null;
  const attempt = goes ? attemptRow(context, environment, payment, first, 1, status) : null;
  const attempts = attempt === null ? [] : [attempt];
  return { record: { payment, attempts, operations: [] }, payout, attempt };
}

/** Commits a planned payout within a transaction of the caller. */
export async function beginPayout(
  context: Context,
  tx: Executor,
  { record: unnumbered, payout, attempt }: PlannedPayout,
  { claim = null, answer = null }: CreateOptions = {},
): Promise<PaymentRecord> {
  const { record, events } = withEvents(context, unnumbered, [
    `${unnumbered.payment.type}.created`,
  ]);
  const { id, createdAt } = record.payment;
  const change = {
    attempts: record.attempts,
    events,
    claim: claim ? { ...claim, resourceId: id, createdAt } : null,
    // The answer of what is sent now waits for what the PSP says.
    answer: attempt?.status !== 'sent' && answer ? answer(record) : null,
  };
  if (!(await beginPayment(tx, record, change))) throw new KeyTaken();
  await freeReference(tx, payout);
  try {
    await insertPayout(tx, payout);
  } catch (error) {
    if (violatedConstraint(error) !== 'payouts_reference') throw error;
    const message = `The connection has a payout with the reference ${payout.reference}`;
    throw new Problem(409, 'reference_taken', message, { field: 'reference' });
  }
  return record;
}
