// The page of one transaction: behind the redirect of a direct charge, or (by its number) an account to pay into or a
// USSD code to dial. Posting twice charges once.
import type { FastifyInstance, FastifyReply } from 'fastify';
import { paymentPage, readOutcome, resultPage, returnUrl, sendPage } from '../page.ts';
import { formatAmount } from './currencies.ts';
import type { Desk } from './desk.ts';
import type { Transaction } from './ledger.ts';
import { BUSINESS } from './wire.ts';

type Named = { Params: { code: string } };

const PSP = 'Flutterwave';

export function pageRoutes(app: FastifyInstance, { parts, ledger }: Desk): void {
  app.get<Named>('/captcha/verify/:code', (request, reply) => {
    const found = ledger.onPage(request.params.code);
    if (!found) return sendPage(reply, resultPage(PSP, 'Not found', 'No such payment.'), 404);
    const { minor, currency, txRef, payer, status, acceptedMs } = found.transaction;
    if (status !== 'pending' || acceptedMs !== null) return showResult(reply, found.transaction);
    const amount = formatAmount(minor, currency);
    const view = { psp: PSP, merchant: BUSINESS, amount, reference: txRef };
    return sendPage(reply, paymentPage({ ...view, details: { Customer: payer.email } }));
  });

  app.post<Named>('/captcha/verify/:code', (request, reply) => {
    const found = ledger.onPage(request.params.code);
    if (!found) return sendPage(reply, resultPage(PSP, 'Not found', 'No such payment.'), 404);
    const outcome = readOutcome(request.body);
    if (!outcome)
      return sendPage(reply, resultPage(PSP, 'Not understood', 'outcome is missing.'), 400);
    const { key, transaction } = found;
    const { txRef } = transaction;
    if (outcome === 'success') return leave(reply, ledger.complete(key, transaction));
    if (outcome === 'failure' && !isOffline(transaction))
      return leave(reply, ledger.fail(key, transaction, 'declined'));
    // The payer left, or sent another amount, which went back: he may still pay.
    parts.log.info({ txRef, outcome }, 'simulated Flutterwave payment left open');
    return leave(reply, transaction);
  });
}

/** Nobody is on a page: an account is paid into, a code is dialled. */
function isOffline({ authorization }: Transaction): boolean {
  return authorization?.mode === 'banktransfer';
}

/** Redirects of direct charges come back with the transaction as text in `response`. */
function leave(reply: FastifyReply, transaction: Transaction) {
  const { id, txRef, flwRef, status } = transaction;
  const response = JSON.stringify({ id, txRef, flwRef, status });
  const target = returnUrl(transaction.redirectUrl, { response });
  return target === null ? showResult(reply, transaction) : reply.redirect(target, 303);
}

const TITLES = {
  successful: 'Payment successful',
  failed: 'Payment failed',
  pending: 'Payment not completed',
} as const;

function showResult(reply: FastifyReply, transaction: Transaction) {
  const { status, minor, currency, processorResponse } = transaction;
  const text = `${formatAmount(minor, currency)}. ${processorResponse}`;
  return sendPage(reply, resultPage(PSP, TITLES[status], text));
}
