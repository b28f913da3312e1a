// Chargebacks (psp/flutterwave.md section 2.6): listed, accepted or declined; no webhook tells of them. One is initiated soon
// after a success that was wanted to be disputed (`meta.simulate: "dispute"`); one that was declined is won soon after.
import type { FastifyInstance } from 'fastify';
import type { Collection } from '../books.ts';
import type { Parts } from '../simulator.ts';
import { majorOf } from './currencies.ts';
import type { Desk } from './desk.ts';
import { metaField } from './fields.ts';
import type { Transaction } from './ledger.ts';
import { pageOf } from './paging.ts';
import { bodyOf, invalid, iso, merchantOf, ok, queryOf, required } from './wire.ts';

interface Chargeback {
  readonly id: number;
  readonly transactionId: number;
  readonly status: 'initiated' | 'accepted' | 'declined' | 'won';
  readonly comment: string;
  readonly createdMs: number;
}

const DISPUTE = /^(?:flutterwave=)?(?:charge\.)?dispute$/;
const SOON_MS = 500;
const DUE_MS = 2 * 86_400_000;

export type Chargebacks = ReturnType<typeof createChargebacks>;

export function createChargebacks({ books, ports, schedule }: Parts) {
  const chargebacks: Collection<Chargeback> = books.collection('chargebacks');

  schedule.task('chargeback', (key, transaction) => {
    const id = books.next('chargeback', 2_201);
    const comment = 'Product/service not received';
    const createdMs = ports.clock.nowMs();
    const transactionId = Number(transaction);
    chargebacks.put(key, id, { id, transactionId, status: 'initiated', comment, createdMs });
  });
  schedule.task('chargeback_won', (key, id) => {
    chargebacks.put(key, id, { ...chargebacks.get(key, id)!, status: 'won' });
  });

  return {
    list: (key: string) => chargebacks.list(key),
    plan(key: string, { id, meta, status }: Transaction): void {
      const wishes = metaField(meta, 'simulate')?.split(',') ?? [];
      const isWanted = wishes.some((wish) => DISPUTE.test(wish.trim()));
      if (isWanted && status === 'successful') schedule.after(SOON_MS, key, 'chargeback', id);
    },
    decide(key: string, id: string, status: 'accepted' | 'declined', comment: string): Chargeback {
      const open = chargebacks.get(key, id);
      if (open?.status !== 'initiated') throw invalid('No open chargeback was found for this id');
      if (status === 'declined') schedule.after(SOON_MS, key, 'chargeback_won', id);
      return chargebacks.put(key, id, { ...open, status, comment });
    },
  };
}

export function chargebackRoutes(app: FastifyInstance, { ledger, chargebacks }: Desk): void {
  const show = (key: string, one: Chargeback) => render(one, ledger.find(key, one.transactionId)!);

  app.get('/chargebacks', (request) => {
    const key = merchantOf(request);
    const query = queryOf(request);
    const { status, flw_ref: flwRef } = query;
    const found = chargebacks.list(key).filter((one) => {
      const of = ledger.find(key, one.transactionId)!;
      const named = flwRef === undefined || flwRef === of.flwRef;
      return named && (status === undefined || status === one.status);
    });
    const { rows, meta } = pageOf(query, found);
    return ok(
      'Chargebacks fetched',
      rows.map((one) => show(key, one)),
      { meta },
    );
  });

  app.put<{ Params: { id: string } }>('/chargebacks/:id', (request) => {
    const key = merchantOf(request);
    const body = bodyOf(request);
    const action = required(body, 'action');
    if (action !== 'accept' && action !== 'decline') throw invalid('action is accept or decline');
    const status = action === 'accept' ? 'accepted' : 'declined';
    const decided = chargebacks.decide(key, request.params.id, status, required(body, 'comment'));
    return ok('Chargeback updated', show(key, decided));
  });
}

/** It names no currency: it is the charge's. */
function render({ id, status, comment, createdMs }: Chargeback, of: Transaction): object {
  return {
    id,
    amount: majorOf(of.minor, of.currency),
    flw_ref: of.flwRef,
    status,
    stage: 'new',
    comment,
    meta: { uploaded_proof: null, history: [] },
    due_date: iso(createdMs + DUE_MS),
    settlement_id: 'N/A',
    created_at: iso(createdMs),
    transaction_id: of.id,
    tx_ref: of.txRef,
  };
}
