// Taking money (psp/hubtel.md sections 2.1 and 2.2): the hosted checkout with its page, and the prompt on a phone.
import type { FastifyInstance, FastifyReply } from 'fastify';
import { paymentPage, readOutcome, resultPage, sendPage } from '../page.ts';
import type { Parts } from '../simulator.ts';
import { type Ledger, type Order, promptData } from './ledger.ts';
import {
  addressOf,
  amountOf,
  BUSINESS,
  bodyOf,
  CHANNEL,
  cedis,
  forbidden,
  listedMerchantOf,
  MSISDN,
  merchantOf,
  required,
  textOf,
} from './wire.ts';

type Page = { Params: { id: string } };
type Pos = { Params: { pos: string } };

const PSP = 'Hubtel';

export function collectRoutes(app: FastifyInstance, parts: Parts, ledger: Ledger): void {
  app.post('/items/initiate', (request) => {
    const key = merchantOf(request);
    const body = bodyOf(request);
    const amount = amountOf(body, 'totalAmount');
    const order = ledger.place(key, {
      ...newOrder(amount),
      pos: required(body, 'merchantAccountNumber', /^[\w-]{1,40}$/),
      kind: 'page',
      reference: required(body, 'clientReference', /^.{1,32}$/),
      fee: Math.ceil(amount / 100),
      phone: textOf(body.payeeMobileNumber),
      channel: 'mtn-gh',
      callbackUrl: addressOf(body, 'callbackUrl'),
      returnUrl: addressOf(body, 'returnUrl'),
      cancelUrl: addressOf(body, 'cancellationUrl'),
    });
    const { checkoutId, reference: clientReference } = order;
    const checkoutUrl = `${parts.baseUrl()}/pay/${checkoutId}`;
    const checkoutDirectUrl = `${checkoutUrl}/direct`;
    const data = { checkoutUrl, checkoutId, clientReference, message: '', checkoutDirectUrl };
    return { responseCode: '0000', status: 'Success', data };
  });

  app.post<Pos>('/merchantaccount/merchants/:pos/receive/mobilemoney', (request) => {
    const key = listedMerchantOf(request);
    const body = bodyOf(request);
    const phone = required(body, 'CustomerMsisdn', MSISDN);
    if (phone.endsWith('0006')) throw forbidden();
    const amount = amountOf(body, 'Amount');
    required(body, 'Description', /^[ -~]+$/);
    const order = ledger.place(key, {
      ...newOrder(amount),
      pos: request.params.pos,
      kind: 'direct',
      reference: required(body, 'ClientReference', /^.{1,36}$/),
      fee: Math.ceil(amount / 50),
      phone,
      channel: required(body, 'Channel', CHANNEL),
      callbackUrl: addressOf(body, 'PrimaryCallbackUrl'),
      returnUrl: null,
      cancelUrl: null,
    });
    ledger.prompt(key, order);
    const Message = 'Transaction pending. Expect callback request for final state';
    return { Message, ResponseCode: '0001', Data: promptData(order) };
  });

  for (const path of ['/pay/:id', '/pay/:id/direct']) {
    app.get<Page>(path, (request, reply) => {
      const found = ledger.onPage(request.params.id);
      if (!found) return sendPage(reply, resultPage(PSP, 'Not found', 'No such payment.'), 404);
      const { amount, fee, reference, status } = found.order;
      if (status !== 'Unpaid') return showResult(reply, found.order);
      const view = { psp: PSP, merchant: BUSINESS, amount: shown(amount + fee), reference };
      const details = { Order: shown(amount), Fee: shown(fee) };
      return sendPage(reply, paymentPage({ ...view, details }));
    });

    app.post<Page>(path, (request, reply) => {
      const found = ledger.onPage(request.params.id);
      if (!found) return sendPage(reply, resultPage(PSP, 'Not found', 'No such payment.'), 404);
      const outcome = readOutcome(request.body);
      if (!outcome)
        return sendPage(reply, resultPage(PSP, 'Not understood', 'outcome is missing.'), 400);
      const { key, order } = found;
      if (outcome === 'success') ledger.pay(key, order);
      // Another try may follow: the page stays open.
      else if (outcome === 'failure') ledger.fail(key, order, 'Insufficient funds in the wallet');
      const to = outcome === 'cancel' ? order.cancelUrl : order.returnUrl;
      return to === null ? showResult(reply, order) : reply.redirect(to, 303);
    });
  }

  function newOrder(amount: number) {
    return {
      amount,
      checkoutId: parts.ports.random.bytes(16).toString('hex'),
      transactionId: ledger.newId(),
      orderId: ledger.newId(),
      status: 'Unpaid' as const,
      refund: null,
      tries: [],
      createdMs: ledger.now(),
      paidMs: null,
    };
  }
}

function shown(pesewas: number): string {
  return `GHS ${cedis(pesewas).toFixed(2)}`;
}

function showResult(reply: FastifyReply, { status, amount }: Order) {
  return sendPage(reply, resultPage(PSP, status === 'Paid' ? 'Paid' : status, shown(amount)));
}
