// What Paystack itself has made: transactions, refunds, transfers and disputes between two times, newest first
// (psp/paystack.md section 2.8). The end of the window is fixed, so that page numbers do not move. Reads only.
import type { HistoryKind } from '../../domain/ledger/history.ts';
import type { LedgerStatus } from '../../domain/ledger/words.ts';
import type { Call, HistoryPage, HistoryQuery, MovementItem, Told } from '../contract.ts';
import { idOf, type Json, objectOf, textOf } from '../json.ts';
import { accountBalances, accounts } from './accounts.ts';
import { fromSubunits } from './amount.ts';
import { disputeStatusOf } from './dispute.ts';
import { listPage, plain, type ReadRow, timeOf } from './listed.ts';
import { referenceInNote } from './refund.ts';

interface List {
  readonly path: string;
  readonly read: ReadRow;
}

const LISTS: Readonly<Record<Exclude<HistoryKind, 'accounts' | 'balances'>, List>> = {
  payments: { path: '/transaction', read: transactionItem },
  refunds: { path: '/refund', read: refundItem },
  payouts: { path: '/transfer', read: transferItem },
  disputes: { path: '/dispute', read: disputeItem },
};

export function history(query: HistoryQuery, call: Call): Promise<Told<HistoryPage>> {
  if (query.kind === 'accounts') return accounts(query, call);
  if (query.kind === 'balances') return accountBalances(call);
  const { path, read } = LISTS[query.kind];
  return listPage(call, path, query, Number(query.cursor ?? 1), read);
}

function itemOf(
  row: Json,
  amount: unknown,
  status: LedgerStatus | null,
  given: string | null,
): MovementItem | null {
  const currency = textOf(row.currency) ?? '';
  const amountMinor = fromSubunits(amount, currency);
  const createdAtMs = timeOf(row);
  if (status === null || createdAtMs === null || amountMinor === null) return null;
  const facts = { is: 'movement', type: 'pay_in', parent: null } as const;
  const names = { reference: idOf(row.id)!, givenReference: plain(given) };
  return { ...facts, ...names, createdAtMs, status, amount: { amountMinor, currency } };
}

/** `reversed` was taken first; its refunds say how much was given back. */
const STATUSES: Readonly<Record<string, LedgerStatus>> = {
  success: 'SUCCEEDED',
  reversed: 'SUCCEEDED',
  failed: 'FAILED',
  timeout: 'FAILED',
  abandoned: 'PENDING',
  ongoing: 'PENDING',
  pending: 'PENDING',
  processing: 'PENDING',
  queued: 'PENDING',
};

function transactionItem(row: Json): MovementItem | null {
  return itemOf(row, row.amount, statusIn(STATUSES, row), textOf(row.reference));
}

const REFUND_STATUSES: Readonly<Record<string, LedgerStatus>> = {
  processed: 'REFUNDED',
  failed: 'REFUND_REVERSED',
  pending: 'PENDING',
  processing: 'PENDING',
  'needs-attention': 'PENDING',
};

function refundItem(row: Json): MovementItem | null {
  const item = itemOf(row, row.amount, statusIn(REFUND_STATUSES, row), referenceInNote(row));
  return item && { ...item, parent: transactionOf(row) };
}

/** Contested is what the merchant is asked to give back. */
function disputeItem(row: Json): MovementItem | null {
  const amount = row.refund_amount ?? objectOf(row.transaction).amount;
  const item = itemOf(row, amount, disputeStatusOf(row), null);
  return item && { ...item, parent: transactionOf(row) };
}

function transactionOf(row: Json): MovementItem['parent'] {
  const transaction = objectOf(row.transaction);
  return {
    reference: plain(idOf(row.transaction) ?? idOf(transaction.id)),
    givenReference: plain(textOf(row.transaction_reference) ?? textOf(transaction.reference)),
  };
}

/** Conclusive are success, failed, reversed, abandoned, blocked and rejected (section 3). */
const TRANSFER_STATUSES: Readonly<Record<string, LedgerStatus>> = {
  success: 'SUCCEEDED',
  pending: 'PENDING',
  received: 'PENDING',
  processing: 'PENDING',
  queued: 'PENDING',
  otp: 'PENDING',
  failed: 'FAILED',
  reversed: 'FAILED',
  abandoned: 'FAILED',
  blocked: 'FAILED',
  rejected: 'FAILED',
};

/** Under its code, which all that we pay out is named by. */
function transferItem(row: Json): MovementItem | null {
  const reference = plain(textOf(row.transfer_code));
  const item = itemOf(row, row.amount, statusIn(TRANSFER_STATUSES, row), textOf(row.reference));
  if (item === null || reference === null) return null;
  const recipient = textOf(objectOf(row.recipient).recipient_code);
  return { ...item, type: 'payout', reference, destinationAccount: plain(recipient) };
}

function statusIn(statuses: Readonly<Record<string, LedgerStatus>>, { status }: Json) {
  return typeof status === 'string' && Object.hasOwn(statuses, status) ? statuses[status]! : null;
}
