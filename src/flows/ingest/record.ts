// Payments and refunds that were made at a PSP without us, as payments of the ledger. Each object has its PSP's name,
// so that it is recorded once however often it is read, and what it becomes later is an adjustment.
import type { HistoryName, MovementItem } from '../../connectors/contract.ts';
import { movesAmounts } from '../../domain/ledger/adjust.ts';
import { assetOfUnit } from '../../domain/ledger/asset.ts';
import { compareInstants, instantText } from '../../domain/ledger/instant.ts';
import type { LedgerStatus } from '../../domain/ledger/words.ts';
import { findRecorded, type LedgerEntry, type Recorded } from '../../store/ledger.ts';
import type { Context, Environment } from '../context.ts';
import { amendPayment } from '../record/amend-payment.ts';
import { recordPayment } from '../record/record-payment.ts';
import type { Said, SaidAdjustment } from '../record/said.ts';

interface At {
  readonly environment: Environment;
  readonly connectionId: string;
  readonly provider: string;
}

export async function recordForeignPayment(
  context: Context,
  at: At,
  item: MovementItem,
): Promise<boolean> {
  const said = saidOf(at, item.reference, item);
  const { status } = item;
  const recorded = await findRecorded(context.db, at.environment.id, said);
  if (recorded === null) {
    // What is only reserved is in nobody's books yet.
    const amountMinor = status === 'AUTHORISATION' ? 0n : said.amountMinor;
    await recordPayment(context, at.environment, { ...said, amountMinor, status });
  } else if (recorded.entry.recorded) {
    const adjustments = changesSince(recorded, item);
    if (adjustments.length > 0)
      await amendPayment(context, at.environment, { ...said, adjustments });
  }
  return true;
}

/** A PSP that tells when it changed something may tell of a status again; each move of money counts once all the same. */
function changesSince({ entry, adjustments }: Recorded, item: MovementItem): SaidAdjustment[] {
  const { status, changedAtMs } = item;
  if (changedAtMs === undefined)
    return entry.openedStatus === status ? [] : changesOf(entry, item, status);
  if (entry.status === status) return [];
  const own = adjustments.filter(({ reference }) => reference === item.reference);
  const changes = changesOf(entry, item, status);
  const last = own.at(-1);
  if (changes.at(-1)?.status === (last?.status ?? entry.openedStatus)) return [];
  const createdAt = instantOf(changedAtMs);
  if (last && compareInstants(createdAt, last.createdAt) <= 0) return [];
  return changes
    .filter((one) => !movesAmounts(one.status) || own.every((other) => other.status !== one.status))
    .map((one) => ({ ...one, createdAt }));
}

/** What has become of a payment since it was first seen; what is known already changes nothing. */
function changesOf(entry: LedgerEntry, item: MovementItem, status: LedgerStatus): SaidAdjustment[] {
  const { amountMinor } = item.amount;
  if (status === 'PENDING') return [];
  if (status !== 'SUCCEEDED') return [adjustmentOf(item, status)];
  if (entry.openedStatus === 'AUTHORISATION') return [adjustmentOf(item, 'CAPTURE')];
  const same = entry.initialMinor === amountMinor;
  return [...(same ? [] : [adjustmentOf(item, 'AMOUNT_ADJUSTEMENT')]), adjustmentOf(item, status)];
}

/** What was given back or contested. False: nobody knows the payment that it is of. */
export async function recordForeignReturn(
  context: Context,
  at: At,
  item: MovementItem,
  { reference }: HistoryName,
): Promise<boolean> {
  const { status } = item;
  // Of a refund that came to nothing nothing is told, unless it had been done before.
  if (status === 'PENDING') return true;
  const said = reference === null ? null : saidOf(at, reference, item);
  const recorded = said && (await findRecorded(context.db, at.environment.id, said));
  const isOfSeen = status === 'REFUND_REVERSED' && !item.isOfItsOwn;
  if (!said || !recorded?.entry.recorded) return isOfSeen;
  const of = recorded.adjustments.filter((one) => one.reference === item.reference);
  if (isOfSeen && !of.some((one) => one.status === 'REFUNDED')) return true;
  // What is decided is not opened again by a page that was read before.
  if (status === 'DISPUTE' && of.length > 0) return true;
  const adjustments = [adjustmentOf(item, status)];
  await amendPayment(context, at.environment, { ...said, adjustments });
  return true;
}

function adjustmentOf(item: MovementItem, status: LedgerStatus): SaidAdjustment {
  const { reference, amount } = item;
  const createdAt = instantOf(item.createdAtMs);
  return { reference, createdAt, status, amountMinor: amount.amountMinor, evidence: {} };
}

function saidOf({ connectionId, provider }: At, reference: string, item: MovementItem): Said {
  const { amountMinor, currency } = item.amount;
  return {
    connectionId,
    provider,
    reference,
    type: item.type,
    createdAt: instantOf(item.createdAtMs),
    initialMinor: amountMinor,
    amountMinor,
    unit: currency,
    asset: assetOfUnit(currency),
    scheme: item.scheme ?? 'unknown',
    sourceAccount: item.sourceAccount ?? null,
    destinationAccount: item.destinationAccount ?? null,
    metadata: item.metadata ?? {},
    status: null,
    adjustments: [],
  };
}

/** As instants are stored: without noughts at the end. */
function instantOf(epochMs: number): string {
  return instantText(new Date(epochMs).toISOString().slice(0, -1));
}
