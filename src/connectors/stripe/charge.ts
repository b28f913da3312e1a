// A charge is exactly one POST under `<reference>.create`: an intent that we confirm, an intent for Stripe.js, or a
// hosted page. The body depends on the input alone, so that a repeat is byte-identical (reliability.md F2, F10). Where
// Stripe only repeats a stored 5xx, what it made is looked for (psp/stripe.md section 5).
import { declined, type Outcome, type PspFacts, unknown } from '../../domain/attempt/outcome.ts';
import type { AttemptRef, Call, ChargeInput, Mode } from '../contract.ts';
import { amountRefused, toStripeAmount } from './amount.ts';
import { readSession, sessionForm } from './checkout.ts';
import type { Form } from './form.ts';
import { intentForm, intentOutcome, isToken } from './intent.ts';
import { idAt, type Json, objectAt } from './json.ts';
import { madeAtMs } from './made-at.ts';
import { type Flow, mismatch, referenceIn } from './metadata.ts';
import { outcomeOfRefusal, type Reply, readReply } from './reply.ts';
import { post } from './request.ts';
import { find } from './sync.ts';

export interface ChargePlan {
  readonly flow: Flow;
  readonly path: 'payment_intents' | 'checkout/sessions';
  readonly form: Form;
  readonly key: string;
}

export async function charge(input: ChargeInput, call: Call): Promise<Outcome> {
  const plan = planCharge(input);
  if ('kind' in plan) return plan;
  const reply = readReply(await call.send(post(call, plan.path, plan.form, plan.key)));
  if (reply.kind === 'lost' && reply.stored) return find(attemptOf(input, call), call);
  return readCharge(reply, plan.flow, input.reference, call.mode);
}

export function authorize(input: ChargeInput, call: Call): Promise<Outcome> {
  return charge({ ...input, captureMethod: 'manual' }, call);
}

/** The attempt as far as its input tells it. */
function attemptOf(input: ChargeInput, { nowMs }: Call): AttemptRef {
  const { reference, amount, captureMethod, method } = input;
  const createdAtMs = madeAtMs(reference) ?? nowMs;
  return {
    reference,
    amount,
    captureMethod,
    method,
    createdAtMs,
    pspReference: null,
    pspState: {},
  };
}

/** The request of a charge, or the outcome when there is none to make. */
export function planCharge(input: ChargeInput): ChargePlan | Outcome {
  const amount = toStripeAmount(input.amount);
  if (amount === null) return amountRefused(input.amount);
  const token = input.instrument?.token ?? null;
  if (token !== null && !isToken(token)) {
    return declined('invalid_account', 'Stripe charges payment methods (pm_…) and tokens (tok_…)');
  }
  const key = `${input.reference}.create`;
  if (token === null && input.presentation === 'page') {
    return { flow: 'page', path: 'checkout/sessions', form: sessionForm(input, amount), key };
  }
  const form = intentForm(input, amount, token);
  return { flow: token === null ? 'client' : 'token', path: 'payment_intents', form, key };
}

function readCharge(reply: Reply, flow: Flow, reference: string, mode: Mode): Outcome {
  if (reply.kind === 'lost') return reply.outcome;
  if (reply.kind === 'refused') {
    const intent = refusedIntent(reply.error, flow, reference);
    return { ...intent, ...outcomeOfRefusal(reply) };
  }
  const type = flow === 'page' ? 'checkout.session' : 'payment_intent';
  const wrong = mismatch(reply.object, type, { reference, mode, id: null });
  if (wrong !== null) return unknown(wrong);
  return flow === 'page' ? pageOutcome(reply.object) : intentOutcome(reply.object, flow, {});
}

/** A repeat finds the session as it is stored for the key: open, whatever became of it since. */
function pageOutcome(session: Json): Outcome {
  const reading = readSession(session, {});
  if (reading.kind !== 'complete') return reading.outcome;
  return { kind: 'pending', pspReference: reading.intent, pspState: reading.state };
}

/** The intent that a declined confirmation leaves behind. */
function refusedIntent(error: Json, flow: Flow, reference: string): PspFacts {
  const id = idAt(error, 'payment_intent');
  const named = referenceIn(objectAt(error, 'payment_intent') ?? {});
  if (id === null) return {};
  if (named !== null && named !== reference) return {};
  return {
    pspReference: id,
    pspState: { intent: id, ...(flow === 'token' ? { confirmed: '1' } : {}) },
  };
}
