// SticPay as documented in psp/sticpay.md: its paths, signed fields, codes, five-minute link, pay page and callback,
// with books of its own.
//
// | to make it happen                        | use                                                               |
// |------------------------------------------|-------------------------------------------------------------------|
// | a merchant                               | any e-mail with the key `your_api_key_here`, or with the key of saved sandbox credentials |
// | a behaviour by amount                    | 12.01 … 12.15 (magic.ts)                                          |
// | a withdrawal that is refused             | 12.01 (code 410), the payee `nobody@…` (code 200)                 |
// | a fault of one payment                   | `extra_return_param`                                              |
// | everything else                          | faults.ts                                                         |
//
// Where the document says nothing: "Decline" on the page makes a rejected transaction, with callback and browser return
// (code 100); "Cancel" makes nothing at all (code 1).
import type { FastifyRequest } from 'fastify';
import type { Probe, PspOperation } from '../faults.ts';
import { pathBelow } from '../frame.ts';
import { type Movement, PspError, type RefusalKind, type SimulatorFactory } from '../simulator.ts';
import { createCallback } from './callback.ts';
import { checkoutRoutes } from './checkout.ts';
import type { Desk } from './desk.ts';
import { detailRoutes } from './detail.ts';
import { magicOf } from './magic.ts';
import { moneyOutRoutes } from './money-out.ts';
import { createOrders, type Order } from './orders.ts';
import { payRoutes } from './pay.ts';
import { fieldsOf, refuse } from './wire.ts';

export const createSticpaySimulator: SimulatorFactory = (parts) => {
  const sendCallback = createCallback(parts.webhooks);
  const desk: Desk = { parts, ledger: createOrders(parts, sendCallback) };
  return {
    routes(app) {
      payRoutes(app, desk);
      moneyOutRoutes(app, desk);
      detailRoutes(app, desk, sendCallback);
      checkoutRoutes(app, desk);
    },
    probe: (request) => probe(desk, request),
    magic: ({ operation, amount }) =>
      operation === 'charge' || operation === 'payout' ? (magicOf(amount).faults ?? []) : [],
    refusal,
    movements: (key) =>
      (key === null ? parts.books.keys() : [key]).flatMap((owner) =>
        desk.ledger.orders.list(owner).flatMap((order) => movementsOf(owner, order)),
      ),
  };
};

const OPERATIONS: Readonly<Record<string, PspOperation>> = {
  'POST /rest_pay/pay': 'charge',
  'POST /rest_withdraw/withdraw': 'payout',
  'POST /rest_withdraw/refund': 'refund',
  'POST /rest_transaction/detail': 'sync',
};

function probe({ parts }: Desk, request: FastifyRequest): Probe {
  const fields = fieldsOf(request);
  const path = pathBelow(request, 'sticpay');
  const email = fields.merchant_email ?? fields.merchant;
  return {
    // The one merchant of this e-mail, when there is only one: the signature is checked later.
    key: parts.books.keys().find((key) => key.startsWith(`${email}:`)) ?? null,
    operation: OPERATIONS[`${request.method} ${path}`] ?? 'other',
    method: request.method,
    path,
    reference: fields.order_no ?? fields.order_id ?? null,
    amount: fields.order_amount ?? fields.amount ?? null,
    simulate: fields.extra_return_param ?? null,
  };
}

/** Transport trouble has HTTP statuses; everything that SticPay itself says comes with 200. */
function refusal(kind: RefusalKind): PspError {
  switch (kind) {
    case 'bad_body':
      return refuse(800);
    case 'not_found':
      return new PspError(404, '<!doctype html><title>Not found</title>');
    case 'rate_limited':
      return new PspError(429, 'Too many requests', { 'retry-after': '1' });
    case 'unavailable':
      return refuse(600);
    case 'internal':
      return new PspError(500, 'Internal Server Error');
  }
}

function movementsOf(key: string, order: Order): Movement[] {
  if (order.status !== 'approved') return [];
  const of = (kind: Movement['kind']): Movement => ({
    key,
    kind,
    reference: order.orderNo,
    paymentId: null,
    amountMinor: BigInt(order.amountMinor),
    currency: order.currency,
  });
  if (order.kind === 'withdrawal') return [of('paid_out')];
  return order.refunded ? [of('charged'), of('refunded')] : [of('charged')];
}
