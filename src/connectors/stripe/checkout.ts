// Checkout Sessions, Stripe's hosted page (psp/stripe.md 2.2). Pure. The session holds an intent only after the
// customer has submitted, and a failed try leaves it open: an open page is never a failed payment.
import { declined, type Outcome, type PspFacts, unknown } from '../../domain/attempt/outcome.ts';
import type { ChargeInput } from '../contract.ts';
import { fromStripeAmount } from './amount.ts';
import { clip } from './decline.ts';
import type { Form } from './form.ts';
import { chargeMetadata, type State } from './intent.ts';
import { idAt, type Json, textAt, urlAt } from './json.ts';
import { madeAtMs } from './made-at.ts';

export function sessionForm(input: ChargeInput, amount: bigint): Form {
  const metadata = chargeMetadata(input, 'page');
  const description = input.description?.trim() || undefined;
  return {
    mode: 'payment',
    line_items: [
      {
        quantity: 1,
        price_data: {
          currency: input.amount.currency.toLowerCase(),
          unit_amount: amount,
          product_data: { name: clip(description ?? 'Payment', 250) ?? undefined },
        },
      },
    ],
    success_url: withSessionId(input.returnUrl),
    cancel_url: input.cancelUrl,
    client_reference_id: input.reference,
    customer_email: plausibleEmail(input.customer.email),
    customer_creation: input.saveInstrument ? 'always' : undefined,
    expires_at: expiresAtS(input),
    payment_intent_data: {
      capture_method: input.captureMethod,
      description: clip(description ?? null, 1000) ?? undefined,
      setup_future_usage: input.saveInstrument ? 'off_session' : undefined,
      metadata,
    },
    metadata,
  };
}

/** Stripe fills in the placeholder, which must reach it with its braces. */
export function withSessionId(url: string): string {
  const [before = '', ...fragment] = url.split('#');
  const joint = before.includes('?') ? (/[?&]$/.test(before) ? '' : '&') : '?';
  const after = fragment.length === 0 ? '' : `#${fragment.join('#')}`;
  return `${before}${joint}sid={CHECKOUT_SESSION_ID}${after}`;
}

/** Stripe refuses the whole session for an address that it thinks is none: when in doubt the customer types it. */
export function plausibleEmail(email: string | null): string | undefined {
  if (email === null || email.length > 254 || email.includes('..')) return undefined;
  const plausible = /^[A-Za-z0-9_][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}$/;
  return plausible.test(email) && !email.includes('.@') ? email : undefined;
}

const MINUTE_S = 60;
const SHORTEST_S = 35 * MINUTE_S;
const DAY_S = 24 * 60 * MINUTE_S;

/**
 * Stripe takes 30 min to 24 h from its own now. A repeat under the same key must be byte-identical, so the clock may
 * not be asked: the attempt's age comes from its reference. Five minutes are left for a late sending.
 * Undefined (Stripe's default, 24 h) when our payment lives longer, or when the reference tells no time.
 */
export function expiresAtS({ reference, expiresAtMs }: ChargeInput): number | undefined {
  const createdAtMs = madeAtMs(reference);
  if (createdAtMs === null) return undefined;
  const createdAtS = Math.floor(createdAtMs / 1000);
  const wantedS = Math.floor(expiresAtMs / 1000);
  const isInReach = wantedS > createdAtS && wantedS < createdAtS + DAY_S - 5 * MINUTE_S;
  return isInReach ? Math.max(wantedS, createdAtS + SHORTEST_S) : undefined;
}

/** What a session says by itself, and the intent to read for the rest. */
export type SessionReading =
  | { readonly kind: 'told'; readonly outcome: Outcome }
  /** The page is open; its intent, if there is one, knows more. */
  | { readonly kind: 'open'; readonly outcome: Outcome; readonly intent: string | null }
  | { readonly kind: 'complete'; readonly intent: string; readonly state: State };

export function readSession(session: Json, state: State): SessionReading {
  const intent = idAt(session, 'payment_intent');
  const facts = sessionFacts(session, intent, state);
  const status = textAt(session, 'status');
  if (status === 'open') {
    const url = urlAt(session, 'url');
    const outcome: Outcome =
      url === null
        ? { ...facts, ...unknown('an open Checkout Session without a URL') }
        : { ...facts, kind: 'requires_action', action: { type: 'redirect', url } };
    return { kind: 'open', outcome, intent };
  }
  if (status === 'expired') {
    const outcome = declined('payer_timeout', 'the payment page expired', 'expired', facts);
    return { kind: 'told', outcome };
  }
  if (status === 'complete' && intent !== null) {
    return { kind: 'complete', intent, state: facts.pspState ?? {} };
  }
  const reason = `a Checkout Session with the status ${status?.slice(0, 60)} and no payment`;
  return { kind: 'told', outcome: { ...facts, ...unknown(reason) } };
}

export function sessionFacts(session: Json, intent: string | null, state: State): PspFacts {
  const id = textAt(session, 'id') ?? '';
  return {
    pspReference: intent ?? id,
    pspState: { ...state, session: id, ...(intent === null ? {} : { intent }) },
  };
}

/** The outcome of a void that found or made the session expired. */
export function voidedSession(session: Json): Outcome {
  const money = fromStripeAmount(session.amount_total, session.currency);
  return money === null
    ? unknown('a Checkout Session with an unreadable amount')
    : { kind: 'succeeded', what: 'voided', ...money };
}
