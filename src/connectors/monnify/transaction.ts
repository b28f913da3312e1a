// Reads Monnify's transaction, as the query, a charged card and webhooks tell it, into an outcome (psp/monnify.md
// section 3). A success counts only under our paymentReference, in naira. Paid in part is never a success.
import {
  type CustomerAction,
  declined,
  type Outcome,
  unknown,
} from '../../domain/attempt/outcome.ts';
import { type Json, parseObject, textOf } from '../json.ts';
import { CURRENCY, fromNaira } from './amount.ts';

/** The attempt an answer must be about. */
export interface Expected {
  readonly reference: string;
  readonly pspState: Readonly<Record<string, string>>;
}

interface Facts {
  readonly pspReference?: string;
  readonly pspState: Readonly<Record<string, string>>;
  readonly feeMinor?: bigint;
  readonly feeCurrency?: string;
}

export function readTransaction(data: Json, expected: Expected): Outcome {
  if (data.paymentReference !== expected.reference)
    return unknown('the reply is about another reference');
  const facts = factsOf(data, expected);
  const status = textOf(data.paymentStatus) ?? '';
  switch (status) {
    case 'PAID':
    case 'OVERPAID':
      return received(data, status, facts);
    case 'PARTIALLY_PAID':
      return inPart(data, facts);
    case 'REVERSED':
      return moved(data, 'refunded', facts);
    case 'PENDING':
      return stillOpen(facts);
    case 'EXPIRED':
      return declined('payer_timeout', 'nobody paid in time', status, facts);
    case 'CANCELLED':
    case 'USER_CANCELLED':
      return declined('user_cancelled', 'the payer cancelled', status, facts);
    case 'FAILED':
      return declined('generic_decline', 'the payment failed', status, facts);
    default:
      // A word that is not in the table never means failure (psp/common.md section 4).
      return { ...facts, ...unknown(`status ${status}`) };
  }
}

function factsOf(data: Json, { pspState }: Expected): Facts {
  const id = textOf(data.transactionReference);
  const paid = fromNaira(data.amountPaid);
  const settled = fromNaira(data.settlementAmount);
  const known = id === null ? {} : { pspReference: id };
  if (paid === null || settled === null || settled === 0n || settled > paid)
    return { ...known, pspState };
  return { ...known, pspState, feeMinor: paid - settled, feeCurrency: CURRENCY };
}

function received(data: Json, status: string, facts: Facts): Outcome {
  const paid = fromNaira(data.amountPaid);
  const due = fromNaira(data.totalPayable);
  if (status === 'PAID' || paid === null || due === null || paid <= due)
    return moved(data, 'captured', facts);
  const pspState = { ...facts.pspState, overpaid_minor: String(paid - due) };
  return moved(data, 'captured', { ...facts, pspState });
}

function moved(data: Json, what: 'captured' | 'refunded', facts: Facts): Outcome {
  const amountMinor = fromNaira(data.amountPaid);
  if (amountMinor === null || amountMinor === 0n || data.currency !== CURRENCY)
    return { ...facts, ...unknown(`${what}, but without amount and currency`) };
  return { ...facts, kind: 'succeeded', what, amountMinor, currency: CURRENCY };
}

/** The rest may still come, until the transaction expires. */
function inPart(data: Json, facts: Facts): Outcome {
  const paid = fromNaira(data.amountPaid);
  const due = fromNaira(data.totalPayable);
  const missing = paid !== null && due !== null && due > paid ? due - paid : null;
  const pspState = { ...facts.pspState, underpaid_minor: missing?.toString() ?? 'unknown' };
  const message = 'only a part was paid';
  const { feeMinor: _fee, feeCurrency: _of, ...rest } = facts;
  return { ...rest, pspState, kind: 'pending', message };
}

/** The payer may still have to do what he was asked; the query does not repeat it. */
function stillOpen({ pspReference, pspState }: Facts): Outcome {
  const facts = { ...(pspReference === undefined ? {} : { pspReference }), pspState };
  const kept = pspState.action ? parseObject(pspState.action) : null;
  // The host checks every action again before it is stored or shown.
  return kept === null
    ? { ...facts, kind: 'pending', message: 'Monnify waits for the payment' }
    : { ...facts, kind: 'requires_action', action: kept as unknown as CustomerAction };
}

const KEPT_MAX = 3_000;

/** What the payer is asked, kept for later: the query does not repeat it. */
export function asking(action: CustomerAction, pspReference: string): Outcome {
  const text = JSON.stringify(action);
  const pspState = { action: text.length <= KEPT_MAX ? text : '' };
  return { kind: 'requires_action', action, pspReference, pspState };
}
