// What the customer has to do at an intent that requires action (psp/stripe.md 2.1). Stripe names some thirty kinds;
// nearly all are a page to open, which is what is looked for here.
import type { CustomerAction } from '../../domain/attempt/outcome.ts';
import { type Json, objectAt, textAt, urlAt } from './json.ts';
import type { Flow } from './metadata.ts';

const PAGE_FIELDS = [
  'url',
  'hosted_instructions_url',
  'hosted_voucher_url',
  'hosted_verification_url',
];

export function nextAction(intent: Json, flow: Flow): CustomerAction {
  // Stripe.js, which shows the payment, also shows the next step.
  if (flow === 'client') return { type: 'client' };
  const next = objectAt(intent, 'next_action');
  const type = textAt(next, 'type');
  const details = type === null ? null : objectAt(next, type);
  for (const field of PAGE_FIELDS) {
    const url = urlAt(details, field);
    if (url !== null) return { type: 'redirect', url };
  }
  if (type === 'use_stripe_sdk') return { type: 'client' };
  return {
    type: 'wait',
    message: 'The payment waits for a confirmation by the customer or the bank.',
  };
}
