// Reversals, which call a transfer back, whole or in part, and are done when Stripe answers
// (docs.stripe.com/api/transfer_reversals). What went to a bank account cannot be called back.
import { declined, type Outcome, unknown } from '../../domain/attempt/outcome.ts';
import type { Call, OperationInput } from '../contract.ts';
import { amountRefused, fromStripeAmount, toStripeAmount } from './amount.ts';
import { clip } from './decline.ts';
import { type Json, textAt } from './json.ts';
import { metadataOf } from './metadata.ts';
import { askAbout, type Kind, lookFor, make } from './own-object.ts';
import { segment } from './request.ts';

const REVERSAL: Kind = {
  type: 'transfer_reversal',
  word: 'reversal',
  outcomeOf: reversalOutcome,
};

export async function reverse(input: OperationInput, call: Call): Promise<Outcome> {
  if (input.pspReference !== null) return syncReversal(input, call);
  const amount = toStripeAmount(input.amount);
  if (amount === null) return amountRefused(input.amount);
  const path = reversalsOf(input);
  if (path === null) return declined('invalid_request', 'Stripe calls back transfers only');
  const { reference, reason, attempt } = input;
  const form = {
    amount,
    description: clip(reason, 1000) || undefined,
    metadata: metadataOf({ reference, attempt_reference: attempt.reference }),
  };
  const sync = () => syncReversal(input, call);
  return make(REVERSAL, path, form, `${reference}.reversal`, reference, call, sync);
}

/** Where the reversals of a transfer are; null: it was none. */
function reversalsOf({ attempt: { pspReference } }: OperationInput): string | null {
  return pspReference?.startsWith('tr_') ? `transfers/${segment(pspReference)}/reversals` : null;
}

export async function syncReversal(input: OperationInput, call: Call): Promise<Outcome> {
  const path = reversalsOf(input);
  if (path === null) return unknown('the transfer to call back is not identified at Stripe');
  const { pspReference: id, reference } = input;
  if (id !== null) return askAbout(REVERSAL, path, id, reference, call);
  return lookFor(REVERSAL, path, {}, reference, call);
}

function reversalOutcome(reversal: Json): Outcome {
  const money = fromStripeAmount(reversal.amount, reversal.currency);
  const facts = { pspReference: textAt(reversal, 'id')! };
  return money === null
    ? { ...facts, ...unknown('a reversal with an unreadable amount') }
    : { ...facts, kind: 'succeeded', what: 'refunded', ...money };
}
