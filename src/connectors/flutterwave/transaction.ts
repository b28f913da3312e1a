// Reads Flutterwave's transaction object, as charges, validate-charge, verify and the list answer it, into an outcome.
// A success counts only under our tx_ref, with amount and currency; whether it is the right amount is the host's to
// compare. What counts is `amount`, not `charged_amount` (psp/flutterwave.md section 2.3).
import { type Outcome, unknown } from '../../domain/attempt/outcome.ts';
import { idOf, type Json, textOf } from '../json.ts';
import { fromMajor } from './amount.ts';
import { failedTransaction } from './declines.ts';
import { lastAction } from './next-step.ts';

/** The attempt an answer must be about. */
export interface Expected {
  readonly reference: string;
  readonly pspState: Readonly<Record<string, string>>;
}

export interface Facts {
  readonly pspReference?: string;
  readonly pspState: Readonly<Record<string, string>>;
  readonly feeMinor?: bigint;
  readonly feeCurrency?: string;
}

export function readTransaction(data: Json, expected: Expected): Outcome {
  if (isStranger(data, expected)) return unknown('the reply is about another reference');
  const facts = factsOf(data, expected);
  const status = textOf(data.status) ?? '';
  switch (status) {
    case 'successful':
      return captured(data, expected, facts);
    case 'failed':
    case 'error':
    case 'cancelled':
      return failedTransaction(status === 'cancelled' ? { ...CANCELLED, ...data } : data, facts);
    case 'pending':
    case 'success-pending-validation':
      return stillOpen(facts);
    default:
      // A word that is not in the table never means failure (psp/common.md section 4).
      return { ...facts, ...unknown(`status ${status}`) };
  }
}

const CANCELLED: Json = { processor_response: 'cancelled' };

/** The payer may still have to do what he was asked. */
function stillOpen(facts: Facts): Outcome {
  const action = lastAction(facts.pspState);
  return action === null
    ? { ...facts, kind: 'pending', message: 'Flutterwave is processing the payment' }
    : { ...facts, kind: 'requires_action', action };
}

export function isStranger(data: Json, { reference }: Expected): boolean {
  const theirs = idOf(data.tx_ref);
  return theirs !== null && theirs !== reference;
}

/** One tx_ref may have several transactions: it is the id of the one that was read that refunds need. */
export function factsOf(data: Json, { pspState }: Expected): Facts {
  const id = idOf(data.id);
  const flwRef = textOf(data.flw_ref);
  const currency = textOf(data.currency);
  const feeMinor = currency === null ? null : fromMajor(data.app_fee, currency);
  return {
    ...(id === null ? {} : { pspReference: id }),
    pspState: {
      ...pspState,
      ...(id === null ? {} : { transaction_id: id }),
      ...(flwRef === null ? {} : { flw_ref: flwRef }),
    },
    ...(feeMinor === null || currency === null ? {} : { feeMinor, feeCurrency: currency }),
  };
}

function captured(data: Json, { reference }: Expected, facts: Facts): Outcome {
  const currency = textOf(data.currency);
  const amountMinor = currency === null ? null : fromMajor(data.amount, currency);
  if (data.tx_ref !== reference || currency === null || amountMinor === null)
    return { ...facts, ...unknown('successful, but without reference, amount and currency') };
  return { ...facts, kind: 'succeeded', what: 'captured', amountMinor, currency };
}
