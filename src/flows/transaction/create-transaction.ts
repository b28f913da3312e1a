// Makes a transaction of what was checked: a deposit is a payment with one attempt at a chosen connection, a withdrawal
// a payout there, a refund a refund. Their flows keep every promise; nothing here calls a PSP.
import type { Operation, PaymentRecord } from '../../domain/payment/payment.ts';
import type { TransactionFacts } from '../../domain/transaction/transaction.ts';
import { randomBase62 } from '../../kernel/base62.ts';
import { isCountry } from '../../kernel/country.ts';
import { money, toDecimalText } from '../../kernel/money.ts';
import { Problem } from '../../kernel/problem.ts';
import type { KeyClaim } from '../../store/payments.ts';
import { createPayment, type NewPayment } from '../charge/index.ts';
import type { Context, Environment } from '../context.ts';
import { refundPayment } from '../operation/refund-payment.ts';
import { createPayout } from '../payout/index.ts';
import { unknownId, validationFailed } from '../psp/refusals.ts';
import { type CallbackKey, callbackUrl } from './callback-urls.ts';
import { describeTransaction, getTransaction, type Transaction } from './find-transaction.ts';
import { amountOf, type ReadTransaction } from './read-transaction.ts';
import { pinned } from './script-facts.ts';

/** Without news for this long a deposit is ABANDONED, unless its connector knows better (connxt.md 11.4). */
const ABANDONED_AFTER_S = 86_400;

export async function createTransaction(
  context: Context,
  environment: Environment,
  callback: CallbackKey,
  read: ReadTransaction,
  claim: Omit<KeyClaim, 'resourceId' | 'createdAt'> | null,
): Promise<Transaction> {
  const id = `ortx${randomBase62(context.ports.random, 12)}`;
  const facts = factsOf(id, read);
  try {
    switch (read.action) {
      case 'DEPOSIT': {
        const asked = depositOf(context, callback, read, facts);
        return await describe(await createPayment(context, environment, asked, { claim }));
      }
      case 'WITHDRAW': {
        const asked = withdrawalOf(environment, read, facts);
        return await describe(await createPayout(context, environment, asked, { claim }));
      }
      case 'REFUND': {
        const { record, operation } = await refund(context, environment, read, facts, claim);
        return await describe(record, operation);
      }
    }
  } catch (error) {
    throw error instanceof Problem ? translated(error) : error;
  }
  function describe(record: PaymentRecord, operation: Operation | null = null) {
    return describeTransaction(context, environment, record, operation?.id ?? null);
  }
}

function factsOf(id: string, { asked, definition, order, amountMismatch }: ReadTransaction) {
  const { txnAmount, txnCurrency, txnFee, executePayload } = asked;
  const minor = amountOf(txnAmount, txnCurrency, 'txnAmount');
  const facts: TransactionFacts = {
    id,
    flowActionId: asked.flowActionId,
    flowTargetId: asked.flowTargetId,
    flowDefinitionId: definition.id,
    transactionType: asked.transactionType,
    txnAmount: toDecimalText(money(minor, txnCurrency)),
    txnCurrency,
    txnFee: txnFee === null ? null : String(txnFee),
    externalRequestId: asked.externalRequestId,
    requestId: asked.requestId,
    parentTxnId: asked.parentTxnId,
    merchantOrderId: order.id,
    amountMismatch,
    payload: executePayload,
  };
  return facts;
}

function depositOf(
  context: Context,
  callback: CallbackKey,
  { psp, definition, order, customer }: ReadTransaction,
  transaction: TransactionFacts,
): NewPayment {
  const { country, ...person } = customer;
  const { origin, successRedirectUrl, failureRedirectUrl } = callback.settings;
  const hasPage = origin ?? successRedirectUrl ?? failureRedirectUrl;
  // The pages of built-in connectors lead back through our own, which then finds the merchant's.
  const returnUrl =
    hasPage === null ? null : callbackUrl(context.publicUrl, callback, 'redirect', transaction.id);
  const seconds = definition.version?.settings.capabilities.abandonAfterSec ?? ABANDONED_AFTER_S;
  return {
    amountMinor: order.amountMinor,
    currency: order.currency,
    method: null,
    country: country !== null && isCountry(country) ? country : null,
    customer: person,
    reference: order.id,
    description: `Order ${order.id}`,
    metadata: {},
    captureMethod: 'automatic',
    request: {
      instrument: null,
      presentation: 'page',
      returnUrl,
      cancelUrl: returnUrl,
      saveInstrument: false,
      allowedProviders: [],
      prefer: [],
      forcedConnectionId: psp.id,
      transaction,
    },
    source: 'connxt',
    lifetimeMs: seconds * 1_000,
  };
}

