// What an adjustment does to the amounts and the status of a payment of the ledger (api/formance.md section 8, with our
// judgement and without the original's defects). Only adjustments that are new come here: a replay moves nothing.
import { compareInstants } from './instant.ts';
import type { LedgerStatus } from './words.ts';

/** A payment as the ledger shows it. */
export interface Face {
  readonly initialMinor: bigint;
  readonly amountMinor: bigint;
  readonly status: LedgerStatus;
  /** When the status was: RFC 3339 in UTC (see instant.ts). The latest adjustment's counts, whenever it arrives. */
  readonly statusAt: string;
}

export interface NewAdjustment {
  readonly status: LedgerStatus;
  readonly amountMinor: bigint;
  readonly at: string;
}

/** Statuses whose adjustments move amounts: for them the adjustment's own amount matters. */
const MOVING: ReadonlySet<LedgerStatus> = new Set([
  'REFUNDED',
  'CAPTURE',
  'REFUND_REVERSED',
  'AMOUNT_ADJUSTEMENT',
]);

export function movesAmounts(status: LedgerStatus): boolean {
  return MOVING.has(status);
}

/** The payment afterwards; null when more would be given back than there is. */
export function adjust(face: Face, adjustment: NewAdjustment): Face | null {
  const amounts = amountsAfter(face, adjustment);
  if (amounts === null) return null;
  // Of two at one instant the one that arrived later counts.
  const latest = compareInstants(adjustment.at, face.statusAt) >= 0;
  return {
    ...face,
    ...amounts,
    ...(latest ? { status: adjustment.status, statusAt: adjustment.at } : {}),
  };
}

function amountsAfter(
  { initialMinor, amountMinor }: Face,
  { status, amountMinor: moved }: NewAdjustment,
): Pick<Face, 'initialMinor' | 'amountMinor'> | null {
  switch (status) {
    case 'REFUNDED':
      return moved > amountMinor ? null : { initialMinor, amountMinor: amountMinor - moved };
    case 'CAPTURE':
    case 'REFUND_REVERSED':
      return { initialMinor, amountMinor: least(amountMinor + moved, initialMinor) };
    case 'AMOUNT_ADJUSTEMENT':
      return { initialMinor: moved, amountMinor: least(amountMinor, moved) };
    default:
      return { initialMinor, amountMinor };
  }
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
