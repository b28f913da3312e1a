// Closes an attempt for good: cancels the intent or expires the page. Stripe refuses when it is too late; then the
// object says what it came to instead, money included (reliability.md F4).
import { type Outcome, unknown } from '../../domain/attempt/outcome.ts';
import type { Call, OperationInput } from '../contract.ts';
import { readSession, voidedSession } from './checkout.ts';
import { intentOutcome, voidedIntent } from './intent.ts';
import { type Json, textAt } from './json.ts';
import { mismatch } from './metadata.ts';
import { outcomeOfRefusal, readReply } from './reply.ts';
import { post, segment } from './request.ts';
import { fetchIntent, fetchSession, flowOf, intentOf, sessionOf } from './sync.ts';

const CANCEL_REASONS = new Set(['abandoned', 'duplicate', 'fraudulent', 'requested_by_customer']);

/** Named `voidAttempt` because `void` is a keyword. */
export async function voidAttempt(input: OperationInput, call: Call): Promise<Outcome> {
  const session = sessionOf(input.attempt);
  if (session !== null) return expireSession(session, input, call);
  const intent = intentOf(input.attempt);
  return intent === null
    ? unknown('the attempt is not identified at Stripe')
    : cancelIntent(intent, input, call);
}

async function cancelIntent(id: string, input: OperationInput, call: Call): Promise<Outcome> {
  const { reason, attempt } = input;
  const form = {
    cancellation_reason: reason !== null && CANCEL_REASONS.has(reason) ? reason : undefined,
  };
  const path = `payment_intents/${segment(id)}/cancel`;
  const reply = readReply(await call.send(post(call, path, form, `${input.reference}.cancel`)));
  if (reply.kind === 'lost' && !reply.stored) return reply.outcome;
  if (reply.kind === 'object') {
    const wrong = mismatch(reply.object, 'payment_intent', about(id, input, call));
    return wrong === null ? intentAsItStands(reply.object, input) : unknown(wrong);
  }
  if (reply.kind === 'refused') {
    const isState = textAt(reply.error, 'code') === 'payment_intent_unexpected_state';
    if (!isState) return outcomeOfRefusal(reply);
  }
  const fetched = await fetchIntent(id, attempt, call);
  if (fetched.kind === 'failed') return fetched.outcome;
  const outcome = intentAsItStands(fetched.object, input);
  // Still open although Stripe will not carry the key out any more: that is no answer to a void.
  const isOpen = outcome.kind === 'pending' || outcome.kind === 'requires_action';
  return reply.kind === 'lost' && isOpen ? reply.outcome : outcome;
}

/**
 * The intent of an open session cannot be canceled, only its session expired; that of a complete one only canceled.
 * The keys differ because Stripe compares the path too.
 */
async function expireSession(id: string, input: OperationInput, call: Call): Promise<Outcome> {
  const path = `checkout/sessions/${segment(id)}/expire`;
  const reply = readReply(await call.send(post(call, path, {}, `${input.reference}.expire`)));
  if (reply.kind === 'lost' && !reply.stored) return reply.outcome;
  if (reply.kind === 'object') {
    const wrong = mismatch(reply.object, 'checkout.session', about(id, input, call));
    if (wrong !== null) return unknown(wrong);
    return textAt(reply.object, 'status') === 'expired'
      ? voidedSession(reply.object)
      : unknown('Stripe did not expire the payment page');
  }
  const refused = reply.kind === 'lost' ? reply.outcome : outcomeOfRefusal(reply);
  const isState = reply.kind === 'refused' && reply.status === 400 && refused.kind === 'declined';
  if (reply.kind === 'refused' && !isState) return refused;
  const fetched = await fetchSession(id, input.attempt, call);
  if (fetched.kind === 'failed') return fetched.outcome;
  if (textAt(fetched.object, 'status') === 'expired') return voidedSession(fetched.object);
  const reading = readSession(fetched.object, input.attempt.pspState);
  return reading.kind === 'complete' ? cancelIntent(reading.intent, input, call) : refused;
}

function intentAsItStands(intent: Json, { attempt }: OperationInput): Outcome {
  if (textAt(intent, 'status') === 'canceled') return voidedIntent(intent);
  return intentOutcome(intent, flowOf(attempt), attempt.pspState);
}

function about(id: string, { attempt }: OperationInput, { mode }: Call) {
  return { reference: attempt.reference, mode, id };
}
