// Refunds (psp/paystack.md sections 2.5 and 4): no key, limited by amount, asynchronous. The instrument decides how a
// refund ends; the money is held from the moment it is asked for, so that the sum never exceeds the charge.
import type { FastifyInstance } from 'fastify';
import type { Collection } from '../books.ts';
import type { Parts } from '../simulator.ts';
import { amountOf } from './currencies.ts';
import { type Desk, wishesOf } from './desk.ts';
import type { Emit } from './events.ts';
import type { RefundFate } from './instruments.ts';
import { type Ledger, simulateOf, type Transaction } from './ledger.ts';
import { pageOf } from './paging.ts';
import { textOfReason } from './reasons.ts';
import {
  bodyOf,
  type Fields,
  INTEGRATION,
  invalidParams,
  isFields,
  iso,
  merchantOf,
  ok,
  refuse,
  required,
  textOf,
} from './wire.ts';

export interface Refund {
  readonly id: number;
  readonly reference: string;
  readonly amount: number;
  readonly currency: string;
  readonly status: 'pending' | RefundFate;
  readonly fate: RefundFate;
  /** Why it fails, in Paystack's words. */
  readonly failure: string | null;
  readonly customerNote: string;
  readonly merchantNote: string;
  readonly createdMs: number;
  readonly updatedMs: number;
}

const PROCESSING_MS = 500;
const DAY_MS = 86_400_000;

export type Refunds = ReturnType<typeof createRefunds>;

export function createRefunds(parts: Parts, ledger: Ledger, emit: Emit) {
  const { books, ports, schedule } = parts;
  const refunds: Collection<Refund> = books.collection('refunds');
  const byTransaction = books.collection<{ ids: number[] }>('_refunds_of');
  const now = () => ports.clock.nowMs();

  schedule.task('refund', (key, id) => {
    const refund = refunds.get(key, id);
    if (refund?.status === 'pending') end(key, refund, refund.fate);
  });

  const of = (key: string, reference: string): Refund[] =>
    (byTransaction.get(key, reference)?.ids ?? []).map((id) => refunds.get(key, id)!);

  const total = (key: string, reference: string, counts: (refund: Refund) => boolean): number =>
    of(key, reference)
      .filter(counts)
      .reduce((sum, { amount }) => sum + amount, 0);

  function open(
    key: string,
    { reference, currency }: Transaction,
    fields: Pick<Refund, 'amount' | 'fate' | 'failure' | 'customerNote' | 'merchantNote'>,
    delayMs: number,
  ): Refund {
    const id = books.next('refund', 3_000_001);
    const times = { createdMs: now(), updatedMs: now() };
    const refund = { ...fields, ...times, id, reference, currency, status: 'pending' } as const;
    const ids = byTransaction.get(key, reference)?.ids ?? [];
    byTransaction.put(key, reference, { ids: [...ids, id] });
    refunds.put(key, id, refund);
    announce(key, refund);
    schedule.after(delayMs, key, 'refund', id);
    return refund;
  }

  function end(key: string, refund: Refund, status: RefundFate): void {
    const ended = refunds.put(key, refund.id, { ...refund, status, updatedMs: now() });
    const transaction = ledger.find(key, refund.reference)!;
    const given = total(key, refund.reference, (one) => one.status === 'processed');
    if (given >= transaction.amount) ledger.change(key, transaction, { status: 'reversed' });
    announce(key, ended);
  }

  /** The published events carry no refund id, except needs-attention. */
  function announce(key: string, refund: Refund): void {
    const { reference, amount, currency, status } = refund;
    const transaction = ledger.find(key, reference)!;
    const data = {
      status,
      transaction_reference: reference,
      refund_reference: status === 'processed' ? String(100_000_000_000 + refund.id) : null,
      amount: String(amount),
      currency,
      processor: status === 'processed' ? 'demo_processor' : 'instant-transfer',
      customer: { first_name: 'Ada', last_name: 'Obi', email: transaction.email },
      integration: INTEGRATION,
      domain: transaction.domain,
      ...(status === 'needs-attention' ? { id: String(refund.id) } : {}),
    };
    const simulate = simulateOf(transaction);
    emit(key, `refund.${status}`, data, { operation: 'refund', reference, amount, simulate });
  }

  return {
    refunds,
    of,
    open,
    /** Not yet refunded and not asked for: what another refund may take. */
    leftOf: (key: string, { reference, amount }: Transaction) =>
      amount - total(key, reference, ({ status }) => status !== 'failed'),
    /** The customer's account is known now. */
    retry: (key: string, refund: Refund) => {
      const again = { ...refund, status: 'pending', fate: 'processed', updatedMs: now() } as const;
      refunds.put(key, refund.id, again);
      schedule.after(PROCESSING_MS, key, 'refund', refund.id);
      return again;
    },
  };
}

