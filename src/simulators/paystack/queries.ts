// Reading transactions: verify, fetch, list, timeline, totals (psp/paystack.md sections 2.4 and 2.8).
import type { FastifyInstance } from 'fastify';
import type { Desk } from './desk.ts';
import type { Transaction } from './ledger.ts';
import { pageOf } from './paging.ts';
import { renderTransaction } from './render.ts';
import { type Fields, merchantOf, ok, refuse, textOf } from './wire.ts';

type ByReference = { Params: { reference: string } };
type ById = { Params: { id: string } };
type Listing = { Querystring: Fields };

export function queryRoutes(app: FastifyInstance, { ledger }: Desk): void {
  app.get<ByReference>('/transaction/verify/:reference', (request) => {
    const { key } = merchantOf(request);
    const transaction = ledger.find(key, request.params.reference);
    if (!transaction) throw notFound();
    return ok('Verification successful', renderTransaction(ledger, key, transaction));
  });

  app.get<Listing>('/transaction', (request) => {
    const { key } = merchantOf(request);
    const found = ledger.transactions.list(key).filter((one) => matches(one, request.query));
    const volume = found.reduce((sum, { amount, paidMs }) => sum + (paidMs ? amount : 0), 0);
    const { rows, meta } = pageOf(request.query, found);
    const data = rows.map((one) => renderTransaction(ledger, key, one));
    return ok('Transactions retrieved', data, { ...meta, total_volume: volume });
  });

  app.get('/transaction/totals', (request) => {
    const { key } = merchantOf(request);
    const paid = ledger.transactions.list(key).filter(({ paidMs }) => paidMs !== null);
    const volumes = Map.groupBy(paid, ({ currency }) => currency);
    const byCurrency = [...volumes].map(([currency, of]) => ({ currency, amount: sum(of) }));
    return ok('Transaction totals', {
      total_transactions: paid.length,
      total_volume: sum(paid),
      total_volume_by_currency: byCurrency,
      pending_transfers: 0,
      pending_transfers_by_currency: [],
    });
  });

  app.get<ById>('/transaction/timeline/:id', (request) => {
    const { key } = merchantOf(request);
    const transaction = ledger.findAny(key, request.params.id);
    if (!transaction) throw notFound();
    return ok('Timeline retrieved', timelineOf(transaction));
  });

  app.get<ById>('/transaction/:id', (request) => {
    const { key } = merchantOf(request);
    const transaction = ledger.findAny(key, request.params.id);
    if (!transaction) throw notFound();
    return ok('Transaction retrieved', renderTransaction(ledger, key, transaction));
  });
}

function notFound() {
  return refuse(400, 'Transaction reference not found.', {
    code: 'transaction_not_found',
    nextStep: 'Use the reference of a transaction of this integration',
  });
}

function matches({ status, amount, email }: Transaction, query: Fields): boolean {
  const wanted = textOf(query.status);
  const exactly = textOf(query.amount);
  const customer = textOf(query.customer);
  return (
    (wanted === null || wanted === status) &&
    (exactly === null || exactly === String(amount)) &&
    (customer === null || customer === email)
  );
}

function sum(transactions: readonly Transaction[]): number {
  return transactions.reduce((total, { amount }) => total + amount, 0);
}

function timelineOf({ history, createdMs, status, channel }: Transaction): object {
  const seconds = (ms: number) => Math.floor((ms - createdMs) / 1000);
  return {
    start_time: Math.floor(createdMs / 1000),
    time_spent: seconds(history.at(-1)!.atMs),
    attempts: history.length > 1 ? 1 : 0,
    errors: status === 'failed' ? 1 : 0,
    success: status === 'success',
    mobile: false,
    channel,
    input: [],
    history: history.map(({ text, atMs }) => ({
      type: 'action',
      message: text,
      time: seconds(atMs),
    })),
  };
}