type Loose = Readonly<Record<string, unknown>>;

function withdrawalOf(
  environment: Environment,
  { asked, psp, order, customer }: ReadTransaction,
  transaction: TransactionFacts,
) {
  const { country, ...person } = customer;
  const attributes = (asked.executePayload.body.customAttributes ?? {}) as Loose;
  return {
    type: 'payout' as const,
    connectionId: psp.id,
    amountMinor: order.amountMinor,
    currency: order.currency,
    beneficiary: beneficiaryOf(attributes, person.name),
    beneficiaryId: null,
    sourceAccount: null,
    destinationAccount: null,
    reference: null,
    asset: null,
    narration: `Order ${order.id}`,
    metadata: {},
    scheduledAtMs: null,
    needsApproval: false,
    createdBy: environment.id,
    source: 'connxt',
    customer: person,
    country: country !== null && isCountry(country) ? country : null,
    transaction,
  };
}

/** For built-in connectors, which pay to accounts; scripts read the payload. */
function beneficiaryOf(attributes: Loose, name: string | null) {
  const { accountNumber, accountName, bankCode, beneficiaryType } = attributes;
  if (typeof accountNumber !== 'string' || typeof bankCode !== 'string') return null;
  return {
    type: beneficiaryType === 'mobile_money' ? ('mobile_money' as const) : ('bank' as const),
    name: typeof accountName === 'string' ? accountName : (name ?? ''),
    accountNumber,
    bankCode,
  };
}

/** The one rule of its own: it names the deposit that it gives back (connxt.md 7.8). The sums are the core's. */
async function refund(
  context: Context,
  environment: Environment,
  { asked, psp, order }: ReadTransaction,
  facts: TransactionFacts,
  claim: Omit<KeyClaim, 'resourceId' | 'createdAt'> | null,
): Promise<{ record: PaymentRecord; operation: Operation }> {
  const field = 'parentTxnId';
  const { parentTxnId } = asked;
  if (parentTxnId === null)
    throw validationFailed({
      field,
      message: 'Parent transaction ID is required',
      code: 'required',
    });
  const parent = await getTransaction(context, environment, parentTxnId).catch((error) => {
    throw error instanceof Problem ? unknownId(field, 'Parent transaction') : error;
  });
  const { payment } = parent.record;
  const wrong = (message: string, at = field) =>
    validationFailed({ field: at, message, code: 'mismatch' });
  if (parent.action !== 'DEPOSIT') throw wrong('Parent transaction is not a deposit');
  if (payment.connectionId !== psp.id) throw wrong('Parent transaction is of another PSP');
  if (parent.history.status !== 'SUCCESS')
    throw wrong('Parent transaction is not in state SUCCESS');
  if (payment.currency !== order.currency)
    throw wrong('must be the currency of the deposit', 'executePayload.body.order.money.currency');
  return refundPayment(
    context,
    environment,
    payment.id,
    {
      amountMinor: order.amountMinor,
      reason: `Order ${order.id}`,
      pspState: { [pinned.txnId]: facts.id, [pinned.facts]: JSON.stringify(facts) },
    },
    { claim: claim ? { ...claim, resourceId: '', createdAt: context.ports.clock.nowMs() } : null },
  );
}

/** The core's refusals in the words of this API: what cannot be routed or refunded is a wrong request. */
function translated(problem: Problem): Problem {
  switch (problem.code) {
    case 'no_available_connection': {
      const considered = (problem.details.considered ?? []) as readonly { reason: string }[];
      const message = `The PSP cannot take it: ${considered.find(({ reason }) => reason !== 'not_the_forced_connection')?.reason ?? 'not available'}`;
      return validationFailed({ field: 'pspId', message, code: 'not_available' });
    }
    // The core counts in minor units, a client of this API does not.
    case 'refund_exceeds_payment':
      return validationFailed({
        field: 'executePayload.body.order.money.amount',
        message: 'must not be more than is left of the deposit',
        code: problem.code,
      });
    case 'already_refunded':
    case 'payment_not_refundable':
    case 'refund_not_supported':
      return validationFailed({
        field: 'executePayload.body.order.money.amount',
        message: problem.message,
        code: problem.code,
      });
    default:
      return problem;
  }
}
