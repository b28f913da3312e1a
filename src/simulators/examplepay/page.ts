// The payment page of Example Pay. It leads back to `return_url`, which proves nothing.
import type { FastifyInstance, FastifyReply } from 'fastify';
import { toDecimalText } from '../../kernel/money.ts';
import { paymentPage, readOutcome, resultPage, returnUrl, sendPage } from '../page.ts';
import type { Transfer, Transfers } from './transfers.ts';

type Named = { Params: { id: string } };

const PSP = 'Example Pay';

export function pageRoutes(app: FastifyInstance, ledger: Transfers): void {
  app.get<Named>('/pay/:id', (request, reply) => {
    const found = ledger.onPage(request.params.id);
    if (!found) return sendPage(reply, resultPage(PSP, 'Not found', 'No such payment.'), 404);
    const { transfer } = found;
    if (transfer.status !== 'open') return showResult(reply, transfer);
    const { reference } = transfer;
    const view = { psp: PSP, merchant: 'Demo Shop', amount: amountOf(transfer), reference };
    return sendPage(reply, paymentPage(view));
  });

  app.post<Named>('/pay/:id', (request, reply) => {
    const found = ledger.onPage(request.params.id);
    if (!found) return sendPage(reply, resultPage(PSP, 'Not found', 'No such payment.'), 404);
    const outcome = readOutcome(request.body);
    if (!outcome)
      return sendPage(reply, resultPage(PSP, 'Not understood', 'outcome is missing.'), 400);
    const { key, transfer } = found;
    const now =
      outcome === 'success' ? ledger.pay(key, transfer) : ledger.end(key, transfer, 'failed');
    const target = returnUrl(now.returnUrl, { id: now.id });
    return target === null ? showResult(reply, now) : reply.redirect(target, 303);
  });
}

function showResult(reply: FastifyReply, transfer: Transfer) {
  return sendPage(reply, resultPage(PSP, `Payment ${transfer.status}`, amountOf(transfer)));
}

function amountOf({ amountMinor, currency }: Transfer): string {
  return `${currency} ${toDecimalText({ amountMinor: BigInt(amountMinor), currency })}`;
}
