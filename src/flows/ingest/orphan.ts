// What a PSP gave back, or what was contested, of a payment that nobody knows: kept as a mismatch with all that is needed to
// take it in when its payment comes. Pure.
import type { MovementItem } from '../../connectors/contract.ts';
import { isLedgerStatus } from '../../domain/ledger/words.ts';
import type { Difference } from '../../store/mismatches.ts';
import { sideOf, stateOf } from './compare.ts';

export function unrecorded({ status, type, amount }: MovementItem, what: string): Difference {
  return {
    what,
    ours: { state: 'nothing' },
    theirs: sideOf({ state: stateOf(status, type), ...amount }),
  };
}

export function orphaned(item: MovementItem): Difference {
  const { what, ours, theirs } = unrecorded(item, 'unknown_payment');
  const { type, status, createdAtMs, amount } = item;
  const payment = item.parent?.reference ?? '';
  const at = new Date(createdAtMs).toISOString();
  const rest = { payment, type, status, amount: String(amount.amountMinor) };
  return { what, ours, theirs: { ...theirs, ...rest, currency: amount.currency, created_at: at } };
}

/** Null: it was kept when less was kept. */
export function orphanOf(reference: string, theirs: Difference['theirs']): MovementItem | null {
  const { payment, type, status = '', amount, currency, created_at: at = '' } = theirs;
  const createdAtMs = Date.parse(at);
  const isWhole = payment && type && amount && currency && createdAtMs >= 0;
  if (!isWhole || !isLedgerStatus(status)) return null;
  return {
    is: 'movement',
    reference,
    givenReference: null,
    parent: { reference: payment, givenReference: null },
    ...(status === 'REFUND_REVERSED' ? { isOfItsOwn: true as const } : {}),
    type: type as MovementItem['type'],
    createdAtMs,
    status,
    amount: { amountMinor: BigInt(amount), currency },
  };
}
