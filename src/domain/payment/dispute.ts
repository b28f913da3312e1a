// What a PSP's word of a dispute makes of a payment. Words come late, twice and out of order, so each is judged by all
// that was heard before. Pure.
import { undisputedStatus } from './derive.ts';
import type { PaymentRecord } from './payment.ts';
import { mayMove, type PaymentStatus } from './status.ts';

/** As the ledger names them. */
export type DisputeStatus = 'DISPUTE' | 'DISPUTE_WON' | 'DISPUTE_LOST';

export function isDispute(status: string): status is DisputeStatus {
  return status === 'DISPUTE' || status === 'DISPUTE_WON' || status === 'DISPUTE_LOST';
}

export interface DisputeWord {
  /** The PSP's name of the dispute. */
  readonly id: string;
  readonly status: DisputeStatus;
}

export interface Disputed {
  readonly status: PaymentStatus;
  /** What was lost, and nothing else is contested. */
  readonly lost: boolean;
}

/** What nobody is known to have paid cannot be contested: the word of the dispute came before that of the payment. */
export function isTooEarly({ attempts }: PaymentRecord): boolean {
  return attempts.every(({ capturedMinor }) => capturedMinor === 0n);
}

/** `heard`: oldest first. Null: nothing new, or older than what is known. */
export function afterDispute(
  record: PaymentRecord,
  heard: readonly DisputeWord[],
  word: DisputeWord,
): Disputed | null {
  const states = new Map(heard.map(({ id, status }) => [id, status]));
  const known = states.get(word.id);
  // What is decided is not opened again by a word that comes late.
  if (known === word.status || (known !== undefined && word.status === 'DISPUTE')) return null;
  const all = [...states.set(word.id, word.status).values()];
  return { status: statusAfter(record, all), lost: lostIn(all) };
}

function statusAfter(record: PaymentRecord, all: readonly DisputeStatus[]): PaymentStatus {
  const { status } = record.payment;
  if (all.every((one) => one === 'DISPUTE_WON'))
    return status === 'disputed' ? undisputedStatus(record) : status;
  return mayMove(status, 'disputed') ? 'disputed' : status;
}

function lostIn(all: readonly DisputeStatus[]): boolean {
  return all.includes('DISPUTE_LOST') && !all.includes('DISPUTE');
}
