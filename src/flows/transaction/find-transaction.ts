// A transaction with everything that is told of it: its payment or refund, its states, and what its script said.
import type { ScriptVersion } from '../../connectors/script/version.ts';
import {
  type Adjustment,
  type Operation,
  operationOf,
  type PaymentRecord,
} from '../../domain/payment/payment.ts';
import {
  historyOfPayment,
  historyOfRefund,
  type TransactionHistory,
} from '../../domain/transaction/history.ts';
import { mapOf } from '../../domain/transaction/states.ts';
import {
  idOfTransaction,
  type TransactionAction,
  type TransactionFacts,
  transactionIdOf,
} from '../../domain/transaction/transaction.ts';
import { notFound } from '../../kernel/problem.ts';
import { listHistory } from '../../store/payment-lists.ts';
import { findOperationOwner, loadPayment } from '../../store/payments.ts';
import { findTransaction, type TransactionPlace } from '../../store/transactions.ts';
import type { Context, Environment } from '../context.ts';
import type { StoredReport } from '../script-host.ts';
import { pinned, scriptOf } from './script-facts.ts';

export interface Transaction {
  readonly id: string;
  readonly action: TransactionAction;
  readonly record: PaymentRecord;
  /** Of a refund. */
  readonly operation: Operation | null;
  /** Null: made through another API. */
  readonly facts: TransactionFacts | null;
  readonly history: TransactionHistory;
  /** Of the `initiate` that ran for it; null: a built-in connector, or none ran. */
  readonly initiate: StoredReport | null;
}

export async function findPlace(
  context: Context,
  environment: Environment,
  txnId: string,
): Promise<TransactionPlace | null> {
  const id = idOfTransaction(txnId);
  if (id === null) return findTransaction(context.db, environment.id, txnId);
  if (!id.startsWith('ref_')) return { paymentId: id, operationId: null };
  const paymentId = await findOperationOwner(context.db, environment.id, id);
  return paymentId === null ? null : { paymentId, operationId: id };
}

/** 404 for an unknown one and for another environment's. */
export async function getTransaction(
  context: Context,
  environment: Environment,
  txnId: string,
): Promise<Transaction> {
  const place = await findPlace(context, environment, txnId);
  const record = place && (await loadPayment(context.db, environment.id, place.paymentId));
  if (!place || !record || record.payment.type === 'transfer') throw notFound('Transaction');
  return describeTransaction(context, environment, record, place.operationId);
}

export async function transactionAt(
  context: Context,
  environment: Environment,
  { paymentId, operationId }: TransactionPlace,
): Promise<Transaction | null> {
  const record = await loadPayment(context.db, environment.id, paymentId);
  return record && describeTransaction(context, environment, record, operationId);
}

export async function describeTransaction(
  context: Context,
  environment: Environment,
  record: PaymentRecord,
  operationId: string | null,
): Promise<Transaction> {
  const lines = await listHistory(context.db, environment.id, record.payment.id);
  const operation = operationId === null ? null : operationOf(record, operationId);
  const version = await versionOf(context, record, operation);
  const map = mapOf(version?.settings.flowConfiguration ?? null);
  const facts = operation ? refundFacts(operation) : (record.payment.request.transaction ?? null);
  const { id, type } = record.payment;
  return {
    id: facts?.id ?? transactionIdOf(operation?.id ?? id),
    action: operation ? 'REFUND' : type === 'pay_in' ? 'DEPOSIT' : 'WITHDRAW',
    record,
    operation,
    facts,
    history: operation
      ? historyOfRefund(operation, lines, map)
      : historyOfPayment(record, lines, map),
    initiate: initiateOf(lines, operation),
  };
}

function refundFacts({ pspState }: Operation): TransactionFacts | null {
  const text = pspState[pinned.facts];
  return text === undefined ? null : (JSON.parse(text) as TransactionFacts);
}

function versionOf(
  { flows }: Context,
  { attempts }: PaymentRecord,
  operation: Operation | null,
): Promise<ScriptVersion | null> | null {
  if (operation) {
    const definitionId = operation.pspState[pinned.definitionId];
    if (definitionId === undefined) return null;
    return flows.version(definitionId, Number(operation.pspState[pinned.number]));
  }
  const last = attempts.at(-1);
  const script = last && scriptOf(last).script;
  return script ? flows.version(script.definitionId, script.number) : null;
}

function initiateOf(
  lines: readonly Adjustment[],
  operation: Operation | null,
): StoredReport | null {
  const own = lines.filter((line) => line.operationId === (operation?.id ?? null));
  for (const { evidence } of own.toReversed()) {
    const { script } = (evidence ?? {}) as { readonly script?: StoredReport };
    if (script?.step === 'initiate') return script;
  }
  return null;
}
