// What Stripe itself has made: PaymentIntents, refunds, payouts, transfers and disputes by the time of their creation,
// newest first (psp/stripe.md sections 2 and 2.6). The end of the window is fixed, so that pages do not move. Reads only.
import type { HistoryKind } from '../../domain/ledger/history.ts';
import type { LedgerStatus } from '../../domain/ledger/words.ts';
import type { Call, HistoryPage, HistoryQuery, MovementItem, Told } from '../contract.ts';
import { accountBalances, accounts } from './account.ts';
import { fromStripeAmount } from './amount.ts';
import { disputeStatusOf } from './dispute.ts';
import { asObject, idAt, type Json, listAt, objectAt, plainAt, textAt } from './json.ts';
import { createdMs, listPage, type ReadRow } from './listed.ts';
import { referenceIn } from './metadata.ts';

interface List {
  readonly path: string;
  readonly read: ReadRow;
}

const LISTS: Readonly<Record<Exclude<HistoryKind, 'accounts' | 'balances' | 'payouts'>, List>> = {
  payments: { path: 'payment_intents', read: intentItem },
  refunds: { path: 'refunds', read: refundItem },
  disputes: { path: 'disputes', read: disputeItem },
};

export function history(query: HistoryQuery, call: Call): Promise<Told<HistoryPage>> {
  if (query.kind === 'accounts') return accounts(query, call);
  if (query.kind === 'balances') return accountBalances(call);
  if (query.kind === 'payouts') return moneyOut(query, call);
  const { path, read } = LISTS[query.kind];
  return listPage(call, path, query, query.cursor, read);
}

/** The cursor of the first page of transfers, which follow the last payout. */
const TRANSFERS = 'transfers';

async function moneyOut(query: HistoryQuery, call: Call): Promise<Told<HistoryPage>> {
  const { cursor } = query;
  if (cursor === TRANSFERS || cursor?.startsWith('tr_')) {
    const after = cursor === TRANSFERS ? null : cursor;
    const answer = await listPage(call, 'transfers', query, after, transferItems);
    // A key that may not see transfers belongs to no platform.
    return answer.kind === 'refused' ? { kind: 'told', value: NOTHING } : answer;
  }
  const answer = await listPage(call, 'payouts', query, cursor, payoutItem);
  if (answer.kind !== 'told') return answer;
  return { kind: 'told', value: { ...answer.value, next: answer.value.next ?? TRANSFERS } };
}

const NOTHING: HistoryPage = { items: [], unreadable: [], next: null };

type Read = MovementItem | 'unreadable';

function itemOf(row: Json, amount: unknown, status: LedgerStatus | undefined): Read {
  const money = fromStripeAmount(amount, row.currency);
  const createdAtMs = createdMs(row);
  if (status === undefined || money === null || createdAtMs === null) return 'unreadable';
  const given = referenceIn(row);
  const givenReference = given === null ? null : plainAt({ given }, 'given');
  const facts = { is: 'movement', type: 'pay_in', parent: null } as const;
  const reference = idAt({ row }, 'row')!;
  return { ...facts, reference, givenReference, createdAtMs, status, amount: money };
}

function intentItem(row: Json): Read {
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

const REFUND_STATUSES: Readonly<Record<string, LedgerStatus>> = {
  succeeded: 'REFUNDED',
  pending: 'PENDING',
  requires_action: 'PENDING',
  failed: 'REFUND_REVERSED',
  canceled: 'REFUND_REVERSED',
};

/** Null: the release of an authorisation, which Stripe lists as a refund although no money had moved. */
function refundItem(row: Json): Read | null {
  const status = statusIn(REFUND_STATUSES, row);
  if (status === 'REFUNDED' && row.balance_transaction === null) return null;
  const item = itemOf(row, row.amount, status);
  return item === 'unreadable' ? item : { ...item, parent: paymentOf(row) };
}

function disputeItem(row: Json): Read {
  const item = itemOf(row, row.amount, disputeStatusOf(row) ?? undefined);
  return item === 'unreadable' ? item : { ...item, parent: paymentOf(row) };
}

function paymentOf(row: Json) {
  return { reference: idAt(row, 'payment_intent') ?? idAt(row, 'charge'), givenReference: null };
}

const PAYOUT_STATUSES: Readonly<Record<string, LedgerStatus>> = {
  pending: 'PENDING',
  in_transit: 'PENDING',
  paid: 'SUCCEEDED',
  failed: 'FAILED',
  canceled: 'CANCELLED',
};

/** To the merchant's own bank account; most are made by Stripe itself. */
function payoutItem(row: Json): Read {
  const item = itemOf(row, row.amount, statusIn(PAYOUT_STATUSES, row));
  if (item === 'unreadable') return item;
  return { ...item, type: 'payout', destinationAccount: idAt(row, 'destination') };
}

/** To a connected account, with what was called back of it: Stripe shows the last ten reversals. */
function transferItems(row: Json): readonly MovementItem[] | 'unreadable' {
  const made = itemOf(row, row.amount, 'SUCCEEDED');
  const list = objectAt(row, 'reversals');
  if (made === 'unreadable' || list?.has_more !== false) return 'unreadable';
  const facts = { type: 'transfer', destinationAccount: idAt(row, 'destination') } as const;
  const parent = { reference: made.reference, givenReference: made.givenReference };
  const reversals = (listAt(list, 'data') ?? [null]).map((one) => {
    const back = asObject(one);
    const known = back !== null && idAt({ back }, 'back') !== null;
    const item = known ? itemOf(back, back.amount, 'REFUNDED') : 'unreadable';
    return item === 'unreadable' ? item : { ...item, ...facts, parent };
  });
  if (reversals.includes('unreadable')) return 'unreadable';
  return [...reversals.filter((one) => one !== 'unreadable'), { ...made, ...facts }];
}

function statusIn(statuses: Readonly<Record<string, LedgerStatus>>, row: Json) {
  const status = textAt(row, 'status') ?? '';
  return Object.hasOwn(statuses, status) ? statuses[status] : undefined;
}
