// The two shapes that a transaction is answered in (connxt.md 7.4 to 7.6): what the script returned, when the payer has
// to go somewhere or it failed; else the transaction itself. Never the payload, a credential or a callback token.
import type { Environment } from '../../../flows/context.ts';
import { type Execution, executionOf, navigates } from '../../../flows/transaction/execution.ts';
import type { Transaction } from '../../../flows/transaction/find-transaction.ts';
import { money, toDecimalText } from '../../../kernel/money.ts';
import { localTimeOf } from '../envelope.ts';

export interface ViewParts {
  readonly brandId: string;
  readonly environment: Environment;
  readonly exposeMeta: boolean;
  /** The id of a built-in action by its name. */
  readonly actionIdOf: (name: string) => string;
  readonly targetIdOf: (provider: string) => string | null;
}

/** What POST /transactions answers. */
export function createdView(parts: ViewParts, transaction: Transaction) {
  const execution = executionOf(transaction, parts.exposeMeta);
  if (!isScriptShape(transaction, execution)) return transactionView(parts, transaction);
  const { id, facts, history } = transaction;
  const unknown = isUnknown(transaction);
  return {
    ...execution,
    txnId: id,
    status: history.status,
    merchantOrderId: facts?.merchantOrderId ?? transaction.record.payment.reference,
    ...(unknown ? { outcomeUnknown: true } : {}),
  };
}

/** Shape B. */
export function transactionView(
  parts: ViewParts,
  transaction: Transaction,
  { withData = true }: { readonly withData?: boolean } = {},
) {
  const { id, facts, history, record, operation, action } = transaction;
  const { payment } = record;
  const subject = operation ?? payment;
  const amount = money(subject.amountMinor, subject.currency);
  const conflict = payment.conflict;
  return {
    txnId: id,
    status: history.status,
    pspTxnId: (operation ?? payment).pspReference,
    brandId: parts.brandId,
    environmentId: parts.environment.id,
    pspId: operation?.connectionId ?? payment.connectionId,
    flowActionId: facts?.flowActionId ?? parts.actionIdOf(action),
    flowTargetId: facts?.flowTargetId ?? parts.targetIdOf(payment.provider ?? ''),
    flowDefinitionId: facts?.flowDefinitionId ?? null,
    transactionType: facts?.transactionType ?? null,
    txnCurrency: facts?.txnCurrency ?? subject.currency,
    txnAmount: Number(facts?.txnAmount ?? toDecimalText(amount)),
    txnFee: facts?.txnFee ? Number(facts.txnFee) : null,
    externalRequestId: facts?.externalRequestId ?? null,
    requestId: facts?.requestId ?? null,
    parentTxnId: facts?.parentTxnId ?? null,
    merchantOrderId: facts?.merchantOrderId ?? payment.reference ?? payment.id,
    amountMismatch: facts?.amountMismatch ?? false,
    conflict,
    ...(isUnknown(transaction) ? { outcomeUnknown: true } : {}),
    ...(withData
      ? {
          customData: {
            // Nothing has run for what waits for a person.
            vmExecutionResponse:
              operation || record.attempts.length > 0
                ? executionOf(transaction, parts.exposeMeta)
                : null,
          },
        }
      : {}),
    version: history.steps.length,
    createdAt: localTimeOf(subject.createdAt),
    updatedAt: localTimeOf(subject.updatedAt),
    createdBy: parts.environment.id,
    updatedBy: parts.environment.id,
  };
}

/** Shape B with the way it came. */
export function readView(parts: ViewParts, transaction: Transaction) {
  const statusHistory = transaction.history.steps.map((step) => ({
    ...step,
    at: localTimeOf(step.at),
  }));
  return { ...transactionView(parts, transaction), statusHistory };
}

/** Shape A: the payer has to go somewhere, or it did not work. */
function isScriptShape(
  { history, initiate, record, operation }: Transaction,
  execution: Execution,
) {
  if (history.status === 'PENDING_FOR_APPROVAL') return false;
  if (!execution.success) return true;
  if (initiate?.result) return navigates(initiate.result);
  return operation === null && record.attempts.at(-1)?.action?.type === 'redirect';
}

function isUnknown({ record, operation }: Transaction): boolean {
  return (operation ?? record.attempts.at(-1))?.status === 'unknown';
}
