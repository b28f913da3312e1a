// Flutterwave v3 as documented in psp/flutterwave.md: its paths, keys, major units, status words, errors and webhooks,
// with books of its own. Takes any well-formed secret key (`FLWSECK_TEST-…`, `FLWSECK-…`).
//
// | to make it happen                      | use                                                              |
// |----------------------------------------|------------------------------------------------------------------|
// | a key that is refused (401)            | `FLWSECK_TEST-invalid…`                                          |
// | webhooks in the older, flat shape      | `FLWSECK_TEST-legacy…`                                           |
// | payouts refused: address not listed    | a key that contains `noip`                                       |
// | a decline, whatever the call           | `meta.simulate: "decline:<reason>"`; reasons.ts lists the reasons |
// | a chargeback after the success         | `meta.simulate: "dispute"` (chargebacks.ts)                      |
// | a saved card without saving one        | `flw-t1nf-success`, `flw-t1nf-decline_<reason>` … (cards.ts)     |
// | mobile money                           | the page it redirects to, or `/simulators/phone/<number>`        |
// | a bank transfer, USSD                  | `captcha/verify/<account number>`, `…/<last digits of the code>` |
// | payouts that fail, wait                | account numbers 9990000001 … 9990000005 (transfers.ts)           |
// | everything else                        | faults.ts                                                        |
//
// Where Flutterwave says nothing: a decline wanted of a hosted page is refused at /payments (nobody can pay there).
import type { FastifyRequest } from 'fastify';
import type { Probe, PspOperation } from '../faults.ts';
import { pathBelow } from '../frame.ts';
import { type Movement, PspError, type RefusalKind, type SimulatorFactory } from '../simulator.ts';
import { cardRoutes } from './cards.ts';
import { chargebackRoutes, createChargebacks } from './chargebacks.ts';
import { chargeRoutes } from './charges.ts';
import type { Desk } from './desk.ts';
import { createEmit, isLegacy } from './events.ts';
import { metaField, metaOfList } from './fields.ts';
import { hostedRoutes } from './hosted.ts';
import { createLedger } from './ledger.ts';
import { pageRoutes } from './pages.ts';
import { queryRoutes } from './queries.ts';
import { createRefunds, refundRoutes } from './refunds.ts';
import { renderForWebhook, renderLegacy } from './render.ts';
import { transferRoutes } from './transfer-routes.ts';
import { createTransfers } from './transfers.ts';
import { bodyOf, isFields, keyOf, queryOf, refuse, textOf } from './wire.ts';

export const createFlutterwaveSimulator: SimulatorFactory = (parts) => {
  const emit = createEmit(parts.webhooks);
  const chargebacks = createChargebacks(parts);
  const ledger = createLedger(parts, (key, of) => {
    chargebacks.plan(key, of);
    const about = { event: 'charge.completed', operation: 'charge' } as const;
    const { txRef: reference, minor, meta } = of;
    const body = isLegacy(key) ? renderLegacy(of) : renderForWebhook(of);
    emit(key, body, { ...about, reference, minor, simulate: metaField(meta, 'simulate') });
  });
  const desk: Desk = {
    parts,
    emit,
    ledger,
    refunds: createRefunds(parts, ledger, emit),
    transfers: createTransfers(parts, emit),
    chargebacks,
  };
  return {
    routes(app) {
      hostedRoutes(app, desk);
      pageRoutes(app, desk);
      chargeRoutes(app, desk);
      cardRoutes(app, desk);
      queryRoutes(app, desk);
      refundRoutes(app, desk);
      transferRoutes(app, desk);
      chargebackRoutes(app, desk);
    },
    probe: (request) => probe(desk, request),
    refusal,
    movements: (key) =>
      (key === null ? parts.books.keys() : [key]).flatMap((owner) => movementsUnder(desk, owner)),
    answerPrompt(key, id, outcome) {
      const transaction = ledger.find(key, id);
      if (!transaction) return;
      if (outcome === 'success') ledger.complete(key, transaction);
      else ledger.fail(key, transaction, outcome === 'cancel' ? 'user_cancelled' : 'declined');
    },
  };
};

function operationOf(method: string, path: string): PspOperation {
  if (method === 'GET')
    return /^\/(transactions|refunds|transfers|chargebacks)\b/.test(path) ? 'sync' : 'other';
  if (['/payments', '/charges', '/tokenized-charges'].includes(path)) return 'charge';
  if (/^\/transactions\/[^/]+\/refund$/.test(path)) return 'refund';
  return path === '/transfers' ? 'payout' : 'other';
}

function probe({ ledger }: Desk, request: FastifyRequest): Probe {
  const { method } = request;
  const path = pathBelow(request, 'flutterwave');
  const key = keyOf(request);
  const body = bodyOf(request);
  const query = queryOf(request);
  const { id } = isFields(request.params) ? request.params : {};
  const named = body.tx_ref ?? body.reference ?? query.tx_ref ?? query.reference;
  const transaction = key !== null && typeof id === 'string' ? ledger.find(key, id) : undefined;
  const { amount } = body;
  const meta = metaOfList(body.meta) ?? transaction?.meta ?? null;
  return {
    key,
    operation: operationOf(method, path),
    method,
    path,
    reference: textOf(named) ?? transaction?.txRef ?? null,
    amount: typeof amount === 'number' || typeof amount === 'string' ? String(amount) : null,
    simulate: metaField(meta, 'simulate'),
  };
}

function refusal(kind: RefusalKind, message: string): PspError {
  switch (kind) {
    case 'bad_body':
      return refuse(400, `Invalid request: ${message}`);
    case 'not_found':
      return refuse(404, 'Cannot find this endpoint');
    case 'rate_limited':
      return refuse(429, 'Too many requests');
    case 'unavailable':
      return refuse(503, 'An error occurred. Please contact support');
    case 'internal':
      return new PspError(500, { error_id: 'demo', message: 'internal error', code: '500' });
  }
}

/** Refunds and payouts count from the moment they are accepted; failed ones do not. */
function movementsUnder({ ledger, refunds, transfers }: Desk, key: string): Movement[] {
  const paymentOf = (id: number) => metaField(ledger.find(key, id)?.meta ?? null, 'payment_id');
  const charged = ledger.transactions.list(key).filter(({ status }) => status === 'successful');
  const refunded = refunds.refunds.list(key).filter(({ status }) => status !== 'failed');
  const paid = transfers.transfers.list(key).filter(({ status }) => status !== 'FAILED');
  const of = (
    kind: Movement['kind'],
    reference: string,
    { minor, currency }: { readonly minor: number; readonly currency: string },
    paymentId: string | null,
  ): Movement => ({ key, kind, reference, currency, paymentId, amountMinor: BigInt(minor) });
  return [
    ...charged.map((one) => of('charged', one.txRef, one, paymentOf(one.id))),
    ...refunded.map((one) => of('refunded', one.txRef, one, paymentOf(one.transactionId))),
    ...paid.map((one) => of('paid_out', one.reference, one, one.paymentId)),
  ];
}
