// How far a dispute is (psp/stripe.md sections 2.6 and 3).
import type { DisputeStatus } from '../../domain/payment/dispute.ts';
import { type Json, textAt } from './json.ts';

/** An inquiry, which is only a warning, may become a chargeback. */
const STATUSES: ReadonlyMap<string, DisputeStatus> = new Map([
  ['warning_needs_response', 'DISPUTE'],
  ['warning_under_review', 'DISPUTE'],
  ['needs_response', 'DISPUTE'],
  ['under_review', 'DISPUTE'],
  ['appeal_needs_response', 'DISPUTE'],
  ['appeal_under_review', 'DISPUTE'],
  ['warning_closed', 'DISPUTE_WON'],
  ['prevented', 'DISPUTE_WON'],
  ['won', 'DISPUTE_WON'],
  ['lost', 'DISPUTE_LOST'],
]);

/** Null for a status that is not known. */
export function disputeStatusOf(dispute: Json): DisputeStatus | null {
  return STATUSES.get(textAt(dispute, 'status') ?? '') ?? null;
}
