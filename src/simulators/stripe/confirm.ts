// Confirming an intent: the one place where money is taken. The bank may ask for authentication first, refuse, or say
// yes now or later. A refusal is an answer (402) and a state: the intent is back in requires_payment_method.
import { type Account, NO_WISHES } from './account.ts';
import { type Refusal, refusalOf } from './cards.ts';
import { CAPTURE_WINDOW_S, chargeApproved, chargeRefused } from './charges.ts';
import { disputeIfWanted } from './disputes.ts';
import { type ErrorBody, errorEnvelope, invalidRequest, refused, StripeError } from './errors.ts';
import { emit } from './events.ts';
import { checkUsable } from './methods.ts';
import type { Intent, IntentStatus, LastError, PaymentMethod, Wishes } from './objects.ts';
import { sessionPaid } from './session-payment.ts';
import { wire } from './wire.ts';

export interface Confirmation {
  readonly method: PaymentMethod | null;
  readonly returnUrl: string | null;
  readonly offSession: boolean;
  readonly errorOnRequiresAction: boolean;
  /** Stripe.js or use_stripe_sdk: the browser opens the authentication itself. */
  readonly inBrowser: boolean;
}

export const CAPTURE_EXPIRES = 'stripe capture expires';
export const LATE_SUCCESS = 'stripe late success';

const CONFIRMABLE: readonly IntentStatus[] = [
  'requires_payment_method',
  'requires_confirmation',
  'requires_action',
];

/** Answers the intent that was confirmed; throws a 402 after the refusal was booked. */
export function confirmIntent(account: Account, before: Intent, input: Confirmation): Intent {
  if (!CONFIRMABLE.includes(before.status)) throw unexpectedState(before, 'confirmed', CONFIRMABLE);
  const method = input.method ?? knownMethod(account, before);
  if (!method) {
    throw refused(
      'payment_intent_unexpected_state',
      "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method or ConfirmationToken.",
      { payment_intent: wire(before) },
    );
  }
  checkUsable(method, before.customer);
  checkReturnUrl(before, input);
  const returnUrl = input.returnUrl ?? before.sim.returnUrl;
  const intent: Intent = {
    ...before,
    payment_method: method.id,
    next_action: null,
    last_payment_error: null,
    sim: { ...before.sim, returnUrl, wishes: bothWishes(account.wishes, before.sim.wishes) },
  };
  if (needsAuthentication(method)) {
    if (input.offSession)
      throw refuse(account, intent, method, refusalOf('authentication_required'));
    if (input.errorOnRequiresAction) throw actionRefused(account, intent, method);
    return askForAuthentication(account, intent, input.inBrowser);
  }
  return pay(account, intent, method, false);
}

/** After the payer proved to be the payer. Throws the bank's refusal. */
export function authenticated(account: Account, intent: Intent): Intent {
  const method = knownMethod(account, intent)!;
  const wishes = bothWishes(account.wishes, intent.sim.wishes);
  const proven = { ...intent, next_action: null, sim: { ...intent.sim, wishes } };
  return pay(account, proven, method, true);
}

function bothWishes(now: Wishes, before: Wishes): Wishes {
  return {
    decline: now.decline ?? before.decline,
    lateMs: now.lateMs ?? before.lateMs,
    dispute: now.dispute || before.dispute,
  };
}

export function authenticationFailed(account: Account, intent: Intent): Intent {
  const method = knownMethod(account, intent);
  return paymentFailed(account, intent, {
    type: 'invalid_request_error',
    code: 'payment_intent_authentication_failure',
    message:
      'The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new PaymentMethod to attempt to fulfill this PaymentIntent again.',
    doc_url: 'https://stripe.com/docs/error-codes/payment-intent-authentication-failure',
    ...(method ? { payment_method: wire(method) } : {}),
  });
}

/** The planned end of a late success; does nothing when the intent ended otherwise. */
export function lateSuccess(account: Account, intentId: string): void {
  const intent = account.intents.get(intentId);
  const method = intent && knownMethod(account, intent);
  if (intent?.status === 'processing' && method) complete(account, intent, method, false);
}

function pay(account: Account, intent: Intent, method: PaymentMethod, proven: boolean): Intent {
  const { decline, lateMs } = intent.sim.wishes;
  const refusal = decline === null ? method.sim.card.refusal : refusalOf(decline);
  if (refusal) throw refuse(account, intent, method, refusal, proven);
  if (lateMs === null) return complete(account, intent, method, proven);
  const waiting = account.intents.put({
    ...intent,
    status: 'processing',
    processing: { type: 'card', card: {} },
  });
  emit(account, 'payment_intent.processing', waiting);
  account.parts.schedule.after(lateMs, account.key, LATE_SUCCESS, intent.id);
  return waiting;
}

