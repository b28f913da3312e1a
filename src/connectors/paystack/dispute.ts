// How far a dispute is (psp/paystack.md sections 2.8 and 3).
import type { DisputeStatus } from '../../domain/payment/dispute.ts';
import { type Json, textOf } from '../json.ts';

const STATUSES: ReadonlyMap<string, DisputeStatus> = new Map([
  ['awaiting-merchant-feedback', 'DISPUTE'],
  ['awaiting-bank-feedback', 'DISPUTE'],
  ['pending', 'DISPUTE'],
  ['archived', 'DISPUTE_WON'],
]);

const RESOLUTIONS: ReadonlyMap<string, DisputeStatus> = new Map([
  ['merchant-accepted', 'DISPUTE_LOST'],
  ['auto-accepted', 'DISPUTE_LOST'],
  ['declined', 'DISPUTE_WON'],
]);

/** Null for a status that is not known. */
export function disputeStatusOf({ status, resolution }: Json): DisputeStatus | null {
  const word = textOf(status) ?? '';
  if (word === 'resolved') return RESOLUTIONS.get(textOf(resolution) ?? '') ?? null;
  return STATUSES.get(word) ?? null;
}
