// Reading transactions: verify by id and by reference, list, events, fee (psp/flutterwave.md section 2.3). Verify by
// reference tells the latest transaction of the reference; the list tells all, with ids as text.
import type { FastifyInstance } from 'fastify';
import { currencyOf, feeOf, majorOf, minorOf } from './currencies.ts';
import type { Desk } from './desk.ts';
import type { Transaction } from './ledger.ts';
import { pageOf } from './paging.ts';
import { renderVerified } from './render.ts';
import { type Fields, invalid, iso, merchantOf, ok, queryOf, required } from './wire.ts';

type ById = { Params: { id: string } };

export function queryRoutes(app: FastifyInstance, { ledger }: Desk): void {
  const found = 'Transaction fetched successfully';

  app.get('/transactions/verify_by_reference', (request) => {
    const key = merchantOf(request);
    const transaction = ledger.of(key, required(queryOf(request), 'tx_ref')).at(-1);
    if (!transaction) throw noTransaction();
    return ok(found, renderVerified(transaction));
  });

  app.get<ById>('/transactions/:id/verify', (request) => {
    const transaction = ledger.find(merchantOf(request), request.params.id);
    if (!transaction) throw noTransaction();
    return ok(found, renderVerified(transaction));
  });

  app.get('/transactions', (request) => {
    const key = merchantOf(request);
    const query = queryOf(request);
    const all = ledger.transactions.list(key).filter((one) => matches(one, query));
    const { rows, meta } = pageOf(query, all);
    const data = rows.map((one) => ({ ...renderVerified(one), id: String(one.id) }));
    return ok('Transactions fetched', data, { meta });
  });

  app.get<ById>('/transactions/:id/events', (request) => {
    const transaction = ledger.find(merchantOf(request), request.params.id);
    if (!transaction) throw noTransaction();
    const { createdMs, status, processorResponse } = transaction;
    const note = (object: string, action: string) => ({
      note: `${object}: ${action}`,
      actor: transaction.payer.email,
      object,
      action,
      context: '',
      created_at: iso(createdMs),
    });
    const end = status === 'pending' ? [] : [note('transaction', processorResponse)];
    return ok('Transaction events fetched', [note('transaction', 'Payment Attempt'), ...end]);
  });

  app.get('/transactions/fee', (request) => {
    merchantOf(request);
    const query = queryOf(request);
    const currency = currencyOf(query.currency);
    const minor = minorOf(query.amount, currency);
    const fee = majorOf(feeOf(minor), currency);
    const amounts = { charge_amount: majorOf(minor, currency), fee, currency };
    return ok('Charged fee', { ...amounts, merchant_fee: 0, flutterwave_fee: fee });
  });
}

export function noTransaction() {
  return invalid('No transaction was found for this id');
}

function matches({ txRef, status, currency, payer }: Transaction, query: Fields): boolean {
  const equal = (name: string, value: string) => query[name] === undefined || query[name] === value;
  return (
    equal('tx_ref', txRef) &&
    equal('status', status) &&
    equal('currency', currency) &&
    equal('customer_email', payer.email)
  );
}