function complete(
  account: Account,
  intent: Intent,
  method: PaymentMethod,
  proven: boolean,
): Intent {
  const charge = chargeApproved(account, { intent, method, authenticated: proven });
  keepMethod(account, intent, method);
  const paid = account.intents.put({
    ...intent,
    amount_capturable: charge.captured ? 0 : intent.amount,
    amount_received: charge.captured ? intent.amount : 0,
    latest_charge: charge.id,
    processing: null,
    status: charge.captured ? 'succeeded' : 'requires_capture',
  });
  if (charge.captured) {
    emit(account, 'payment_intent.succeeded', paid);
  } else {
    emit(account, 'payment_intent.amount_capturable_updated', paid, { amount_capturable: 0 });
    account.parts.schedule.after(CAPTURE_WINDOW_S * 1000, account.key, CAPTURE_EXPIRES, paid.id);
  }
  sessionPaid(account, paid);
  if (charge.captured) disputeIfWanted(account, intent, charge);
  return paid;
}

/** A saved method belongs to the customer from now on; any other is spent. */
function keepMethod(account: Account, intent: Intent, method: PaymentMethod): void {
  const saves = intent.customer !== null && intent.setup_future_usage !== null;
  if (!saves && method.customer !== null) return;
  account.methods.put({
    ...method,
    customer: saves ? intent.customer : method.customer,
    sim: {
      ...method.sim,
      spent: !saves,
      setUp: saves && intent.setup_future_usage === 'off_session',
    },
  });
}

function refuse(
  account: Account,
  intent: Intent,
  method: PaymentMethod,
  refusal: Refusal,
  proven = false,
): StripeError {
  const charge = chargeRefused(account, { intent, method, authenticated: proven }, refusal);
  return cardError(account, { ...intent, latest_charge: charge.id }, method, refusal, charge.id);
}

/** `error_on_requires_action`: refused before the bank was asked, so there is no charge. */
function actionRefused(account: Account, intent: Intent, method: PaymentMethod): StripeError {
  return cardError(account, intent, method, refusalOf('authentication_required'), null);
}

function cardError(
  account: Account,
  intent: Intent,
  method: PaymentMethod,
  refusal: Refusal,
  chargeId: string | null,
): StripeError {
  const error = {
    ...refusedBody(refusal),
    ...(chargeId === null ? {} : { charge: chargeId }),
    payment_method: wire(method),
  };
  const failed = paymentFailed(account, intent, errorEnvelope(error).error as LastError);
  return new StripeError(402, { ...error, payment_intent: wire(failed) }, { executed: true });
}

/** The fields of a card_error that come from the bank. */
function refusedBody(refusal: Refusal): ErrorBody {
  return {
    type: 'card_error',
    code: refusal.code,
    ...(refusal.declineCode === null ? {} : { decline_code: refusal.declineCode }),
    message: refusal.message,
    ...(refusal.advice === null ? {} : { advice_code: refusal.advice }),
    ...(refusal.networkCode === null ? {} : { network_decline_code: refusal.networkCode }),
  };
}

function paymentFailed(account: Account, intent: Intent, error: LastError): Intent {
  const failed = account.intents.put({
    ...intent,
    last_payment_error: error,
    next_action: null,
    payment_method: null,
    status: 'requires_payment_method',
    sim: { ...intent.sim, wishes: NO_WISHES }, // asked for once; metadata asks again with every request
  });
  emit(account, 'payment_intent.payment_failed', failed);
  return failed;
}

function needsAuthentication(method: PaymentMethod): boolean {
  const { authentication } = method.sim.card;
  return authentication === 'always' || (authentication === 'unless_set_up' && !method.sim.setUp);
}

function askForAuthentication(account: Account, intent: Intent, inBrowser: boolean): Intent {
  const url = `${account.parts.baseUrl()}/3ds/${intent.id}?client_secret=${intent.client_secret}`;
  const { returnUrl } = intent.sim;
  const waiting = account.intents.put({
    ...intent,
    next_action:
      inBrowser || returnUrl === null
        ? {
            type: 'use_stripe_sdk',
            use_stripe_sdk: { type: 'three_d_secure_redirect', stripe_js: url },
          }
        : { type: 'redirect_to_url', redirect_to_url: { url, return_url: returnUrl } },
    status: 'requires_action',
  });
  emit(account, 'payment_intent.requires_action', waiting);
  return waiting;
}

/** Methods that may redirect need somewhere to come back to. */
function checkReturnUrl(intent: Intent, input: Confirmation): void {
  const redirects = intent.automatic_payment_methods?.allow_redirects === 'always';
  const known = input.returnUrl !== null || intent.sim.returnUrl !== null;
  if (!redirects || known || input.offSession || input.inBrowser) return;
  throw invalidRequest(
    "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of these payment methods might redirect your customer off of your page, you must provide a `return_url`. If you don't want to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` and `automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment Intents.",
  );
}

function knownMethod(account: Account, intent: Intent): PaymentMethod | null {
  return (intent.payment_method && account.methods.get(intent.payment_method)) || null;
}

/** `what`: confirmed, captured, canceled, updated. */
export function unexpectedState(
  intent: Intent,
  what: string,
  allowed: readonly IntentStatus[],
): StripeError {
  return refused(
    'payment_intent_unexpected_state',
    `This PaymentIntent could not be ${what} because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be ${what}: ${allowed.join(', ')}.`,
    { payment_intent: wire(intent) },
  );
}
