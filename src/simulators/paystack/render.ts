// Transactions as Paystack shows them: verify (psp/paystack.md section 2.4) and charge.success (section 4).
import { rulesOf } from './currencies.ts';
import { signatureOf } from './instruments.ts';
import type { Ledger, Transaction } from './ledger.ts';
import { iso } from './wire.ts';

function authorizationOf(transaction: Transaction): object {
  const { authorizationCode, instrument, currency } = transaction;
  if (authorizationCode === null) return {};
  return {
    authorization_code: authorizationCode,
    ...instrument,
    country_code: rulesOf(currency).country,
    signature: signatureOf(instrument),
    account_name: null,
    ...(instrument.channel === 'bank_transfer'
      ? {
          sender_bank: 'TEST BANK',
          sender_bank_account_number: 'XXXXXX0000',
          sender_name: 'ADA OBI',
          narration: transaction.reference,
        }
      : {}),
  };
}

function customerOf(ledger: Ledger, key: string, email: string): object {
  return {
    ...ledger.customerOf(key, email),
    first_name: null,
    last_name: null,
    phone: null,
    metadata: null,
    risk_action: 'default',
  };
}

/** What verify, the list and the webhook have in common. */
function core(ledger: Ledger, key: string, transaction: Transaction): object {
  const { id, domain, status, reference, amount, currency, channel, fees } = transaction;
  return {
    id,
    domain,
    status,
    reference,
    amount,
    requested_amount: transaction.requestedAmount,
    currency,
    message: transaction.message,
    gateway_response: transaction.gatewayResponse,
    paid_at: iso(transaction.paidMs),
    created_at: iso(transaction.createdMs),
    channel,
    ip_address: transaction.ipAddress,
    log: null,
    fees,
    authorization: authorizationOf(transaction),
    customer: customerOf(ledger, key, transaction.email),
  };
}

/** `status` as verify says it: a transaction in steps is `ongoing`; `GET /charge` names the step. */
export function renderTransaction(ledger: Ledger, key: string, transaction: Transaction): object {
  return {
    ...core(ledger, key, transaction),
    receipt_number: null,
    metadata: transaction.metadata ?? '',
    fees_split: null,
    plan: null,
    split: {},
    order_id: null,
    paidAt: iso(transaction.paidMs),
    createdAt: iso(transaction.createdMs),
    transaction_date: iso(transaction.createdMs),
    plan_object: {},
    subaccount: {},
  };
}

/** Without metadata the webhook has a 0 where verify has an empty text. */
export function renderForWebhook(ledger: Ledger, key: string, transaction: Transaction): object {
  return { ...core(ledger, key, transaction), metadata: transaction.metadata ?? 0, plan: {} };
}
