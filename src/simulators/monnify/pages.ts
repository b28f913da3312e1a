// The payment page of a transaction, by its reference, or by the number of its account or USSD code. Who pays into an
// account may pay another amount (form field `amount`): contracts whose code ends in 9 send that back, others keep it.
import type { FastifyInstance, FastifyReply } from 'fastify';
import { parseDecimal } from '../../kernel/money.ts';
import { paymentPage, readOutcome, resultPage, returnUrl, sendPage } from '../page.ts';
import { formatAmount } from './amounts.ts';
import type { Desk } from './desk.ts';
import { rejectedEvent } from './events.ts';
import { isOpen, simulateOf, type Transaction } from './ledger.ts';
import { BUSINESS, bodyOf } from './wire.ts';

type Named = { Params: { name: string } };

const PSP = 'Monnify';

export function pageRoutes(app: FastifyInstance, { ledger, emit }: Desk): void {
  app.get<Named>('/checkout/:name', (request, reply) => {
    const found = ledger.at(request.params.name);
    if (!found) return sendPage(reply, resultPage(PSP, 'Not found', 'No such payment.'), 404);
    const { minor, paymentReference: reference, customer } = found.transaction;
    if (!isOpen(found.transaction)) return showResult(reply, found.transaction);
    const view = { psp: PSP, merchant: BUSINESS, amount: formatAmount(minor), reference };
    return sendPage(reply, paymentPage({ ...view, details: { Customer: customer.email } }));
  });

  app.post<Named>('/checkout/:name', (request, reply) => {
    const { name } = request.params;
    const found = ledger.at(name);
    if (!found) return sendPage(reply, resultPage(PSP, 'Not found', 'No such payment.'), 404);
    const outcome = readOutcome(request.body);
    if (!outcome)
      return sendPage(reply, resultPage(PSP, 'Not understood', 'outcome is missing.'), 400);
    const { key, transaction } = found;
    if (!isOpen(transaction)) return leave(reply, transaction);
    const offline = /^\d+$/.test(name);
    const due = transaction.minor - transaction.paidMinor;
    const amount = parseDecimal(bodyOf(request).amount, 'NGN');
    const given = amount === null || amount <= 0n ? null : Number(amount);
    if (outcome === 'cancel')
      return leave(reply, offline ? transaction : ledger.end(key, transaction, 'USER_CANCELLED'));
    if (outcome === 'failure' && !offline)
      return leave(reply, ledger.end(key, transaction, 'FAILED'));
    if (outcome === 'failure') return reject(key, transaction, due - 1, reply);
    const wrong = offline && given !== null && given !== due;
    if (wrong && transaction.contractCode.endsWith('9'))
      return reject(key, transaction, given, reply);
    return leave(reply, ledger.pay(key, transaction, wrong ? given : due));
  });

  /** It goes back to the payer, who may send the right amount. */
  function reject(key: string, transaction: Transaction, minor: number, reply: FastifyReply) {
    const { paymentReference: reference } = transaction;
    const about = { operation: 'charge', reference, minor } as const;
    const simulate = simulateOf(transaction);
    emit(key, 'REJECTED_PAYMENT', rejectedEvent(transaction, minor), { ...about, simulate });
    return leave(reply, transaction);
  }
}

/** Back to the merchant, without a word of how it ended. */
function leave(reply: FastifyReply, transaction: Transaction) {
  const { redirectUrl, paymentReference } = transaction;
  const target = returnUrl(redirectUrl, { paymentReference });
  return target === null ? showResult(reply, transaction) : reply.redirect(target, 303);
}

const TITLES: Readonly<Record<Transaction['status'], string>> = {
  PENDING: 'Payment not completed',
  PAID: 'Payment successful',
  OVERPAID: 'Paid too much',
  PARTIALLY_PAID: 'Paid in part',
  FAILED: 'Payment failed',
  EXPIRED: 'Time is over',
  USER_CANCELLED: 'Payment cancelled',
};

function showResult(reply: FastifyReply, { status, minor }: Transaction) {
  return sendPage(reply, resultPage(PSP, TITLES[status], formatAmount(minor)));
}
