// The card that a payer uses on one of the simulator's pages.
import type { PayerOutcome } from '../simulator.ts';
import type { Account } from './account.ts';
import { cardOfNumber } from './cards.ts';
import { findMethod, putMethod } from './methods.ts';
import type { Intent, PaymentMethod } from './objects.ts';

const GOOD = '4242424242424242';
const DECLINED = '4000000000000002';

/** A named test token, the method that the intent already has, or a card that does what the button says. */
export function payerMethod(
  account: Account,
  intent: Intent,
  outcome: PayerOutcome,
  token: string | null,
): PaymentMethod {
  if (outcome === 'failure') return putMethod(account, cardOfNumber(DECLINED));
  if (token !== null) return findMethod(account, token);
  const known = intent.payment_method === null ? null : account.methods.get(intent.payment_method);
  return known ?? putMethod(account, cardOfNumber(GOOD));
}
