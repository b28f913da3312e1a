// What a script is told of a payment or refund at every step, pinned when it begins: which version runs, and what the
// merchant sent. A payment of another API is told in the words that scripts know.
import { connectorOf } from '../../connectors/registry.ts';
import type { Json, ScriptAction } from '../../connectors/script/contract.ts';
import type { ScriptFacts } from '../../connectors/script/face.ts';
import type { Attempt, Operation, Payment } from '../../domain/payment/payment.ts';
import { transactionIdOf } from '../../domain/transaction/transaction.ts';
import { money, toDecimalText } from '../../kernel/money.ts';

/** With the input of a new attempt at a connector that is a script; nothing for any other. */
export function scriptPart(
  payment: Payment,
  provider: string,
  nowMs: number,
): { readonly script?: ScriptFacts } {
  const action = payment.type === 'pay_in' ? 'DEPOSIT' : 'WITHDRAW';
  const version = connectorOf(provider)?.script?.pin(action);
  if (!version) return {};
  const { transaction } = payment.request;
  const { definitionId, number } = version;
  const merchantOrderId = transaction?.merchantOrderId ?? payment.reference ?? payment.id;
  return {
    script: {
      txnId: transaction?.id ?? transactionIdOf(payment.id),
      action,
      definitionId,
      number,
      merchantOrderId,
      payload: (transaction?.payload ?? payloadOf(payment, merchantOrderId)) as Json,
      createdAtMs: nowMs,
    },
  };
}

/** Nothing of an attempt that was only recorded: it has no input. */
export function scriptOf({ input }: Attempt): { readonly script?: ScriptFacts } {
  if (input === '') return {};
  const { script } = JSON.parse(input) as { readonly script?: ScriptFacts };
  return script === undefined ? {} : { script };
}

/** The names under which a refund keeps what is pinned to it; its `pspState` holds texts only. */
export const pinned = {
  txnId: 'sy_txn',
  facts: 'sy_facts',
  definitionId: 'sy_definition',
  number: 'sy_version',
} as const;

/** Written with a new refund at a connector that is a script. */
export function pinnedToRefund(kind: Operation['kind'], provider: string): Record<string, string> {
  const version = kind === 'refund' ? connectorOf(provider)?.script?.pin('REFUND') : null;
  if (!version) return {};
  return {
    [pinned.definitionId]: version.definitionId,
    [pinned.number]: String(version.number),
  };
}

export function scriptOfRefund(
  payment: Payment,
  operation: Operation,
): { readonly script?: ScriptFacts } {
  const { pspState, id, createdAt, amountMinor, currency } = operation;
  const definitionId = pspState[pinned.definitionId];
  if (definitionId === undefined) return {};
  const asked = refundFactsOf(operation);
  const merchantOrderId = asked?.merchantOrderId ?? id;
  const action: ScriptAction = 'REFUND';
  return {
    script: {
      txnId: pspState[pinned.txnId] ?? transactionIdOf(id),
      action,
      definitionId,
      number: Number(pspState[pinned.number]),
      merchantOrderId,
      payload: (asked?.payload ??
        payloadOf({ ...payment, amountMinor, currency }, merchantOrderId)) as Json,
      createdAtMs: createdAt,
    },
  };
}

export interface RefundFacts {
  readonly merchantOrderId: string;
  readonly payload: unknown;
}

function refundFactsOf({ pspState }: Operation): RefundFacts | null {
  const text = pspState[pinned.facts];
  return text === undefined ? null : (JSON.parse(text) as RefundFacts);
}

/** An executePayload for a payment that has none. */
function payloadOf(payment: Payment, orderId: string): unknown {
  const { customer, metadata, amountMinor, currency, createdAt } = payment;
  const [firstName, ...names] = (customer.name ?? '').split(' ').filter((one) => one !== '');
  const known = Object.entries({
    id: customer.id,
    email: customer.email,
    firstName: firstName ?? null,
    lastName: names.length === 0 ? null : names.join(' '),
    phone: customer.phone === null ? null : { phoneNumber: customer.phone, countryCode: '' },
    address: payment.country === null ? null : { country: payment.country },
  }).filter(([, value]) => value !== null);
  const amount = Number(toDecimalText(money(amountMinor, currency)));
  return {
    body: {
      order: { id: orderId, money: { amount, currency }, timestamp: String(createdAt) },
      customer: Object.fromEntries(known),
      language: 'en',
      customAttributes: {
        ...(customer.email === null ? {} : { customerEmail: customer.email }),
        ...metadata,
      },
    },
  };
}
