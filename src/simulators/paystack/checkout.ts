// The payment page of a transaction, behind the authorization URL, a 3DS redirect, a QR code, or (by its number) an
// account to pay into or a USSD code. Paystack's session time-out closes it; posting twice charges once.
import type { FastifyInstance, FastifyReply } from 'fastify';
import { paymentPage, readOutcome, resultPage, returnUrl, sendPage } from '../page.ts';
import type { PayerOutcome } from '../simulator.ts';
import { formatAmount } from './currencies.ts';
import type { Desk } from './desk.ts';
import { metadataField } from './fields.ts';
import { isFinal, simulateOf, type Transaction } from './ledger.ts';
import { sessionSecondsOf } from './session.ts';
import { BUSINESS } from './wire.ts';

type Named = { Params: { code: string } };

const PSP = 'Paystack';

export function checkoutRoutes(app: FastifyInstance, desk: Desk): void {
  const { ledger, parts } = desk;

  app.get<Named>('/checkout/:code', (request, reply) => {
    const found = ledger.onPage(request.params.code);
    if (!found) return sendPage(reply, resultPage(PSP, 'Not found', 'No such payment.'), 404);
    const { transaction } = found;
    if (isFinal(transaction) || transaction.status === 'pending')
      return showResult(reply, transaction);
    if (isClosed(desk, found.key, transaction))
      return sendPage(reply, resultPage(PSP, 'Session expired', 'This page was open too long.'));
    const { amount, currency, reference, email } = transaction;
    const view = { psp: PSP, merchant: BUSINESS, amount: formatAmount(amount, currency) };
    return sendPage(reply, paymentPage({ ...view, reference, details: { Customer: email } }));
  });

  app.post<Named>('/checkout/:code', (request, reply) => {
    const found = ledger.onPage(request.params.code);
    if (!found) return sendPage(reply, resultPage(PSP, 'Not found', 'No such payment.'), 404);
    const outcome = readOutcome(request.body);
    if (!outcome)
      return sendPage(reply, resultPage(PSP, 'Not understood', 'outcome is missing.'), 400);
    const { key, transaction } = found;
    const settled = isFinal(transaction) || transaction.status === 'pending';
    if (!settled && isClosed(desk, key, transaction))
      return sendPage(reply, resultPage(PSP, 'Session expired', 'Nothing was charged.'));
    const now = settled ? transaction : pay(key, transaction, outcome);
    return leave(reply, now, outcome);
  });

  function pay(key: string, transaction: Transaction, outcome: PayerOutcome): Transaction {
    const { reference } = transaction;
    if (outcome === 'success') return ledger.complete(key, transaction);
    const account = transaction.channel === 'bank_transfer' && transaction.steps.length > 0;
    if (outcome === 'failure' && account) return rejectTransfer(key, transaction);
    if (outcome === 'failure') return ledger.fail(key, transaction, 'declined');
    // The customer left the page. While the session lasts he may come back and pay.
    parts.log.info({ reference }, 'simulated Paystack checkout canceled');
    return transaction;
  }

  /** A wrong amount came in: it goes back, and the transaction waits for the right one (section 7). */
  function rejectTransfer(key: string, transaction: Transaction): Transaction {
    const { amount, domain, email, reference } = transaction;
    const data = {
      bank_transfer: {
        amount: String(amount + 100),
        message: 'incorrect amount sent',
        message_type: 'INCORRECT_AMOUNT',
        transaction_id: String(transaction.id),
      },
      customer: { ...ledger.customerOf(key, email), domain, integration: 100_001 },
    };
    const about = { operation: 'charge', reference, amount } as const;
    const simulate = simulateOf(transaction);
    desk.emit(key, 'bank.transfer.rejected', data, { ...about, simulate });
    return transaction;
  }
}

function isClosed({ parts }: Desk, key: string, transaction: Transaction): boolean {
  const seconds = sessionSecondsOf(parts.books, key);
  const ageMs = parts.ports.clock.nowMs() - transaction.createdMs;
  return transaction.status === 'abandoned' && seconds > 0 && ageMs > seconds * 1000;
}

/** Back to the merchant (section 2.1): a cancelled checkout to `cancel_action`, all else to the callback. */
function leave(reply: FastifyReply, transaction: Transaction, outcome: PayerOutcome) {
  const { reference, callbackUrl, metadata, status } = transaction;
  const canceled = outcome === 'cancel' && !isFinal(transaction) && status !== 'pending';
  const target = canceled
    ? returnUrl(metadataField(metadata, 'cancel_action'), {})
    : returnUrl(callbackUrl, { trxref: reference, reference });
  return target === null ? showResult(reply, transaction) : reply.redirect(target, 303);
}

const TITLES: Readonly<Record<Transaction['status'], string>> = {
  success: 'Payment successful',
  failed: 'Payment failed',
  timeout: 'Time is over',
  reversed: 'Payment given back',
  pending: 'Payment in process',
  abandoned: 'Payment not completed',
  ongoing: 'Payment not completed',
};

function showResult(reply: FastifyReply, transaction: Transaction) {
  const { status, amount, currency, gatewayResponse } = transaction;
  const text = `${formatAmount(amount, currency)}. ${gatewayResponse}`;
  return sendPage(reply, resultPage(PSP, TITLES[status], text));
}
