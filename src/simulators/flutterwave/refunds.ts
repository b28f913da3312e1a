// Refunds (psp/flutterwave.md sections 2.4 and 4): by the numeric transaction id, without a key. Most are `completed` at
// once; the money counts as given from the moment that a refund is accepted, so that the sum never exceeds the charge.
import type { FastifyInstance } from 'fastify';
import type { Collection } from '../books.ts';
import type { Parts } from '../simulator.ts';
import { majorOf, minorOf } from './currencies.ts';
import type { Desk } from './desk.ts';
import type { Emit } from './events.ts';
import { metaField, wishesOf } from './fields.ts';
import type { Ledger, RefundFate, Transaction } from './ledger.ts';
import { pageOf } from './paging.ts';
import { noTransaction } from './queries.ts';
import { textOfReason } from './reasons.ts';
import { ACCOUNT_ID, bodyOf, invalid, iso, merchantOf, ok, queryOf, textOf } from './wire.ts';

export interface Refund {
  readonly id: number;
  readonly transactionId: number;
  readonly txRef: string;
  readonly flwRef: string;
  readonly minor: number;
  readonly currency: string;
  readonly status: RefundFate;
  readonly comments: string;
  readonly createdMs: number;
}

const PROCESSING_MS = 500;

export type Refunds = ReturnType<typeof createRefunds>;

export function createRefunds(parts: Parts, ledger: Ledger, emit: Emit) {
  const { books, ports, schedule } = parts;
  const refunds: Collection<Refund> = books.collection('refunds');

  schedule.task('refund', (key, id) => {
    const refund = refunds.get(key, id);
    if (refund?.status !== 'pending') return;
    const { fate } = ledger.find(key, refund.transactionId)!;
    announce(key, refunds.put(key, id, { ...refund, status: end(fate) }));
  });

  const end = (fate: RefundFate): RefundFate => (fate === 'failed' ? 'failed' : 'completed');

  function open(key: string, of: Transaction, minor: number, comments: string, lateMs: number) {
    const id = books.next('refund', 9_001);
    const { currency, txRef, fate } = of;
    const refund = refunds.put(key, id, {
      id,
      transactionId: of.id,
      txRef,
      flwRef: `URF_${ports.random.bytes(6).toString('hex')}`,
      minor,
      currency,
      status: fate === 'completed' && lateMs === 0 ? 'completed' : 'pending',
      comments,
      createdMs: ports.clock.nowMs(),
    });
    if (refund.status === 'pending') schedule.after(lateMs || PROCESSING_MS, key, 'refund', id);
    else announce(key, refund);
    return refund;
  }

  /** Flat, in another spelling than everything else, and without our reference. */
  function announce(key: string, refund: Refund): void {
    const { id, minor, currency, status, flwRef, comments, createdMs, transactionId } = refund;
    const body = {
      id,
      AmountRefunded: majorOf(minor, currency),
      status,
      FlwRef: flwRef,
      destination: 'payment_source',
      comments,
      settlement_id: 'NEW',
      meta: '{"source":"availablebalance"}',
      createdAt: iso(createdMs),
      TransactionId: transactionId,
      AccountId: ACCOUNT_ID,
      'event.type': 'Refund',
    };
    const { meta, txRef: reference } = ledger.find(key, transactionId)!;
    const simulate = metaField(meta, 'simulate');
    emit(key, body, { event: 'refund', operation: 'refund', reference, minor, simulate });
  }

  return {
    refunds,
    open,
    /** What another refund may take. */
    leftOf: (key: string, { id, minor }: Transaction) =>
      refunds
        .list(key)
        .filter((one) => one.transactionId === id && one.status !== 'failed')
        .reduce((left, one) => left - one.minor, minor),
  };
}

type ById = { Params: { id: string } };

export function refundRoutes(app: FastifyInstance, { parts, ledger, refunds }: Desk): void {
  app.post<ById>('/transactions/:id/refund', (request) => {
    const key = merchantOf(request);
    const transaction = ledger.find(key, request.params.id);
    if (!transaction) throw noTransaction();
    if (transaction.status !== 'successful')
      throw invalid('Invalid transaction: only a successful transaction can be refunded');
    const body = bodyOf(request);
    const left = refunds.leftOf(key, transaction);
    const { amount } = body;
    const minor =
      amount === undefined || amount === null ? left : minorOf(amount, transaction.currency);
    if (minor <= 0 || minor > left)
      throw invalid('Invalid amount: the refund is more than the amount left to refund');
    const { decline, lateMs } = wishesOf(parts, request);
    if (decline !== null) throw invalid(textOfReason(decline));
    const comments = textOf(body.comments) ?? '';
    const refund = refunds.open(key, transaction, minor, comments, lateMs ?? 0);
    return ok('Transaction refund initiated', renderRefund(refund));
  });

  app.get('/refunds', (request) => {
    const key = merchantOf(request);
    const query = queryOf(request);
    const all = refunds.refunds.list(key);
    const wanted = query.id === undefined ? all : all.filter(({ id }) => String(id) === query.id);
    const { rows, meta } = pageOf(query, wanted);
    return ok('Transaction refunds fetched', rows.map(renderKept), { meta });
  });

  app.get<ById>('/refunds/:id', (request) => {
    const refund = refunds.refunds.get(merchantOf(request), request.params.id);
    if (!refund) throw invalid('No refund was found for this id');
    return ok('Transaction refund fetched', renderKept(refund));
  });
}

function renderRefund({ id, transactionId, flwRef, minor, currency, status, createdMs }: Refund) {
  return {
    id,
    account_id: ACCOUNT_ID,
    tx_id: transactionId,
    flw_ref: flwRef,
    wallet_id: 2001,
    amount_refunded: majorOf(minor, currency),
    status,
    destination: 'payment_source',
    meta: { source: 'availablebalance' },
    created_at: iso(createdMs),
  };
}

function renderKept(refund: Refund): object {
  return { ...renderRefund(refund), comments: refund.comments, settlement_id: 'NEW' };
}
