// Captures an authorised intent, wholly or in part; Stripe releases the rest (psp/stripe.md 2.1).
import { type Outcome, unknown } from '../../domain/attempt/outcome.ts';
import type { Call, OperationInput } from '../contract.ts';
import { amountRefused, toStripeAmount } from './amount.ts';
import { expandFee, intentOutcome } from './intent.ts';
import { textAt } from './json.ts';
import { mismatch } from './metadata.ts';
import { outcomeOfRefusal, readReply } from './reply.ts';
import { post, segment } from './request.ts';
import { fetchIntent, flowOf, locateIntent } from './sync.ts';

export async function capture(input: OperationInput, call: Call): Promise<Outcome> {
  const { attempt } = input;
  const amount = toStripeAmount(input.amount);
  if (amount === null) return amountRefused(input.amount);
  const id = await locateIntent(attempt, call);
  if (id === null) return unknown('the intent to capture is not known');
  const form = { amount_to_capture: amount, expand: expandFee };
  const path = `payment_intents/${segment(id)}/capture`;
  const reply = readReply(await call.send(post(call, path, form, `${input.reference}.capture`)));
  if (reply.kind === 'lost') {
    return reply.stored ? asItStands(id, input, call, reply.outcome) : reply.outcome;
  }
  if (reply.kind === 'refused') {
    const refused = outcomeOfRefusal(reply);
    const isState = textAt(reply.error, 'code') === 'payment_intent_unexpected_state';
    return isState ? asItStands(id, input, call, refused) : refused;
  }
  const about = { reference: attempt.reference, mode: call.mode, id };
  const wrong = mismatch(reply.object, 'payment_intent', about);
  return wrong === null
    ? captured(intentOutcome(reply.object, flowOf(attempt), {}))
    : unknown(wrong);
}

/** Not capturable, or its own reply is lost for good: captured or released before, perhaps by this very operation. */
async function asItStands(
  id: string,
  input: OperationInput,
  call: Call,
  reply: Outcome,
): Promise<Outcome> {
  const { attempt } = input;
  const fetched = await fetchIntent(id, attempt, call);
  if (fetched.kind === 'failed') return fetched.outcome;
  const outcome = intentOutcome(fetched.object, flowOf(attempt), {});
  if (outcome.kind === 'declined') return outcome;
  return isOwn(outcome, input, call, reply) ? outcome : reply;
}

/** A key that Stripe still has would have repeated its own capture: a refusal then means that another one took it. */
function isOwn(
  outcome: Outcome,
  { amount, createdAtMs }: OperationInput,
  { nowMs }: Call,
  reply: Outcome,
): boolean {
  const isCaptured = outcome.kind === 'succeeded' && outcome.what === 'captured';
  if (!isCaptured || outcome.amountMinor !== amount.amountMinor) return false;
  return reply.kind === 'unknown' || nowMs - createdAtMs > KEY_SURELY_ALIVE_MS;
}

/** Stripe keeps a key for at least a day; an hour is left for clocks and for sending. */
const KEY_SURELY_ALIVE_MS = 23 * 3_600_000;

/** A reply that is still authorised did not capture. */
function captured(outcome: Outcome): Outcome {
  if (outcome.kind !== 'succeeded' || outcome.what === 'captured') return outcome;
  return { kind: 'pending', message: 'Stripe has not captured yet' };
}
