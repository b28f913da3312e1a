// What the payer sees: Checkout's hosted page, the bank's 3-D Secure page, and `/pay/<intent>`, which stands in for a
// shop page with Stripe.js on it. A page books nothing by itself: it confirms, as a browser would, and sends back.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { paymentPage, readOutcome, resultPage, returnUrl, sendPage } from '../page.ts';
import type { Parts, PayerOutcome } from '../simulator.ts';
import { type Account, accountOfObject } from './account.ts';
import { FormBody, wishesOf } from './api.ts';
import { inMajor } from './currencies.ts';
import { StripeError } from './errors.ts';
import type { CheckoutSession, Intent } from './objects.ts';
import { answerChallenge, confirmInBrowser, submitSession } from './payer.ts';
import { sessionCompleted } from './session-payment.ts';

type PageRequest = FastifyRequest<{
  Params: { id: string };
  Querystring: Record<string, unknown>;
}>;
type Visit = (account: Account, request: PageRequest, reply: FastifyReply) => FastifyReply;

export function pageRoutes(app: FastifyInstance, parts: Parts): void {
  const at = (path: string, show: Visit, submit: Visit): void => {
    app.get(path, (request: PageRequest, reply) => visit(parts, request, reply, show));
    app.post(path, (request: PageRequest, reply) => visit(parts, request, reply, submit));
  };
  at('/c/pay/:id', showCheckout, submitCheckout);
  at('/pay/:id', showPayment, submitPayment);
  at('/3ds/:id', showAuthentication, submitAuthentication);
}

function visit(parts: Parts, request: PageRequest, reply: FastifyReply, to: Visit): FastifyReply {
  const account = accountOfObject(parts, request.params.id, wishesOf(parts, request));
  try {
    if (!account) return gone(reply);
    return parts.books.atomically(() => to(account, request, reply));
  } catch (error) {
    if (!(error instanceof StripeError)) throw error;
    return sendPage(reply, resultPage('Stripe', 'Not possible', error.message), error.status);
  }
}

function gone(reply: FastifyReply): FastifyReply {
  const text = 'There is no such payment, or the link is not complete.';
  return sendPage(reply, resultPage('Stripe', 'Not found', text), 404);
}

function outcomeOf({ body }: PageRequest): PayerOutcome {
  const outcome = readOutcome(body instanceof FormBody ? body.form : body);
  if (outcome) return outcome;
  throw new StripeError(400, {
    type: 'invalid_request_error',
    message: 'The field outcome must be success, failure or cancel.',
  });
}

/** A test token that the payer's form may name instead of the ordinary good card. */
function tokenOf({ body }: PageRequest): string | null {
  const fields = body instanceof FormBody ? body.form : (body as Record<string, unknown> | null);
  const token = fields?.payment_method;
  return typeof token === 'string' && token !== '' ? token : null;
}

// Checkout

const showCheckout: Visit = (account, request, reply) => {
  const session = account.sessions.get(request.params.id);
  if (!session) return gone(reply);
  if (session.status !== 'open') return sendPage(reply, endedPage(session));
  const intent = session.payment_intent && account.intents.get(session.payment_intent);
  const failed = intent ? intent.last_payment_error?.message : undefined;
  const items = session.sim.lines.map(({ name, quantity }) => `${quantity} × ${name}`).join(', ');
  const details = { Items: items, ...(failed ? { 'Last try': failed } : {}) };
  const reference = session.client_reference_id ?? session.id;
  return sendPage(
    reply,
    paymentPage({ ...viewOf(session.amount_total, session.currency), reference, details }),
  );
};

const submitCheckout: Visit = (account, request, reply) => {
  const session = account.sessions.get(request.params.id);
  if (!session) return gone(reply);
  const outcome = outcomeOf(request);
  if (session.status === 'complete') return reply.redirect(successUrl(session), 303);
  if (session.status === 'expired') return sendPage(reply, endedPage(session), 410);
  if (outcome === 'cancel') return leaveCheckout(session, reply);
  const intent = submitSession(account, session, { outcome, token: tokenOf(request) });
  return afterTry(account, session, intent, reply);
};

function afterTry(
  account: Account,
  before: CheckoutSession,
  intent: Intent,
  reply: FastifyReply,
): FastifyReply {
  const session = account.sessions.get(before.id)!;
  if (intent.status === 'requires_action')
    return reply.redirect(challengeUrl(account, intent), 303);
  if (intent.status === 'requires_payment_method') return leaveCheckout(session, reply);
  return reply.redirect(successUrl(sessionCompleted(account, session, intent)), 303);
}

