// Disputes (psp/paystack.md sections 2.8 and 4). One is opened soon after a success that was wanted to be disputed
// (`metadata.simulate: "dispute"`); the merchant accepts or declines it.
import type { FastifyInstance } from 'fastify';
import type { Collection } from '../books.ts';
import { amountOf } from './currencies.ts';
import type { Desk } from './desk.ts';
import { simulateOf, type Transaction } from './ledger.ts';
import { pageOf } from './paging.ts';
import {
  bodyOf,
  type Fields,
  invalidParams,
  iso,
  merchantOf,
  ok,
  refuse,
  required,
} from './wire.ts';

export interface Dispute {
  readonly id: number;
  readonly reference: string;
  readonly refundAmount: number;
  readonly status: 'awaiting-merchant-feedback' | 'resolved';
  readonly resolution: 'merchant-accepted' | 'declined' | null;
  readonly createdMs: number;
  readonly resolvedMs: number | null;
}

const OPENED_MS = 500;
const DAY_MS = 86_400_000;

type ById = { Params: { id: string } };

export function disputesOf({ books }: Pick<Desk['parts'], 'books'>): Collection<Dispute> {
  return books.collection('disputes');
}

/** Plans the dispute of a transaction that has just succeeded. */
export function planDispute({ parts }: Pick<Desk, 'parts'>, key: string, one: Transaction): void {
  if (one.disputed) parts.schedule.after(OPENED_MS, key, 'dispute', one.reference);
}

export function disputeRoutes(app: FastifyInstance, desk: Desk): void {
  const { parts, ledger } = desk;
  const disputes = disputesOf(parts);
  const now = () => parts.ports.clock.nowMs();

  parts.schedule.task('dispute', (key, reference) => {
    const id = parts.books.next('dispute', 350_001);
    const refundAmount = ledger.find(key, reference)!.amount;
    const made = { id, reference, refundAmount, createdMs: now(), resolvedMs: null };
    const open = { status: 'awaiting-merchant-feedback', resolution: null } as const;
    tell(key, 'create', disputes.put(key, id, { ...made, ...open }));
  });

  function tell(key: string, event: string, dispute: Dispute): void {
    const transaction = ledger.find(key, dispute.reference)!;
    const { reference, amount } = transaction;
    const about = { operation: 'other', reference, amount } as const;
    const simulate = simulateOf(transaction);
    const data = render(dispute, transaction);
    desk.emit(key, `charge.dispute.${event}`, data, { ...about, simulate });
  }

  const show = (key: string, one: Dispute) => render(one, ledger.find(key, one.reference)!);

  const find = (key: string, id: string): Dispute => {
    const dispute = disputes.get(key, id);
    if (!dispute) throw refuse(404, 'Dispute not found', { code: 'not_found' });
    return dispute;
  };

  app.get<{ Querystring: Fields }>('/dispute', (request) => {
    const { key } = merchantOf(request);
    const { status, transaction } = request.query;
    const found = disputes.list(key).filter((one) => {
      const of = ledger.find(key, one.reference)!;
      const named = transaction === undefined || transaction === String(of.id);
      return named && (status === undefined || status === one.status);
    });
    const { rows, meta } = pageOf(request.query, found);
    return ok(
      'Disputes retrieved',
      rows.map((one) => show(key, one)),
      meta,
    );
  });

  app.get<ById>('/dispute/transaction/:id', (request) => {
    const { key } = merchantOf(request);
    const transaction = ledger.findAny(key, request.params.id);
    const dispute = disputes.list(key).find((one) => one.reference === transaction?.reference);
    if (!dispute) throw refuse(404, 'Dispute not found', { code: 'not_found' });
    return ok('Dispute retrieved', show(key, dispute));
  });

  app.get<ById>('/dispute/:id', (request) => {
    const { key } = merchantOf(request);
    return ok('Dispute retrieved', show(key, find(key, request.params.id)));
  });

  app.put<ById>('/dispute/:id', (request) => {
    const { key } = merchantOf(request);
    const dispute = find(key, request.params.id);
    const refundAmount = amountOf(bodyOf(request).refund_amount);
    if (refundAmount > ledger.find(key, dispute.reference)!.amount)
      throw invalidParams('Refund amount cannot be greater than initial amount');
    const changed = disputes.put(key, dispute.id, { ...dispute, refundAmount });
    return ok('Dispute updated successfully', show(key, changed));
  });

  app.put<ById>('/dispute/:id/resolve', (request) => {
    const { key } = merchantOf(request);
    const dispute = find(key, request.params.id);
    const body = bodyOf(request);
    const resolution = required(body, 'resolution');
    required(body, 'message');
    if (resolution !== 'merchant-accepted' && resolution !== 'declined')
      throw invalidParams('resolution is merchant-accepted or declined');
    if (dispute.status === 'resolved') throw invalidParams('Dispute is already resolved');
    if (resolution === 'merchant-accepted')
      ledger.change(key, ledger.find(key, dispute.reference)!, { status: 'reversed' });
    const changes = { status: 'resolved', resolution, resolvedMs: now() } as const;
    const resolved = disputes.put(key, dispute.id, { ...dispute, ...changes });
    tell(key, 'resolve', resolved);
    return ok('Dispute successfully resolved', show(key, resolved));
  });
}

function render(dispute: Dispute, transaction: Transaction): object {
  const { id, refundAmount, status, resolution, createdMs, resolvedMs } = dispute;
  const { domain, currency, email, instrument, reference, amount } = transaction;
  return {
    id,
    refund_amount: refundAmount,
    currency,
    status,
    resolution,
    domain,
    transaction: { id: transaction.id, reference, amount, status: transaction.status },
    transaction_reference: null,
    category: 'chargeback',
    customer: { email },
    bin: instrument.bin,
    last4: instrument.last4,
    dueAt: iso(createdMs + 7 * DAY_MS),
    resolvedAt: iso(resolvedMs),
    evidence: null,
    attachments: null,
    note: null,
    history: [{ status: 'pending', by: email, createdAt: iso(createdMs) }],
    messages: [{ sender: email, body: 'No value received', createdAt: iso(createdMs) }],
    createdAt: iso(createdMs),
    updatedAt: iso(resolvedMs ?? createdMs),
  };
}
