// Refunds (psp/monnify.md section 2.4): under a reference of the merchant, asynchronous, out of the wallet.
import type { FastifyInstance } from 'fastify';
import type { Collection } from '../books.ts';
import type { Parts } from '../simulator.ts';
import { minorOf, numberOf } from './amounts.ts';
import type { Desk } from './desk.ts';
import type { Emit } from './events.ts';
import { isPaid, type Ledger, simulateOf, type Transaction, wishesOf } from './ledger.ts';
import { pageOf } from './paging.ts';
import { textOfReason } from './reasons.ts';
import { bodyOf, invalid, lagosClock, ok, queryOf, refuse, required, textOf } from './wire.ts';

export interface Refund {
  readonly reference: string;
  readonly paymentReference: string;
  readonly transactionReference: string;
  readonly minor: number;
  readonly type: 'PARTIAL_REFUND' | 'FULL_REFUND';
  readonly status: 'PENDING' | 'COMPLETED' | 'FAILED';
  readonly reason: string;
  readonly note: string;
  readonly fails: boolean;
  readonly createdMs: number;
  readonly completedMs: number | null;
}

const PROCESSING_MS = 500;
const MINIMUM = 10_000;

export type Refunds = ReturnType<typeof createRefunds>;

export function createRefunds(parts: Parts, ledger: Ledger, emit: Emit) {
  const { books, ports, schedule } = parts;
  const refunds: Collection<Refund> = books.collection('refunds');

  schedule.task('refund', (key, reference) => {
    const refund = refunds.get(key, reference);
    if (refund?.status !== 'PENDING') return;
    const status = refund.fails ? 'FAILED' : 'COMPLETED';
    const completedMs = ports.clock.nowMs();
    announce(key, refunds.put(key, reference, { ...refund, status, completedMs }));
  });

  function announce(key: string, refund: Refund): void {
    const { paymentReference, minor, status, createdMs, completedMs } = refund;
    const data = {
      merchantReason: refund.reason,
      transactionReference: refund.transactionReference,
      completedOn: lagosClock(completedMs ?? createdMs),
      refundStatus: status,
      customerNote: refund.note,
      createdOn: lagosClock(createdMs),
      refundReference: refund.reference,
      refundAmount: numberOf(minor),
    };
    const simulate = simulateOf(ledger.find(key, paymentReference)!);
    const about = { operation: 'refund', reference: paymentReference, minor, simulate } as const;
    emit(key, status === 'FAILED' ? 'FAILED_REFUND' : 'SUCCESSFUL_REFUND', data, about);
  }

  return {
    refunds,
    open(key: string, fields: Omit<Refund, 'status' | 'createdMs' | 'completedMs'>, ms: number) {
      schedule.after(ms, key, 'refund', fields.reference);
      const made = {
        status: 'PENDING',
        createdMs: ports.clock.nowMs(),
        completedMs: null,
      } as const;
      return refunds.put(key, fields.reference, { ...fields, ...made });
    },
    /** What another refund may take. */
    leftOf: (key: string, { reference, paidMinor }: Transaction) =>
      refunds
        .list(key)
        .filter((one) => one.transactionReference === reference && one.status !== 'FAILED')
        .reduce((left, one) => left - one.minor, paidMinor),
  };
}

export function refundRoutes(app: FastifyInstance, { parts, gate, ledger, refunds }: Desk): void {
  app.post('/api/v1/refunds/initiate-refund', (request) => {
    const key = gate.merchantOf(request);
    const body = bodyOf(request);
    const transaction = ledger.byReference(key, required(body, 'transactionReference'));
    const reference = required(body, 'refundReference');
    const minor = minorOf(body.refundAmount);
    const reason = required(body, 'refundReason');
    const note = textOf(body.customerNote) ?? '';
    if (reason.length > 64 || note.length > 16) throw invalid('refundReason is invalid: too long');
    if (!transaction) throw invalid('Could not find transaction with this reference');
    if (refunds.refunds.get(key, reference)) throw refuse(400, 'R9', 'Duplicate refund reference');
    if (!isPaid(transaction)) throw refuse(400, 'R1', 'Transaction is not paid: invalid');
    if (minor < MINIMUM) throw refuse(400, 'R4', 'Refund amount is below the minimum of NGN 100');
    const left = refunds.leftOf(key, transaction);
    if (minor > left) throw refuse(400, 'R12', 'Refund amount is more than what can be refunded');
    const { decline, lateMs } = wishesOf(parts.faultsOf(request));
    if (decline !== null) throw refuse(400, 'R5', textOfReason(decline));
    const refund = refunds.open(
      key,
      {
        reference,
        paymentReference: transaction.paymentReference,
        transactionReference: transaction.reference,
        minor,
        type: minor === transaction.paidMinor ? 'FULL_REFUND' : 'PARTIAL_REFUND',
        reason,
        note,
        fails: transaction.refundsFail,
      },
      lateMs ?? PROCESSING_MS,
    );
    return ok(render(refund));
  });

  app.get<{ Params: { reference: string } }>('/api/v1/refunds/:reference', (request) => {
    const refund = refunds.refunds.get(gate.merchantOf(request), request.params.reference);
    if (!refund) throw refuse(404, '99', 'Could not find refund with this reference');
    return ok(render(refund));
  });

  app.get('/api/v1/refunds', (request) => {
    const all = refunds.refunds.list(gate.merchantOf(request));
    const { content, ...page } = pageOf(queryOf(request), all);
    return ok({ content: content.map(render), pageable: null, sort: null, ...page });
  });
}

function render(refund: Refund): object {
  return {
    refundReference: refund.reference,
    transactionReference: refund.transactionReference,
    refundReason: refund.reason,
    customerNote: refund.note,
    refundAmount: numberOf(refund.minor),
    refundType: refund.type,
    refundStatus: refund.status,
    refundStrategy: 'MERCHANT_WALLET',
    comment: refund.status === 'PENDING' ? 'queued' : refund.status.toLowerCase(),
    createdOn: lagosClock(refund.createdMs),
  };
}