/** Back to the shop; the session stays open and can be tried again until it expires. */
function leaveCheckout(session: CheckoutSession, reply: FastifyReply): FastifyReply {
  const back = returnUrl(session.cancel_url, {});
  if (back !== null) return reply.redirect(back, 303);
  const text = 'The payment was not made. Open the link again to try once more.';
  return sendPage(reply, resultPage('Stripe', 'Not paid', text));
}

function successUrl({ id, success_url }: CheckoutSession): string {
  return success_url.replaceAll('{CHECKOUT_SESSION_ID}', id);
}

function endedPage({ status }: CheckoutSession): string {
  return status === 'complete'
    ? resultPage('Stripe', 'Paid', 'This payment is complete.')
    : resultPage(
        'Stripe',
        'Expired',
        'This link has expired. Go back to the shop and start again.',
      );
}

// A shop page with Stripe.js

const showPayment: Visit = (account, request, reply) => {
  const intent = knownIntent(account, request);
  if (!intent) return gone(reply);
  if (intent.status === 'requires_action')
    return reply.redirect(challengeUrl(account, intent), 303);
  if (!isOpen(intent))
    return sendPage(reply, resultPage('Stripe', intent.status, 'Nothing is left to do.'));
  return sendPage(
    reply,
    paymentPage({ ...viewOf(intent.amount, intent.currency), reference: intent.id }),
  );
};

const submitPayment: Visit = (account, request, reply) => {
  const before = knownIntent(account, request);
  if (!before) return gone(reply);
  const wanted = request.query.return_url;
  const target = typeof wanted === 'string' ? wanted : before.sim.returnUrl;
  const outcome = outcomeOf(request);
  if (outcome === 'cancel') return sendBack(before, target, 'canceled', reply);
  if (!isOpen(before)) return sendBack(before, target, redirectStatus(before), reply);
  const back = returnUrl(target, {});
  const choice = { outcome, token: tokenOf(request) };
  const intent = confirmInBrowser(account, before, choice, back);
  if (intent.status === 'requires_action')
    return reply.redirect(challengeUrl(account, intent), 303);
  return sendBack(intent, target, redirectStatus(intent), reply);
};

// 3-D Secure

const showAuthentication: Visit = (account, request, reply) => {
  const intent = knownIntent(account, request);
  if (!intent) return gone(reply);
  if (intent.status !== 'requires_action')
    return sendPage(reply, resultPage('3-D Secure', 'Done', 'Nothing is left to confirm.'));
  const details = { Check: 'Your bank asks whether you make this payment.' };
  const view = { ...viewOf(intent.amount, intent.currency), psp: 'Stripe 3-D Secure' };
  return sendPage(reply, paymentPage({ ...view, reference: intent.id, details }));
};

const submitAuthentication: Visit = (account, request, reply) => {
  const before = knownIntent(account, request);
  if (!before) return gone(reply);
  const outcome = outcomeOf(request);
  const intent =
    before.status === 'requires_action' ? answerChallenge(account, before, outcome) : before;
  const session = intent.sim.sessionId === null ? null : account.sessions.get(intent.sim.sessionId);
  if (session?.status === 'open') return afterTry(account, session, intent, reply);
  return sendBack(intent, intent.sim.returnUrl, redirectStatus(intent), reply);
};

// Shared

function knownIntent(account: Account, { params, query }: PageRequest): Intent | null {
  const intent = account.intents.get(params.id);
  return intent?.client_secret === query.client_secret ? intent! : null;
}

function isOpen({ status }: Intent): boolean {
  return status === 'requires_payment_method' || status === 'requires_confirmation';
}

function challengeUrl(account: Account, { id, client_secret }: Intent): string {
  return `${account.parts.baseUrl()}/3ds/${id}?client_secret=${client_secret}`;
}

function redirectStatus({ status }: Intent): string {
  if (status === 'processing') return 'pending';
  return status === 'succeeded' || status === 'requires_capture' ? 'succeeded' : 'failed';
}

function sendBack(
  intent: Intent,
  target: string | null,
  status: string,
  reply: FastifyReply,
): FastifyReply {
  const url = returnUrl(target, {
    payment_intent: intent.id,
    payment_intent_client_secret: intent.client_secret,
    redirect_status: status,
  });
  if (url !== null) return reply.redirect(url, 303);
  return sendPage(reply, resultPage('Stripe', status, 'You can close this page.'));
}

function viewOf(amount: number, currency: string) {
  return { psp: 'Stripe', merchant: 'Simulated merchant', amount: inMajor(amount, currency) };
}
