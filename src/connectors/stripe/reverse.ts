// Reversals, which call a transfer back, whole or in part, and are done when Stripe answers
// (docs.stripe.com/api/transfer_reversals). What went to a bank account cannot be called back.
import { declined, type Outcome, unknown } from '../../domain/attempt/outcome.ts';
import type { Call, OperationInput } from '../contract.ts';
import { amountRefused, fromStripeAmount, toStripeAmount } from './amount.ts';
import { clip } from './decline.ts';
import { type Json, textAt } from './json.ts';
import { searchList } from './list.ts';
import { metadataOf, mismatch, referenceIn } from './metadata.ts';
import { nothingLearned, outcomeOfRefusal, readReply } from './reply.ts';
import { get, post, segment } from './request.ts';

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
  const reply = readReply(await call.send(post(call, path, form, `${reference}.reversal`)));
  if (reply.kind === 'lost') return reply.stored ? syncReversal(input, call) : reply.outcome;
  if (reply.kind === 'refused') return outcomeOfRefusal(reply);
  return checked(reply.object, input, call, null);
}

/** Where the reversals of a transfer are; null: it was none. */
function reversalsOf({ attempt: { pspReference } }: OperationInput): string | null {
  return pspReference?.startsWith('tr_') ? `transfers/${segment(pspReference)}/reversals` : null;
}

export async function syncReversal(input: OperationInput, call: Call): Promise<Outcome> {
  const path = reversalsOf(input);
  if (path === null) return unknown('the transfer to call back is not identified at Stripe');
  const id = input.pspReference;
  if (id !== null) {
    const reply = readReply(await call.send(get(call, `${path}/${segment(id)}`)));
    return reply.kind === 'object' ? checked(reply.object, input, call, id) : nothingLearned(reply);
  }
  const { found, sawAll } = await searchList(
    call,
    path,
    {},
    (object) => referenceIn(object) === input.reference,
  );
  if (found !== null) return checked(found, input, call, null);
  return sawAll
    ? { kind: 'unknown', reason: 'Stripe lists no reversal with our reference', notFound: true }
    : unknown('the reversal was not found among those that Stripe listed');
}

function checked(object: Json, input: OperationInput, call: Call, id: string | null): Outcome {
  const about = { reference: input.reference, mode: call.mode, id };
  const wrong = mismatch(object, 'transfer_reversal', about);
  if (wrong !== null) return unknown(wrong);
  const money = fromStripeAmount(object.amount, object.currency);
  const facts = { pspReference: textAt(object, 'id')! };
  return money === null
    ? { ...facts, ...unknown('a reversal with an unreadable amount') }
    : { ...facts, kind: 'succeeded', what: 'refunded', ...money };
}
