// What a payer does in a browser: pays on Checkout's page, confirms with Stripe.js, answers the bank. A refusal is a
// state of the intent here, not an error: the pages show it or lead back to the shop.
import type { PayerOutcome } from '../simulator.ts';
import type { Account } from './account.ts';
import { cardOfNumber } from './cards.ts';
import { authenticated, authenticationFailed, confirmIntent } from './confirm.ts';
import { createCustomer } from './customers.ts';
import { StripeError } from './errors.ts';
import { createIntent } from './intents.ts';
import { findMethod, putMethod } from './methods.ts';
import type { CheckoutSession, Intent, PaymentMethod } from './objects.ts';

const GOOD = '4242424242424242';
const DECLINED = '4000000000000002';

/** The button that was pressed, and a test token (`pm_card_…`) when the form named one. */
export interface Choice {
  readonly outcome: Exclude<PayerOutcome, 'cancel'>;
  readonly token: string | null;
}

/** One try on Checkout's page; the first makes the intent, and the customer when one is to be kept. */
export function submitSession(account: Account, given: CheckoutSession, choice: Choice): Intent {
  const session = withCustomer(account, given);
  const known = session.payment_intent && account.intents.get(session.payment_intent);
  const intent = known || createIntent(account, intentOf(session));
  account.sessions.put({ ...session, payment_intent: intent.id });
  return confirmInBrowser(
    account,
    intent,
    choice,
    `${account.parts.baseUrl()}/c/pay/${session.id}`,
  );
}

function withCustomer(account: Account, session: CheckoutSession): CheckoutSession {
  const { customer, customer_email: email, sim } = session;
  const keeps = sim.createsCustomer || sim.intent.setupFutureUsage !== null;
  if (customer !== null || !keeps) return session;
  return { ...session, customer: createCustomer(account, { email }).id };
}

function intentOf({ id, amount_total, currency, customer, sim }: CheckoutSession) {
  const { reference, paymentId, simulate, wishes, intent } = sim;
  return {
    ...intent,
    amount: amount_total,
    currency,
    customer,
    automatic: { enabled: true, allow_redirects: 'always' },
    sessionId: id,
    origin: { reference, paymentId, simulate },
    wishes,
  } as const;
}

/** Confirms as Stripe.js does. */
export function confirmInBrowser(
  account: Account,
  intent: Intent,
  choice: Choice,
  returnUrl: string | null,
): Intent {
  return refusalAsState(account, intent, () =>
    confirmIntent(account, intent, {
      method: methodOf(account, intent, choice),
      returnUrl,
      offSession: false,
      errorOnRequiresAction: false,
      inBrowser: true,
    }),
  );
}

/** The payer's answer on the bank's page. */
export function answerChallenge(account: Account, intent: Intent, outcome: PayerOutcome): Intent {
  if (outcome !== 'success') return authenticationFailed(account, intent);
  return refusalAsState(account, intent, () => authenticated(account, intent));
}

function refusalAsState(account: Account, { id }: Intent, confirm: () => Intent): Intent {
  try {
    return confirm();
  } catch (error) {
    if (!(error instanceof StripeError) || error.status !== 402) throw error;
    return account.intents.get(id)!;
  }
}

/** A named test token, the method that the intent already has, or a card that does what the button says. */
function methodOf(account: Account, intent: Intent, { outcome, token }: Choice): PaymentMethod {
  if (outcome === 'failure') return putMethod(account, cardOfNumber(DECLINED));
  if (token !== null) return findMethod(account, token);
  const known = intent.payment_method === null ? null : account.methods.get(intent.payment_method);
  return known ?? putMethod(account, cardOfNumber(GOOD));
}
