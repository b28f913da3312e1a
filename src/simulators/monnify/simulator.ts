// Monnify as documented in psp/monnify.md: login and tokens, naira, status words, error codes and webhooks, with books of
// its own by API key. Takes any well-formed key (`MK_TEST_…`, `MK_PROD_…`) with the secret of its first login.
//
// | to make it happen                       | use                                                            |
// |-----------------------------------------|----------------------------------------------------------------|
// | credentials that are refused            | `MK_TEST_INVALID…`, or another secret                          |
// | tokens that are refused after two calls | `MK_TEST_STALE…`                                               |
// | payouts refused: address not listed     | a key that contains `NOIP`                                     |
// | signed webhooks                         | `MK_PROD_…`: the sandbox signs none                            |
// | a decline at once                       | `metaData.simulate: "decline:<reason>"`; reasons.ts lists them |
// | a saved card without saving one         | `MNFY_success`, `MNFY_decline_<reason>`, `MNFY_refund_failed`  |
// | a bank transfer, USSD                   | `checkout/<account number>`, `checkout/<last digits of code>`  |
// | too little, too much                    | form field `amount` there; contracts that end in 9 reject it   |
// | payouts that fail, return, ask, wait    | account numbers 9990000001 … 9990000005 (payouts.ts)           |
// | everything else                         | faults.ts                                                      |
import type { FastifyRequest } from 'fastify';
import type { Probe, PspOperation } from '../faults.ts';
import { pathBelow } from '../frame.ts';
import type { Movement, PspError, RefusalKind, SimulatorFactory } from '../simulator.ts';
import type { Desk } from './desk.ts';
import { createEmit, paidEvent } from './events.ts';
import { createLedger, isPaid, simulateOf } from './ledger.ts';
import { pageRoutes } from './pages.ts';
import { payoutRoutes } from './payout-routes.ts';
import { createPayouts } from './payouts.ts';
import { queryRoutes } from './queries.ts';
import { createRefunds, refundRoutes } from './refunds.ts';
import { transactionRoutes } from './transactions.ts';
import { bodyOf, createGate, isFields, queryOf, refuse, textOf } from './wire.ts';

export const createMonnifySimulator: SimulatorFactory = (parts) => {
  const gate = createGate(parts);
  const emit = createEmit(parts, gate);
  const ledger = createLedger(parts, (key, of) => {
    const { paymentReference: reference, minor } = of;
    const about = { operation: 'charge', reference, minor, simulate: simulateOf(of) } as const;
    emit(key, 'SUCCESSFUL_TRANSACTION', paidEvent(of), about);
  });
  const desk: Desk = {
    parts,
    gate,
    emit,
    ledger,
    refunds: createRefunds(parts, ledger, emit),
    payouts: createPayouts(parts, emit),
  };
  return {
    routes(app) {
      gate.routes(app);
      transactionRoutes(app, desk);
      pageRoutes(app, desk);
      queryRoutes(app, desk);
      refundRoutes(app, desk);
      payoutRoutes(app, desk);
    },
    probe: (request) => probe(desk, request),
    refusal,
    movements: (key) =>
      (key === null ? parts.books.keys() : [key]).flatMap((owner) => movementsUnder(desk, owner)),
  };
};

/** What starts a payment; the steps behind an initialised one come with it. */
const CHARGES = new Set([
  '/api/v1/merchant/transactions/init-transaction',
  '/api/v1/merchant/bank-transfer/init-payment',
  '/api/v1/merchant/ussd/initialize',
  '/api/v1/merchant/cards/charge-card-token',
]);

function operationOf(method: string, path: string): PspOperation {
  if (method === 'GET') {
    const asks = /\/transactions\/|\/refunds|\/summary$/.test(path);
    return asks ? 'sync' : 'other';
  }
  if (CHARGES.has(path)) return 'charge';
  if (path === '/api/v1/refunds/initiate-refund') return 'refund';
  return path === '/api/v2/disbursements/single' ? 'payout' : 'other';
}

function probe({ gate, ledger }: Desk, request: FastifyRequest): Probe {
  const { method } = request;
  const path = pathBelow(request, 'monnify');
  const key = gate.apiKeyOf(request) ?? loginKeyOf(request);
  const body = bodyOf(request);
  const query = queryOf(request);
  const transactionReference = textOf(body.transactionReference);
  const known =
    key !== null && transactionReference !== null
      ? ledger.byReference(key, transactionReference)
      : undefined;
  const named = body.paymentReference ?? body.reference ?? query.paymentReference;
  const amount = body.amount ?? body.refundAmount;
  const metaData = isFields(body.metaData) ? body.metaData : (known?.metaData ?? {});
  return {
    key,
    operation: operationOf(method, path),
    method,
    path,
    reference: textOf(named) ?? known?.paymentReference ?? null,
    amount: typeof amount === 'number' ? String(amount) : null,
    simulate: textOf(metaData.simulate),
  };
}

/** A login names its key in clear. */
function loginKeyOf(request: FastifyRequest): string | null {
  const basic = /^Basic (\S+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
  const key = Buffer.from(basic, 'base64').toString('utf8').split(':', 1)[0];
  return key ? key : null;
}

function refusal(kind: RefusalKind, message: string): PspError {
  switch (kind) {
    case 'bad_body':
      return refuse(400, '99', `Invalid request: ${message}`);
    case 'not_found':
      return refuse(404, '99', 'Resource not found');
    case 'rate_limited':
      return refuse(429, '99', 'Too many requests');
    case 'unavailable':
      return refuse(503, '99', 'Service unavailable');
    case 'internal':
      return refuse(500, '99', 'An error occurred while processing your request');
  }
}

/** Refunds and payouts count from the moment they are accepted; failed and returned ones do not. */
function movementsUnder({ ledger, refunds, payouts }: Desk, key: string): Movement[] {
  const of = (
    kind: Movement['kind'],
    reference: string,
    minor: number,
    paymentId: string | null,
  ): Movement => ({ key, kind, reference, currency: 'NGN', paymentId, amountMinor: BigInt(minor) });
  const paymentOf = (reference: string) => textOf(ledger.find(key, reference)?.metaData.payment_id);
  return [
    ...ledger.transactions
      .list(key)
      .filter(isPaid)
      .map(({ paymentReference, paidMinor }) =>
        of('charged', paymentReference, paidMinor, paymentOf(paymentReference)),
      ),
    ...refunds.refunds
      .list(key)
      .filter(({ status }) => status !== 'FAILED')
      .map(({ paymentReference, minor }) =>
        of('refunded', paymentReference, minor, paymentOf(paymentReference)),
      ),
    ...payouts.payouts
      .list(key)
      .filter(({ status }) => status !== 'FAILED' && status !== 'REVERSED')
      .map(({ reference, minor }) => of('paid_out', reference, minor, null)),
  ];
}
