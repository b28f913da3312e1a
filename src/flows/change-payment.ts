// One writer at a time: read the record, decide, write if nobody wrote meanwhile, else decide again.
// Every change of a payment goes through here, with its history, its events and its idempotent answer.
import { violatedLaw } from '../domain/payment/conservation.ts';
import { withConflictNote } from '../domain/payment/notes.ts';
import type { Adjustment, Operation, Payment, PaymentRecord } from '../domain/payment/payment.ts';
import { newId } from '../kernel/ids.ts';
import { Problem } from '../kernel/problem.ts';
import { sqlState } from '../store/db.ts';
import {
  type Change,
  commitPayment,
  type KeyAnswer,
  type KeyClaim,
  loadPayment,
  type OutboxEvent,
} from '../store/payments.ts';
import type { Context } from './context.ts';
import { withLedger } from './ledger-lines.ts';

/** What a decision wants written. `record` is the payment after the change, still with the version that was read. */
export interface Proposal {
  readonly record: PaymentRecord;
  readonly changedAttempts?: readonly string[];
  readonly changedOperations?: readonly string[];
  readonly adjustments?: readonly Adjustment[];
  /** Event types, in order. */
  readonly events?: readonly string[];
  readonly claim?: KeyClaim | null;
  /** The answer to store, from the record as it will be after the change. */
  readonly answer?: ((record: PaymentRecord) => KeyAnswer) | null;
}

/** A decision may be taken several times, so it must only read. Null: nothing to change. */
export type Decide<P extends Proposal> = (record: PaymentRecord) => P | null;

export class KeyTaken extends Error {}

/** Each lost try is another writer's change: as many as may come together, and the evidence of a reply waits for all. */
const MAX_TRIES = 50;

/**
 * Applies a decision to the newest state of a payment. `known` spares the first read when the caller holds the record.
 * Answers the record after the change, and the proposal that was written (null when there was nothing to do).
 * Throws KeyTaken when the proposal's Idempotency-Key exists.
 */
export async function changePayment<P extends Proposal>(
  context: Context,
  ids: { readonly environmentId: string; readonly paymentId: string },
  decide: Decide<P>,
  known: PaymentRecord | null = null,
): Promise<{ record: PaymentRecord; proposal: P | null }> {
  let record = known ?? (await mustLoad(context, ids));
  for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
    const proposal = decide(record);
    if (proposal === null) return { record, proposal };
    const { next, change } = prepare(context, record, proposal);
    switch (await commit(context, next, change)) {
      case 'done':
        return {
          record: { ...next, payment: { ...next.payment, version: next.payment.version + 1 } },
          proposal,
        };
      case 'key_taken':
        throw new KeyTaken();
      case 'payment_changed':
        record = await mustLoad(context, ids);
    }
  }
  throw new Problem(
    503,
    'busy',
    'The payment is being changed by too many requests at once',
    {},
    1,
  );
}

async function commit(context: Context, record: PaymentRecord, change: Change) {
  try {
    return await commitPayment(context.db, record, change);
  } catch (error) {
    // Two attempts with one number: another writer added it first.
    if (sqlState(error) === '23505') return 'payment_changed';
    throw error;
  }
}

async function mustLoad(
  context: Context,
  ids: { readonly environmentId: string; readonly paymentId: string },
): Promise<PaymentRecord> {
  const record = await loadPayment(context.db, ids.environmentId, ids.paymentId);
  if (!record) throw new Problem(404, 'not_found', 'Payment not found');
  return record;
}

function prepare(
  context: Context,
  before: PaymentRecord,
  proposal: Proposal,
): { next: PaymentRecord; change: Change } {
  assertInvariants(before, proposal.record);
  const ledger = withLedger(
    proposal.record,
    proposal.changedAttempts ?? [],
    withConflictNote(
      proposal.adjustments ?? [],
      before.payment.conflict,
      proposal.record.payment.conflict,
    ),
  );
  const changed = proposal.record.operations.find(({ id }) =>
    proposal.changedOperations?.includes(id),
  );
  const { record, events } = withEvents(context, ledger.record, proposal.events ?? [], changed);
  const wanted = new Set([...ledger.changedAttempts, ...(proposal.changedOperations ?? [])]);
  return {
    next: record,
    change: {
      before: before.payment,
      attempts: record.attempts.filter((one) => wanted.has(one.id)),
      operations: record.operations.filter((one) => wanted.has(one.id)),
      adjustments: ledger.adjustments,
      events,
      claim: proposal.claim ?? null,
      answer: proposal.answer ? proposal.answer(record) : null,
    },
  };
}

/**
 * Numbers the events of a payment and gives each the payment as it is after the change, and with it the capture, void
 * or refund that changed.
 */
export function withEvents(
  { ports }: Context,
  record: PaymentRecord,
  types: readonly string[],
  changed: Operation | undefined = undefined,
): { record: PaymentRecord; events: OutboxEvent[] } {
  const first = record.payment.eventSequence;
  const payment: Payment = { ...record.payment, eventSequence: first + types.length };
  const events = types.map((type, index) => ({
    id: newId('evt', ports),
    type,
    paymentSequence: first + index + 1,
    snapshot: snapshotOf({ ...record, payment }, changed),
    createdAt: payment.updatedAt,
  }));
  return { record: { ...record, payment }, events };
}

/** The payment as a consumer may see it: no secrets, no plan. */
function snapshotOf(
  { payment, attempts }: PaymentRecord,
  changed: Operation | undefined,
): Record<string, unknown> {
  const {
    sealedClientSecret: _secret,
    plan: _plan,
    request: _request,
    version: _version,
    ...shown
  } = payment;
  return {
    ...shown,
    attempts: attempts.map((one) => ({
      id: one.id,
      connectionId: one.connectionId,
      provider: one.provider,
      status: one.status,
      error: one.error,
      declineCode: one.decline?.code ?? '',
      latencyMs: one.latencyMs,
    })),
    ...(changed ? { operation: operationShown(changed) } : {}),
  };
}

function operationShown({ id, kind, status, amountMinor, currency, ...more }: Operation) {
  const { paymentId, reason, pspReference, error, createdAt, updatedAt } = more;
  const money = { amountMinor, currency };
  const about = { reason, pspReference, error, createdAt, updatedAt };
  return { id, paymentId, kind, status, ...money, ...about };
}

/** What must hold whatever the code above believes; a violation stops this change, not the server. */
function assertInvariants(before: PaymentRecord, after: PaymentRecord): void {
  const { payment } = after;
  const violated = violatedLaw(after);
  if (violated !== null) throw new Error(`payment ${payment.id}: ${violated}`);
  if (payment.version !== before.payment.version)
    throw new Error(`payment ${payment.id}: version changed by a decision`);
}
