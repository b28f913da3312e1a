// Refunds (psp/stripe.md 2.4). One POST under `<reference>.refund`; afterwards asked about by id, or found in the
// intent's refunds by the reference in their metadata.
import type { DeclineCode } from '../../domain/attempt/decline.ts';
import { declined, type Outcome, unknown } from '../../domain/attempt/outcome.ts';
import type { Call, OperationInput } from '../contract.ts';
import { amountRefused, fromStripeAmount, toStripeAmount } from './amount.ts';
import type { Form } from './form.ts';
import { type Json, textAt } from './json.ts';
import { metadataOf } from './metadata.ts';
import { askAbout, type Kind, lookFor, make } from './own-object.ts';
import { locateIntent } from './sync.ts';

const REASONS = new Set(['duplicate', 'fraudulent', 'requested_by_customer']);

const REFUND: Kind = { type: 'refund', word: 'refund', outcomeOf: refundOutcome };

export async function refund(input: OperationInput, call: Call): Promise<Outcome> {
  if (input.pspReference !== null) return syncRefund(input, call);
  const amount = toStripeAmount(input.amount);
  if (amount === null) return amountRefused(input.amount);
  const intent = await locateIntent(input.attempt, call);
  if (intent === null) return unknown('the payment to refund is not identified at Stripe');
  const form = refundForm(input, amount, intent);
  const { reference } = input;
  const sync = () => syncRefund(input, call);
  return make(REFUND, 'refunds', form, `${reference}.refund`, reference, call, sync);
}

function refundForm(input: OperationInput, amount: bigint, intent: string): Form {
  const { reason, reference, attempt } = input;
  const isTheirs = reason !== null && REASONS.has(reason);
  return {
    payment_intent: intent,
    amount,
    reason: isTheirs ? reason : undefined,
    metadata: metadataOf(
      { reference, attempt_reference: attempt.reference },
      reason === null || isTheirs ? {} : { reason },
    ),
  };
}

export async function syncRefund(input: OperationInput, call: Call): Promise<Outcome> {
  const { pspReference: id, reference } = input;
  if (id !== null) return askAbout(REFUND, 'refunds', id, reference, call);
  const intent = await locateIntent(input.attempt, call);
  if (intent === null) return unknown('the refunded payment is not identified at Stripe');
  return lookFor(REFUND, 'refunds', { payment_intent: intent }, reference, call);
}

const FAILURES = new Map<string, DeclineCode>([
  ['expired_or_canceled_card', 'invalid_account'],
  ['lost_or_stolen_card', 'invalid_account'],
  ['insufficient_funds', 'merchant_balance_insufficient'],
  ['merchant_request', 'canceled'],
]);

export function refundOutcome(refund: Json): Outcome {
  const id = textAt(refund, 'id');
  const facts = id === null ? {} : { pspReference: id };
  const status = textAt(refund, 'status');
  switch (status) {
    case 'pending':
    case 'requires_action':
      return { ...facts, kind: 'pending' };
    case 'succeeded': {
      const money = fromStripeAmount(refund.amount, refund.currency);
      if (money === null) return { ...facts, ...unknown('a refund with an unreadable amount') };
      return { ...facts, kind: 'succeeded', what: 'refunded', ...money };
    }
    case 'failed': {
      const reason = textAt(refund, 'failure_reason')?.slice(0, 100) ?? null;
      const code = FAILURES.get(reason ?? '') ?? 'invalid_request';
      return declined(code, 'Stripe could not give the money back', reason, facts);
    }
    case 'canceled':
      return declined('canceled', 'the refund was canceled at Stripe', null, facts);
    default:
      return { ...facts, ...unknown(`a refund with the status ${status?.slice(0, 60)}`) };
  }
}
