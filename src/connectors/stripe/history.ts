// What Stripe itself has made: PaymentIntents and refunds by the time of their creation, newest first
// (psp/stripe.md section 2). The end of the window is fixed, so that pages do not move. Reads only.
import type { HistoryKind } from '../../domain/ledger/history.ts';
import type { LedgerStatus } from '../../domain/ledger/words.ts';
import type { Call, HistoryPage, HistoryQuery, MovementItem, Told } from '../contract.ts';
import { fromStripeAmount } from './amount.ts';
import { asObject, idAt, type Json, listAt, plainAt, textAt } from './json.ts';
import { referenceIn } from './metadata.ts';
import { readReply } from './reply.ts';
import { get } from './request.ts';

const PAGE_SIZE = 100;
const PATHS: Readonly<Partial<Record<HistoryKind, string>>> = {
  payments: 'payment_intents',
  refunds: 'refunds',
};

export async function history(
  { kind, fromMs, toMs, cursor }: HistoryQuery,
  call: Call,
): Promise<Told<HistoryPage>> {
  const created = { gte: Math.floor(fromMs / 1000), lte: Math.floor(toMs / 1000) };
  const query = { created, limit: PAGE_SIZE, starting_after: cursor ?? undefined };
  const reply = readReply(await call.send(get(call, PATHS[kind] ?? '', query)));
  if (reply.kind === 'lost') return { kind: 'unreachable', message: 'Stripe could not be reached' };
  if (reply.kind === 'refused')
    return { kind: 'refused', message: `Stripe refused the question with HTTP ${reply.status}` };
  const rows = listAt(reply.object, 'data')?.map(asObject) ?? [null];
  const ids = rows.map((row) => idAt({ row }, 'row'));
  const more = reply.object.has_more;
  if (ids.includes(null) || typeof more !== 'boolean')
    return { kind: 'unreachable', message: 'a page of the list cannot be read' };
  const read = rows.map((row) => (kind === 'payments' ? intentItem(row!) : refundItem(row!)));
  return {
    kind: 'told',
    value: {
      items: read.filter((one) => one !== null && one !== 'unreadable'),
      unreadable: ids.filter((id, at): id is string => id !== null && read[at] === 'unreadable'),
      next: more ? (ids.at(-1) ?? null) : null,
    },
  };
}

function itemOf(row: Json, amount: unknown, status: LedgerStatus) {
  const money = fromStripeAmount(amount, row.currency);
  const createdAtMs = typeof row.created === 'number' ? row.created * 1000 : Number.NaN;
  // Later than a date can be, or earlier than Stripe.
  if (money === null || !(createdAtMs >= 0 && createdAtMs < 1e14)) return 'unreadable';
  const given = referenceIn(row);
  const givenReference = given === null ? null : plainAt({ given }, 'given');
  const facts = { is: 'movement', type: 'pay_in' } as const;
  const reference = idAt({ row }, 'row')!;
  return { ...facts, reference, givenReference, createdAtMs, status, amount: money };
}

function intentItem(row: Json): MovementItem | 'unreadable' {
  const item = intentState(row);
  return item === 'unreadable' ? item : { ...item, parent: null };
}

function intentState(row: Json) {
  switch (textAt(row, 'status')) {
    case 'succeeded':
      return itemOf(row, row.amount_received, 'SUCCEEDED');
    case 'requires_capture':
      return itemOf(row, row.amount_capturable, 'AUTHORISATION');
    case 'canceled':
      return itemOf(row, row.amount, 'CANCELLED');
    case 'requires_payment_method':
    case 'requires_confirmation':
    case 'requires_action':
    case 'processing':
      return itemOf(row, row.amount, 'PENDING');
    default:
      return 'unreadable';
  }
}

const REFUND_STATES: Readonly<Record<string, LedgerStatus>> = {
  succeeded: 'REFUNDED',
  pending: 'PENDING',
  requires_action: 'PENDING',
  failed: 'REFUND_REVERSED',
  canceled: 'REFUND_REVERSED',
};

/** Null: the release of an authorisation, which Stripe lists as a refund although no money had moved. */
function refundItem(row: Json): MovementItem | 'unreadable' | null {
  const status = textAt(row, 'status') ?? '';
  const state = Object.hasOwn(REFUND_STATES, status) ? REFUND_STATES[status] : undefined;
  if (state === 'REFUNDED' && row.balance_transaction === null) return null;
  const item = state === undefined ? 'unreadable' : itemOf(row, row.amount, state);
  if (item === 'unreadable') return item;
  return {
    ...item,
    parent: { reference: idAt(row, 'payment_intent') ?? idAt(row, 'charge'), givenReference: null },
  };
}
