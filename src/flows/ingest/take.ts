// Takes in what a PSP's history says: what we did not know becomes a payment of the ledger, what contradicts an attempt
// of ours is asked about at once and, if that does not settle it, kept as a mismatch. Never changes an attempt itself.
import type { HistoryItem, HistoryPage, MovementItem } from '../../connectors/contract.ts';
import type { HistoryKind, HistoryOrder } from '../../domain/ledger/history.ts';
import { type DisputeStatus, isDispute, isTooEarly } from '../../domain/payment/dispute.ts';
import {
  attemptOf,
  givesBack,
  isOpenOperation,
  type Operation,
  type PaymentRecord,
} from '../../domain/payment/payment.ts';
import { newId, referenceOf } from '../../kernel/ids.ts';
import { Problem } from '../../kernel/problem.ts';
import { findAttemptByName } from '../../store/attempt-names.ts';
import type { DuePoll } from '../../store/ingestions.ts';
import {
  type Difference,
  orphansOf,
  type PspObject,
  raiseMismatch,
  seeAgain,
  vanishMismatch,
} from '../../store/mismatches.ts';
import { loadPayment } from '../../store/payments.ts';
import type { Configuration } from '../configuration.ts';
import type { Context, Environment } from '../context.ts';
import { tellDispute } from '../dispute/tell-dispute.ts';
import { askOperation } from '../operation/run-operation.ts';
import { askAttempt } from '../sync/ask-attempt.ts';
import { saveAccount, saveBalance } from './account.ts';
import { differsFromAttempt, differsFromRefund } from './compare.ts';
import { orphaned, orphanOf, unrecorded } from './orphan.ts';
import { recordForeignPayment, recordForeignReturn } from './record.ts';

/** Whose history it is. */
export interface Source {
  readonly environment: Environment;
  readonly configuration: Configuration;
  readonly connectionId: string;
  readonly provider: string;
  readonly kind: HistoryKind;
}

export function sourceOf(
  environment: Environment,
  configuration: Configuration,
  { connectionId, kind }: DuePoll,
): Source | null {
  const connection = configuration.connection(connectionId);
  if (!connection) return null;
  return { environment, configuration, connectionId, provider: connection.provider, kind };
}

export async function takePage(
  context: Context,
  source: Source,
  page: HistoryPage,
  by: HistoryOrder,
): Promise<void> {
  for (const reference of page.unreadable)
    await raise(context, source, reference, null, { what: 'unreadable', ours: {}, theirs: {} });
  // Oldest first, as it happened.
  const items = by === 'creation' ? page.items.toReversed() : page.items;
  for (const item of items) await takeItem(context, source, item);
  await takeOrphans(context, source, items);
}

/** What was read before the payment that it is of. */
async function takeOrphans(
  context: Context,
  source: Source,
  items: readonly HistoryItem[],
): Promise<void> {
  const { environment, connectionId } = source;
  const payments = items.flatMap((one) =>
    one.is === 'movement' && one.parent === null ? [one.reference] : [],
  );
  if (payments.length === 0) return;
  const where = { environmentId: environment.id, connectionId };
  for (const { kind, pspReference, theirs } of await orphansOf(context.db, where, payments)) {
    const item = orphanOf(pspReference, theirs);
    if (item) await takeMovement(context, { ...source, kind }, item);
  }
}

function takeItem(context: Context, source: Source, item: HistoryItem): Promise<void> {
  switch (item.is) {
    case 'movement':
      return takeMovement(context, source, item);
    case 'account':
      return saveAccount(context, source, item);
    case 'balance':
      return saveBalance(context, source, item);
  }
}

async function takeMovement(context: Context, source: Source, item: MovementItem): Promise<void> {
  const { environment, provider } = source;
  const name = item.parent ?? item;
  const known = await findAttemptByName(context.db, environment.id, provider, name, item.type);
  const record = known && (await loadPayment(context.db, environment.id, known.paymentId));
  if (known && record) {
    const { status } = item;
    if (isDispute(status)) return contest(context, source, { ...item, status }, record, known);
    return reconcile(context, source, item, record, known.attemptId);
  }
  try {
    const wasTaken =
      item.parent === null
        ? await recordForeignPayment(context, source, item)
        : await recordForeignReturn(context, source, item, item.parent);
    if (wasTaken) return vanishMismatch(context.db, objectOf(source, item.reference), now(context));
    await raise(context, source, item.reference, null, orphaned(item));
    // Its payment may have come between the look and the line above; whoever brought it did not see the line.
    if (item.parent && (await recordForeignReturn(context, source, item, item.parent)))
      await vanishMismatch(context.db, objectOf(source, item.reference), now(context));
  } catch (error) {
    // More given back than taken, too many adjustments: nothing that trying again would mend.
    if (!(error instanceof Problem) || error.status !== 400) throw error;
    await raise(context, source, item.reference, null, unrecorded(item, 'contradiction'));
  }
}

