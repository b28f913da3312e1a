// PaymentIntents: the request that makes one and the meaning of one (psp/stripe.md 2.1 and section 3). Pure.
// A status that Stripe does not document is `unknown`, never a failure.
import { declined, type Outcome, type PspFacts, unknown } from '../../domain/attempt/outcome.ts';
import type { ChargeInput } from '../contract.ts';
import { fromStripeAmount } from './amount.ts';
import { declineOf, messageOf } from './decline.ts';
import type { Form } from './form.ts';
import { type Json, objectAt, textAt } from './json.ts';
import { type Flow, flowKey, metadataOf } from './metadata.ts';
import { nextAction } from './next-action.ts';

export type State = Readonly<Record<string, string>>;

/** With the charge comes its fee, once Stripe has booked it. */
export const expandFee = ['latest_charge.balance_transaction'];

/** `pm_…` and `tok_…`, nothing else: what looks like a card number must not leave this machine. */
export function isToken(token: string): boolean {
  return /^(?:pm|tok)_[A-Za-z0-9_]{1,200}$/.test(token);
}

/** `automatic` is said although Stripe's default is automatic_async, whose fee is booked too late to be in the reply. */
export function intentForm(input: ChargeInput, amount: bigint, token: string | null): Form {
  const common = {
    amount,
    currency: input.amount.currency.toLowerCase(),
    automatic_payment_methods: { enabled: true },
    capture_method: input.captureMethod,
    description: input.description?.slice(0, 1000) || undefined,
    setup_future_usage: input.saveInstrument ? 'off_session' : undefined,
    metadata: chargeMetadata(input, token === null ? 'client' : 'token'),
  };
  if (token === null) return common;
  const instrument = token.startsWith('tok_')
    ? { payment_method_data: { type: 'card', card: { token } } }
    : { payment_method: token };
  return {
    ...common,
    confirm: true,
    ...instrument,
    return_url: input.returnUrl,
    expand: expandFee,
  };
}

export function chargeMetadata(input: ChargeInput, flow: Flow): Record<string, string> {
  return metadataOf({ reference: input.reference, [flowKey]: flow }, input.metadata);
}

/** What an intent's state means for an attempt of this flow. Identity is checked before (metadata.ts). */
export function intentOutcome(intent: Json, flow: Flow, state: State): Outcome {
  const facts = factsOf(intent, flow, state);
  const status = textAt(intent, 'status');
  switch (status) {
    case 'requires_payment_method':
      return withoutMethod(intent, flow, facts);
    case 'requires_confirmation':
    case 'processing':
      return { ...facts, kind: 'pending' };
    case 'requires_action':
      return { ...facts, kind: 'requires_action', action: nextAction(intent, flow) };
    case 'requires_capture':
      return moved(intent, 'authorized', 'amount_capturable', facts);
    case 'succeeded':
      return moved(intent, 'captured', 'amount_received', facts);
    case 'canceled':
      return canceled(intent, facts);
    default:
      return { ...facts, ...unknown(`PaymentIntent with the status ${status?.slice(0, 60)}`) };
  }
}

/** The outcome of a void that found or made the intent canceled. */
export function voidedIntent(intent: Json): Outcome {
  return moved(intent, 'voided', 'amount', {});
}

/** A failed try: final when we confirmed it or its page is closed, else the customer may take another card. */
function withoutMethod(intent: Json, flow: Flow, facts: PspFacts): Outcome {
  const error = objectAt(intent, 'last_payment_error');
  if (error !== null && flow !== 'client') {
    return { ...facts, kind: 'declined', decline: declineOf(402, error) };
  }
  if (flow !== 'client') return { ...facts, kind: 'pending' };
  const pspState = { ...facts.pspState, ...lastError(error) };
  return { ...facts, pspState, kind: 'requires_action', action: { type: 'client' } };
}

export function lastError(error: Json | null): State {
  return error === null ? {} : { last_error: messageOf(error) };
}

function moved(
  intent: Json,
  what: 'authorized' | 'captured' | 'voided',
  field: string,
  facts: PspFacts,
): Outcome {
  const money = fromStripeAmount(intent[field] ?? intent.amount, intent.currency);
  if (money === null) return { ...facts, ...unknown('PaymentIntent with an unreadable amount') };
  return { ...facts, kind: 'succeeded', what, ...money };
}

function canceled(intent: Json, facts: PspFacts): Outcome {
  const reason = textAt(intent, 'cancellation_reason');
  // `automatic`: Stripe released an authorisation that nobody captured; `expired`: its session ran out.
  const late = reason === 'automatic' || reason === 'expired';
  return late
    ? declined('payer_timeout', 'the payment expired at Stripe', reason, facts)
    : declined('canceled', 'the payment was canceled at Stripe', reason?.slice(0, 100), facts);
}

function factsOf(intent: Json, flow: Flow, state: State): PspFacts {
  const id = textAt(intent, 'id') ?? '';
  const secret = flow === 'page' ? null : textAt(intent, 'client_secret');
  const isSecret = secret !== null && /^\w{1,500}$/.test(secret);
  return {
    pspReference: id,
    pspState: { ...state, intent: id, ...(flow === 'token' ? { confirmed: '1' } : {}) },
    ...(isSecret ? { clientToken: secret } : {}),
    ...feeOf(intent),
  };
}

/** Present once the charge is booked and was asked for (expandFee). */
function feeOf(intent: Json): PspFacts {
  const booked = objectAt(objectAt(intent, 'latest_charge'), 'balance_transaction');
  const fee = fromStripeAmount(booked?.fee, booked?.currency);
  return fee === null ? {} : { feeMinor: fee.amountMinor, feeCurrency: fee.currency };
}
