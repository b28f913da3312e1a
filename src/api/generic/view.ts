// The generic connector API's words (api/formance.md section 10): amounts are texts of minor units, `sourceAccountID` in
// transactions and `sourceAccountId` in payouts.
import { accountId } from '../../domain/ledger/account-name.ts';
import { assetOfUnit } from '../../domain/ledger/asset.ts';
import { connectorRef } from '../../domain/ledger/ids.ts';
import type { Payment, PaymentType } from '../../domain/payment/payment.ts';
import type { PaymentStatus } from '../../domain/payment/status.ts';
import type { Configuration } from '../../flows/configuration.ts';
import type { Account, Balance } from '../../store/accounts.ts';
import type { FedTransaction } from '../../store/transaction-feed.ts';
import type { PayoutAsked } from './read.ts';

const TYPES: Readonly<Record<PaymentType, string>> = {
  pay_in: 'PAYIN',
  payout: 'PAYOUT',
  transfer: 'TRANSFER',
  other: 'OTHER',
  unknown: 'OTHER',
};

/** What was given back stands in rows of its own, so the payment stays SUCCEEDED. */
const STATUSES: Readonly<Record<PaymentStatus, string>> = {
  awaiting_approval: 'PENDING',
  pending: 'PENDING',
  requires_action: 'PENDING',
  authorized: 'AUTHORISATION',
  partially_captured: 'SUCCEEDED',
  succeeded: 'SUCCEEDED',
  partially_refunded: 'SUCCEEDED',
  refunded: 'SUCCEEDED',
  disputed: 'DISPUTE',
  failed: 'FAILED',
  canceled: 'CANCELLED',
  abandoned: 'CANCELLED',
  expired: 'EXPIRED',
};

export function accountView(configuration: Configuration, account: Account) {
  return {
    id: idOf(configuration, account.connectionId, null, account.reference),
    accountName: account.name,
    createdAt: timeOf(account.createdAt),
    metadata: texts(account.metadata),
  };
}

export function beneficiaryView(configuration: Configuration, account: Account) {
  const { accountName: ownerName, ...rest } = accountView(configuration, account);
  return { ...rest, ownerName };
}

export function balancesView(account: string, balances: readonly Balance[], nowMs: number) {
  const latest = balances.map(({ lastUpdatedAt }) => lastUpdatedAt);
  return {
    id: account,
    accountID: account,
    at: timeOf(latest.length > 0 ? Math.max(...latest) : nowMs),
    balances: balances.map(({ balance, unit }) => ({
      amount: balance.toString(),
      currency: assetOfUnit(unit),
    })),
  };
}

export function transactionView(configuration: Configuration, row: FedTransaction) {
  const { connectionId, provider, sourceAccount, destinationAccount } = row;
  const account = (reference: string | null) =>
    connectionId !== null && reference
      ? idOf(configuration, connectionId, provider, reference)
      : null;
  const [source, destination] = [account(sourceAccount), account(destinationAccount)];
  return {
    id: row.id,
    ...(row.parentId === null ? {} : { relatedTransactionID: row.parentId }),
    createdAt: timeOf(row.createdAt),
    updatedAt: timeOf(row.updatedAt),
    currency: assetOfUnit(row.currency),
    type: TYPES[row.type],
    status: row.parentId === null ? STATUSES[row.status] : 'REFUNDED',
    amount: row.amountMinor.toString(),
    ...(source === null ? {} : { sourceAccountID: source }),
    ...(destination === null ? {} : { destinationAccountID: destination }),
    metadata: texts(row.metadata),
  };
}

/** The caller's own words for the accounts, which are the same as ours. */
export function payoutView(asked: PayoutAsked, payment: Payment) {
  return {
    id: payment.id,
    idempotencyKey: asked.idempotencyKey,
    amount: payment.amountMinor.toString(),
    currency: assetOfUnit(payment.currency),
    sourceAccountId: asked.sourceAccountId,
    destinationAccountId: asked.destinationAccountId,
    ...(payment.description === null ? {} : { description: payment.description }),
    status: STATUSES[payment.status],
    createdAt: timeOf(payment.createdAt),
    updatedAt: timeOf(payment.updatedAt),
    metadata: texts(payment.metadata),
  };
}

function idOf(
  configuration: Configuration,
  connectionId: string,
  provider: string | null,
  reference: string,
): string {
  const known = configuration.connection(connectionId)?.provider ?? provider ?? 'unknown';
  return accountId(reference, connectorRef({ id: connectionId, provider: known }));
}

function texts(metadata: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(metadata).map(([key, value]) => [
      key,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );
}

function timeOf(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