/** The list is evidence as the PSP's webhook is, and comes where that was lost. */
async function contest(
  context: Context,
  source: Source,
  { reference: id, status }: MovementItem & { readonly status: DisputeStatus },
  record: PaymentRecord,
  { attemptId }: { readonly attemptId: string },
): Promise<void> {
  // The list is read again.
  if (isTooEarly(record)) return;
  const about = { attemptId, source: 'poll', reason: `listed: ${status}`, evidence: {} } as const;
  await tellDispute(context, record, { ...about, word: { id, status }, keeps: false });
  // It may have meant nothing when it was read before.
  await vanishMismatch(context.db, objectOf(source, id), now(context));
}

async function reconcile(
  context: Context,
  source: Source,
  item: MovementItem,
  record: PaymentRecord,
  attemptId: string,
): Promise<void> {
  const object = objectOf(source, item.reference);
  const found = differenceIn(record, attemptId, item);
  if (found !== null && (await seeAgain(context.db, object, found, now(context)))) return;
  const left =
    found && differenceIn(await ask(context, source, item, record, attemptId), attemptId, item);
  if (left === null) return vanishMismatch(context.db, object, now(context));
  return raise(context, source, item.reference, { record, attemptId }, left);
}

function differenceIn(record: PaymentRecord, attemptId: string, item: MovementItem) {
  if (item.parent === null) return differsFromAttempt(attemptOf(record, attemptId), item);
  const operation = refundIn(record, attemptId, item);
  if (operation === null && mayBeOurs(record, attemptId, item)) return null;
  return differsFromRefund(operation, item);
}

/** The PSP settles it: the question goes through `settle` like every other. A refund of others' hands has nobody to ask. */
async function ask(
  context: Context,
  { environment, configuration }: Source,
  item: MovementItem,
  record: PaymentRecord,
  attemptId: string,
): Promise<PaymentRecord> {
  const operation = item.parent && refundIn(record, attemptId, item);
  if (operation) return askOperation(context, environment, record, operation.id, 'poll', false);
  // One that is ready would be sent, not asked about.
  if (attemptOf(record, attemptId).status === 'ready') return record;
  return askAttempt(context, environment, configuration, record, attemptId, 'poll', false);
}

function refundIn(record: PaymentRecord, attemptId: string, item: MovementItem): Operation | null {
  const isIt = ({ id, pspReference }: Operation) =>
    pspReference === item.reference || referenceOf(id) === item.givenReference;
  return refundsOf(record, attemptId).find(isIt) ?? null;
}

/** A refund of ours whose reply was lost, and whose name at the PSP nobody knows yet. */
function mayBeOurs(record: PaymentRecord, attemptId: string, { amount }: MovementItem): boolean {
  return refundsOf(record, attemptId).some(
    (one) =>
      one.pspReference === null && one.amountMinor === amount.amountMinor && isOpenOperation(one),
  );
}

function refundsOf({ operations }: PaymentRecord, attemptId: string): Operation[] {
  return operations.filter((one) => givesBack(one) && one.attemptId === attemptId);
}

async function raise(
  context: Context,
  source: Source,
  pspReference: string,
  about: { readonly record: PaymentRecord; readonly attemptId: string } | null,
  difference: Difference,
): Promise<void> {
  const mismatch = {
    ...objectOf(source, pspReference),
    ...difference,
    id: newId('mis', context.ports),
    provider: source.provider,
    paymentId: about?.record.payment.id ?? null,
    attemptId: about?.attemptId ?? null,
  };
  await raiseMismatch(context.db, mismatch, now(context));
}

function objectOf({ environment, connectionId, kind }: Source, pspReference: string): PspObject {
  return { environmentId: environment.id, connectionId, kind, pspReference };
}

function now({ ports }: Context): number {
  return ports.clock.nowMs();
}
