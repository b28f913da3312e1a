// Stripe as documented in psp/stripe.md: composes the endpoints, the pages and the planned work, and tells the frame
// what a request is about and what money moved.
import type { FastifyInstance } from 'fastify';
import type { Parts, Simulator } from '../simulator.ts';
import { Account } from './account.ts';
import { accountRoutes } from './account-routes.ts';
import { Api, FormBody, refusalOf } from './api.ts';
import { chargeRoutes } from './charges.ts';
import { checkoutRoutes, expireSession, SESSION_EXPIRES } from './checkout.ts';
import { CAPTURE_EXPIRES, LATE_SUCCESS, lateSuccess } from './confirm.ts';
import { customerRoutes } from './customers.ts';
import { disputeRoutes } from './disputes.ts';
import { eventRoutes } from './events.ts';
import { intentRoutes } from './intent-routes.ts';
import { expireCapture } from './intents.ts';
import { ledgerRoutes } from './ledger.ts';
import { methodRoutes } from './methods.ts';
import { movementsOf } from './movements.ts';
import { pageRoutes } from './pages.ts';
import { movePayout, PAYOUT_MOVES, payoutRoutes } from './payouts.ts';
import { probe } from './probe.ts';
import { REFUND_SETTLES, refundRoutes, settleRefund } from './refunds.ts';
import { transferRoutes } from './transfers.ts';
import { webhookEndpointRoutes } from './webhook-endpoints.ts';

export function createStripeSimulator(parts: Parts): Simulator {
  const task = (name: string, run: (account: Account, id: string) => void) =>
    parts.schedule.task(name, (key, id) => run(new Account(parts, key), id));
  task(LATE_SUCCESS, lateSuccess);
  task(CAPTURE_EXPIRES, expireCapture);
  task(REFUND_SETTLES, settleRefund);
  task(PAYOUT_MOVES, movePayout);
  task(SESSION_EXPIRES, (account, id) => {
    const session = account.sessions.get(id);
    if (session?.status === 'open') expireSession(account, session);
  });
  return {
    routes: (app) => mount(app, parts),
    probe: (request) => probe(parts, request),
    refusal: refusalOf,
    movements: (key) =>
      (key === null ? parts.books.keys() : [key]).flatMap((one) =>
        movementsOf(new Account(parts, one)),
      ),
  };
}

function mount(app: FastifyInstance, parts: Parts): void {
  // Stripe reads forms more strictly than the frame does, and compares them as they were sent.
  app.removeContentTypeParser('application/x-www-form-urlencoded');
  app.addContentTypeParser<string>(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, text, done) => done(null, new FormBody(text)),
  );
  const api = new Api(app, parts);
  intentRoutes(api);
  chargeRoutes(api);
  refundRoutes(api);
  checkoutRoutes(api);
  methodRoutes(api);
  customerRoutes(api);
  ledgerRoutes(api);
  disputeRoutes(api);
  payoutRoutes(api);
  transferRoutes(api);
  eventRoutes(api);
  webhookEndpointRoutes(api);
  accountRoutes(api);
  pageRoutes(app, parts);
}
