// The hosted page behind `redirectUrl`: who knows its name may pay, once. Leads back to `returnUrl` with the
// placeholders filled in, which prove nothing (psp/paymaxis.md section 4).
import type { FastifyInstance, FastifyReply } from 'fastify';
import { paymentPage, readOutcome, resultPage, returnUrl, sendPage } from '../page.ts';
import type { PayerOutcome } from '../simulator.ts';
import { amountForPage } from './create.ts';
import type { Desk } from './desk.ts';
import { isFinal, type Payment, type State } from './payments.ts';

type Named = { Params: { id: string } };

const PSP = 'Paymaxis';

export function checkoutRoutes(app: FastifyInstance, { ledger }: Desk): void {
  app.get<Named>('/checkout/:id', (request, reply) => {
    const found = ledger.onPage(request.params.id);
    if (!found) return sendPage(reply, resultPage(PSP, 'Not found', 'No such payment.'), 404);
    const { payment } = found;
    if (payment.state !== 'CHECKOUT') return showResult(reply, payment);
    const { id, referenceId, description } = payment;
    return sendPage(
      reply,
      paymentPage({
        psp: PSP,
        merchant: 'Demo Shop',
        amount: amountForPage(payment),
        reference: referenceId ?? id,
        details: description === null ? {} : { Description: description },
      }),
    );
  });

  app.post<Named>('/checkout/:id', (request, reply) => {
    const found = ledger.onPage(request.params.id);
    if (!found) return sendPage(reply, resultPage(PSP, 'Not found', 'No such payment.'), 404);
    const outcome = readOutcome(request.body);
    if (!outcome)
      return sendPage(reply, resultPage(PSP, 'Not understood', 'outcome is missing.'), 400);
    const { key, payment } = found;
    const now = isFinal(payment) ? payment : answer(key, payment, outcome);
    const target = returnUrl(filled(now), {});
    return target === null ? showResult(reply, now) : reply.redirect(target, 303);
  });

  function answer(key: string, payment: Payment, outcome: PayerOutcome): Payment {
    if (payment.state !== 'CHECKOUT') return payment;
    if (outcome === 'success') return ledger.succeed(key, payment);
    return outcome === 'failure' ? ledger.decline(key, payment) : ledger.cancel(key, payment);
  }
}

function filled({ returnUrl, id, referenceId, state, paymentType }: Payment): string | null {
  const values: Readonly<Record<string, string>> = {
    id,
    referenceId: referenceId ?? '',
    state,
    type: paymentType,
  };
  return (
    returnUrl?.replace(/\{(id|referenceId|state|type)\}/g, (_, name: string) =>
      encodeURIComponent(values[name]!),
    ) ?? null
  );
}

const TITLES: Readonly<Record<State, string>> = {
  CHECKOUT: 'Payment not completed',
  PENDING: 'Payment in process',
  COMPLETED: 'Payment successful',
  DECLINED: 'Payment declined',
  CANCELLED: 'Payment cancelled',
};

function showResult(reply: FastifyReply, payment: Payment) {
  return sendPage(reply, resultPage(PSP, TITLES[payment.state], amountForPage(payment)));
}
