// What our record says against what the PSP's history says, of one object. Pure. Only money that was taken, reserved or
// given back is compared: how far a customer has come is what questions and webhooks are for.
import type { MovementItem } from '../../connectors/contract.ts';
import type { LedgerStatus } from '../../domain/ledger/words.ts';
import type { Attempt, Operation, PaymentType } from '../../domain/payment/payment.ts';
import type { Difference } from '../../store/mismatches.ts';

interface Held {
  readonly state: string;
  readonly amountMinor: bigint;
  readonly currency: string;
}

export function differsFromAttempt(attempt: Attempt, item: MovementItem): Difference | null {
  const state = stateOf(item.status, item.type);
  const isMoney = state !== 'nothing';
  const theirs = { ...item.amount, state };
  if (!isAnother(attempt.pspReference, item.reference))
    return difference(heldBy(attempt, item.type), theirs);
  if (!isMoney) return null;
  const ours = { reference: attempt.pspReference ?? '' };
  return { what: 'second_charge', ours, theirs: sideOf(theirs) };
}

const STATES: Readonly<Partial<Record<LedgerStatus, string>>> = {
  SUCCEEDED: 'captured',
  CAPTURE: 'captured',
  AUTHORISATION: 'authorized',
  REFUNDED: 'refunded',
};

/** What money there is in a status. */
export function stateOf(status: LedgerStatus, type: PaymentType): string {
  const state = STATES[status] ?? 'nothing';
  return state === 'captured' && type !== 'pay_in' ? 'paid_out' : state;
}

/** Two objects under one reference of ours: told by names of one kind (`pi_1`, `pi_2`; 7001, 7002) that are not the same. */
function isAnother(known: string | null, found: string): boolean {
  const kind = kindOf(found);
  return known !== null && known !== found && kind !== null && kindOf(known) === kind;
}

function kindOf(name: string): string | null {
  return /^(?:[a-z]+_|\d+$)/.exec(name)?.[0].replace(/^\d+$/, 'number') ?? null;
}

function heldBy(attempt: Attempt, type: PaymentType): Held {
  const { status, currency, capturedMinor, authorizedMinor } = attempt;
  if (capturedMinor > 0n)
    return { state: stateOf('SUCCEEDED', type), amountMinor: capturedMinor, currency };
  const reserved = status === 'authorized';
  return reserved
    ? { state: 'authorized', amountMinor: authorizedMinor, currency }
    : { state: 'nothing', amountMinor: 0n, currency };
}

/** Null operation: we know of no such refund. */
export function differsFromRefund(
  operation: Operation | null,
  { status, type, amount }: MovementItem,
): Difference | null {
  const theirs = { ...amount, state: stateOf(status, type) };
  const ours =
    operation?.status === 'succeeded'
      ? { ...operation, state: 'refunded' }
      : { ...amount, amountMinor: 0n, state: 'nothing' };
  return difference(ours, theirs);
}

function difference(ours: Held, theirs: Held): Difference | null {
  const what = whatDiffers(ours, theirs);
  return what === null ? null : { what, ours: sideOf(ours), theirs: sideOf(theirs) };
}

function whatDiffers(ours: Held, theirs: Held): string | null {
  if (ours.state !== theirs.state) return 'status';
  if (ours.state === 'nothing') return null;
  if (ours.currency !== theirs.currency) return 'currency';
  return ours.amountMinor === theirs.amountMinor ? null : 'amount';
}

export function sideOf({ state, amountMinor, currency }: Held): Difference['ours'] {
  return state === 'nothing' ? { state } : { state, amount: String(amountMinor), currency };
}
