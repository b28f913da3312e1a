// The pay page behind the link: open five minutes, paid once. SticPay sends the browser back with a POST; a client that
// shows no pages (curl, a test) is sent back with the same field in the query instead.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { paymentPage, readOutcome, resultPage, returnPage, returnUrl, sendPage } from '../page.ts';
import type { PayerOutcome } from '../simulator.ts';
import { browserMessage } from './callback.ts';
import type { Desk } from './desk.ts';
import type { Order } from './orders.ts';

type Named = { Params: { token: string } };

const PSP = 'SticPay';
const PATH = '/1.1/pay/consume_token/:token';

export function checkoutRoutes(app: FastifyInstance, { ledger }: Desk): void {
  app.get<Named>(PATH, (request, reply) => {
    const found = ledger.onPage(request.params.token);
    if (!found) return sendPage(reply, resultPage(PSP, 'Not found', 'No such payment.'), 404);
    const { order, key } = found;
    if (order.status !== null) return showResult(reply, order);
    if (!ledger.isOpen(order)) return sendPage(reply, expiredPage());
    return sendPage(
      reply,
      paymentPage({
        psp: PSP,
        merchant: key.slice(0, key.indexOf(':')),
        amount: `${order.currency} ${order.amount}`,
        reference: order.orderNo,
      }),
    );
  });

  app.post<Named>(PATH, (request, reply) => {
    const found = ledger.onPage(request.params.token);
    if (!found) return sendPage(reply, resultPage(PSP, 'Not found', 'No such payment.'), 404);
    const outcome = readOutcome(request.body);
    if (!outcome)
      return sendPage(reply, resultPage(PSP, 'Not understood', 'outcome is missing.'), 400);
    const { key, order } = found;
    if (order.status === null && !ledger.isOpen(order))
      return leave(request, reply, key, order, EXPIRED);
    const now = answer(key, order, outcome);
    return leave(request, reply, key, now, codeOf(now));
  });

  function answer(key: string, order: Order, outcome: PayerOutcome): Order {
    if (outcome === 'success') return ledger.pay(key, order);
    // Cancelled: nothing was made, and until the link expires the payer may come back.
    return outcome === 'failure' ? ledger.reject(key, order) : order;
  }
}

const EXPIRED = 100;

/** What the browser says: paid, cancelled, or failed. */
function codeOf({ status }: Order): number {
  if (status === null) return 1;
  return status === 'rejected' ? EXPIRED : 0;
}

function leave(
  request: FastifyRequest,
  reply: FastifyReply,
  key: string,
  order: Order,
  code: number,
) {
  const { successUrl, failureUrl, referrerUrl } = order;
  const target = code === 0 ? successUrl : code === 1 ? referrerUrl : failureUrl;
  const callback = browserMessage(key, order, code);
  if (returnUrl(target, {}) === null)
    return code === EXPIRED ? sendPage(reply, expiredPage()) : showResult(reply, order);
  if ((request.headers.accept ?? '').includes('text/html'))
    return sendPage(reply, returnPage(PSP, target!, { callback }));
  return reply.redirect(returnUrl(target, { callback })!, 303);
}

function expiredPage(): string {
  return resultPage(PSP, 'Link expired', 'Nothing was paid.');
}

const TITLES = {
  approved: 'Payment successful',
  rejected: 'Payment failed',
  pending: 'Payment in process',
};

function showResult(reply: FastifyReply, { status, currency, amount }: Order) {
  const title = status === null ? 'Payment not completed' : TITLES[status];
  return sendPage(reply, resultPage(PSP, title, `${currency} ${amount}`));
}
