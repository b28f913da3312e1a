// The merchant's balance: an opening sum in every currency, so that payouts can be tried at once, and all that moved.
import type { FastifyInstance } from 'fastify';
import type { Collection } from '../books.ts';
import { CURRENCIES } from './currencies.ts';
import type { Dispute } from './disputes.ts';
import type { Transaction } from './ledger.ts';
import type { Refund } from './refunds.ts';
import type { Transfer } from './transfers.ts';
import { merchantOf, ok } from './wire.ts';

export interface Holdings {
  readonly transactions: Collection<Transaction>;
  readonly refunds: Collection<Refund>;
  readonly transfers: Collection<Transfer>;
  readonly disputes: Collection<Dispute>;
}

/** 10,000,000 major units. */
const OPENING = 1_000_000_000;

export function balanceOf(holdings: Holdings, key: string, currency: string): number {
  const sum = (rows: readonly { readonly amount: number; readonly currency: string }[]) =>
    rows.reduce((total, row) => total + (row.currency === currency ? row.amount : 0), 0);
  const paid = holdings.transactions.list(key).filter(({ paidMs }) => paidMs !== null);
  const fees = paid.reduce((total, one) => total + (one.currency === currency ? one.fees! : 0), 0);
  const refunded = holdings.refunds.list(key).filter(({ status }) => status !== 'failed');
  const sent = holdings.transfers
    .list(key)
    .filter(({ status }) => status !== 'failed' && status !== 'reversed');
  return OPENING + sum(paid) - fees - sum(refunded) - sum(sent) - lostIn(holdings, key, currency);
}

/** What was given back because a dispute was accepted. */
function lostIn({ disputes, transactions }: Holdings, key: string, currency: string): number {
  return disputes
    .list(key)
    .filter(({ resolution }) => resolution === 'merchant-accepted')
    .filter(({ reference }) => transactions.get(key, reference)?.currency === currency)
    .reduce((total, { refundAmount }) => total + refundAmount, 0);
}

export function balanceRoutes(app: FastifyInstance, holdings: Holdings): void {
  app.get('/balance', (request) => {
    const { key } = merchantOf(request);
    const rows = CURRENCIES.map((currency) => ({
      currency,
      balance: balanceOf(holdings, key, currency),
    }));
    return ok('Balances retrieved', rows);
  });

  app.get('/balance/ledger', (request) => {
    merchantOf(request);
    const meta = { total: 0, skipped: 0, perPage: 50, page: 1, pageCount: 1 };
    return ok('Balance ledger retrieved', [], meta);
  });
}