type ById = { Params: { id: string } };

export function refundRoutes(app: FastifyInstance, desk: Desk): void {
  const { ledger, refunds } = desk;

  app.post('/refund', (request) => {
    const { key } = merchantOf(request);
    const body = bodyOf(request);
    const transaction = refundable(ledger, key, required(body, 'transaction'));
    const left = refunds.leftOf(key, transaction);
    if (left <= 0) throw invalidParams('Transaction has been fully reversed');
    const amount = body.amount === undefined || body.amount === null ? left : amountOf(body.amount);
    if (amount > left) throw invalidParams('Refund amount cannot be more than the amount left');
    if (typeof body.currency === 'string' && body.currency !== transaction.currency)
      throw invalidParams('Currency does not match that of the transaction');
    const { decline, lateMs } = wishesOf(desk, request);
    const note = `Refund for transaction ${transaction.reference}`;
    const refund = refunds.open(
      key,
      transaction,
      {
        amount,
        fate: decline === null ? transaction.fate : 'failed',
        failure: decline === null ? null : textOfReason(decline),
        customerNote: textOf(body.customer_note) ?? note,
        merchantNote: textOf(body.merchant_note) ?? note,
      },
      lateMs ?? PROCESSING_MS,
    );
    const data = { ...render(desk, key, refund), transaction: nested(transaction) };
    return ok('Refund has been queued for processing', data);
  });

  app.get<{ Querystring: Fields }>('/refund', (request) => {
    const { key } = merchantOf(request);
    const wanted = textOf(request.query.transaction ?? request.query.reference);
    const transaction = wanted === null ? undefined : ledger.findAny(key, wanted);
    const found =
      wanted === null
        ? refunds.refunds.list(key)
        : transaction
          ? refunds.of(key, transaction.reference)
          : [];
    const { currency } = request.query;
    const filtered = found.filter((one) => currency === undefined || one.currency === currency);
    const { rows, meta } = pageOf(request.query, filtered);
    return ok(
      'Refunds retrieved',
      rows.map((refund) => render(desk, key, refund)),
      meta,
    );
  });

  app.get<ById>('/refund/:id', (request) => {
    const { key } = merchantOf(request);
    return ok('Refund retrieved', render(desk, key, find(desk, key, request.params.id)));
  });

  app.post<ById>('/refund/retry_with_customer_details/:id', (request) => {
    const { key } = merchantOf(request);
    const refund = find(desk, key, request.params.id);
    const account = bodyOf(request).refund_account_details;
    if (!isFields(account)) throw invalidParams('refund_account_details is an object');
    for (const name of ['currency', 'account_number', 'bank_id']) required(account, name);
    if (refund.status !== 'needs-attention')
      throw refuse(422, 'Refund is not in needs-attention', { code: 'invalid_params' });
    const data = render(desk, key, refunds.retry(key, refund));
    return ok('Refund retried and has been queued for processing', data);
  });
}

function refundable(ledger: Ledger, key: string, idOrReference: string): Transaction {
  const transaction = ledger.findAny(key, idOrReference);
  if (!transaction) throw refuse(404, 'Transaction not found', { code: 'transaction_not_found' });
  if (transaction.paidMs === null) throw invalidParams('Transaction was not successful');
  return transaction;
}

function find({ refunds }: Desk, key: string, id: string): Refund {
  const refund = refunds.refunds.get(key, id);
  if (!refund) throw refuse(404, 'Refund not found', { code: 'not_found' });
  return refund;
}

function nested({ id, domain, reference, amount, paidMs, channel, currency }: Transaction): object {
  return { id, domain, reference, amount, paid_at: iso(paidMs), channel, currency };
}

/** Rows of the list name their transaction by id and by reference. */
function render({ ledger }: Desk, key: string, refund: Refund): object {
  const transaction = ledger.find(key, refund.reference)!;
  const { id, amount, currency, status } = refund;
  const done = status === 'processed';
  return {
    id,
    transaction: transaction.id,
    transaction_reference: refund.reference,
    integration: INTEGRATION,
    amount,
    deducted_amount: done ? amount : 0,
    fully_deducted: done,
    currency,
    channel: null,
    status,
    refunded_by: 'ops@example.com',
    refunded_at: done ? iso(refund.updatedMs) : null,
    customer_note: refund.customerNote,
    merchant_note: refund.merchantNote,
    ...(status === 'failed' ? { message: refund.failure ?? 'Refund failed' } : {}),
    domain: transaction.domain,
    expected_at: iso(refund.createdMs + 8 * DAY_MS),
    createdAt: iso(refund.createdMs),
    updatedAt: iso(refund.updatedMs),
  };
}
