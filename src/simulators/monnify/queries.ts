// Reading transactions (psp/monnify.md section 2.3): amounts are quoted texts here. And the banks with a USSD code.
import type { FastifyInstance } from 'fastify';
import { feeOf, numberOf, textOfMinor } from './amounts.ts';
import type { Desk } from './desk.ts';
import { isPaid, type Transaction } from './ledger.ts';
import { between, pageOf } from './paging.ts';
import { BUSINESS, type Fields, ok, queryOf, refuse, textOf } from './wire.ts';

export function queryRoutes(app: FastifyInstance, { gate, ledger }: Desk): void {
  app.get('/api/v2/merchant/transactions/query', (request) => {
    const key = gate.merchantOf(request);
    const { paymentReference, transactionReference } = queryOf(request);
    const ours = textOf(paymentReference);
    const theirs = textOf(transactionReference);
    const found =
      (ours === null ? undefined : ledger.find(key, ours)) ??
      (theirs === null ? undefined : ledger.byReference(key, theirs));
    if (!found) throw notFound();
    return ok(renderStatus(found));
  });

  app.get<{ Params: { reference: string } }>('/api/v2/transactions/:reference', (request) => {
    const found = ledger.byReference(gate.merchantOf(request), request.params.reference);
    if (!found) throw notFound();
    return ok(renderStatus(found));
  });

  app.get('/api/v1/transactions/search', (request) => {
    const key = gate.merchantOf(request);
    const query = queryOf(request);
    const found = ledger.transactions.list(key).filter((one) => matches(one, query));
    const { content, ...page } = pageOf(query, between(query, found));
    return ok({ content: content.map(renderRow), ...page });
  });

  app.get('/api/v1/sdk/transactions/banks', (request) => {
    gate.merchantOf(request);
    return ok([
      { name: 'GTBank', code: '058', ussdTemplate: '*737*2*Amount*AccountNumber#' },
      { name: 'Wema bank', code: '035', ussdTemplate: null },
    ]);
  });
}

function notFound() {
  return refuse(404, '99', 'Could not find transaction with this reference');
}

function matches(one: Transaction, query: Fields): boolean {
  const equal = (name: string, value: string) =>
    query[name] === undefined || query[name] === '' || query[name] === value;
  return (
    equal('paymentReference', one.paymentReference) &&
    equal('transactionReference', one.reference) &&
    equal('paymentStatus', one.status) &&
    equal('customerEmail', one.customer.email)
  );
}

function renderRow(one: Transaction): object {
  return {
    customerDTO: one.customer,
    paymentMethod: one.method,
    createdOn: new Date(one.createdMs).toISOString().replace('Z', '+00:00'),
    amount: numberOf(one.minor),
    currencyCode: 'NGN',
    paymentDescription: one.description,
    paymentStatus: one.status,
    transactionReference: one.reference,
    paymentReference: one.paymentReference,
    merchantName: BUSINESS,
    completed: isPaid(one),
  };
}

export function renderStatus(one: Transaction): object {
  const { reference, paymentReference, minor, paidMinor, paidMs, method, cardToken } = one;
  const settled = paidMinor === 0 ? 0 : paidMinor - feeOf(paidMinor);
  const card = {
    cardType: 'MASTERCARD',
    last4: '2950',
    maskedPan: '539983******2950',
    reusable: cardToken !== null,
    cardToken,
  };
  return {
    transactionReference: reference,
    paymentReference,
    amountPaid: textOfMinor(paidMinor),
    totalPayable: textOfMinor(minor),
    settlementAmount: textOfMinor(settled),
    paidOn: paidMs === null ? null : new Date(paidMs).toISOString().replace('Z', '+00:00'),
    paymentStatus: one.status,
    paymentDescription: one.description,
    currency: 'NGN',
    paymentMethod: method,
    product: { type: 'API_NOTIFICATION', reference: paymentReference },
    cardDetails: method === 'CARD' && paidMs !== null ? card : null,
    accountDetails: null,
    accountPayments: [],
    customer: one.customer,
    metaData: one.metaData,
  };
}
