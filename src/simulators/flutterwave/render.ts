// Transactions as Flutterwave shows them: charges (psp/flutterwave.md section 2.2), verify (2.3) and the webhook (4).
import { feeOf, majorOf } from './currencies.ts';
import type { Transaction } from './ledger.ts';
import { ACCOUNT_ID, iso } from './wire.ts';

function customerOf({ id, payer, createdMs }: Transaction): object {
  const { name, email, phone } = payer;
  const createdAt = iso(createdMs);
  return { id: id + 1_000_000, name, phone_number: phone ?? 'N/A', email, created_at: createdAt };
}

/** What a charge answers, and all else has in common. */
export function renderCharge(transaction: Transaction): Record<string, unknown> {
  const { id, txRef, flwRef, minor, currency, status } = transaction;
  const amount = majorOf(minor, currency);
  return {
    id,
    tx_ref: txRef,
    flw_ref: flwRef,
    device_fingerprint: 'N/A',
    amount,
    charged_amount: amount,
    app_fee: majorOf(feeOf(minor), currency),
    merchant_fee: 0,
    processor_response: transaction.processorResponse,
    auth_model: transaction.authModel,
    currency,
    ip: '203.0.113.7',
    narration: 'Demo Shop',
    status,
    payment_type: transaction.paymentType,
    created_at: iso(transaction.createdMs),
    account_id: ACCOUNT_ID,
    customer: customerOf(transaction),
  };
}

function cardOf({ paymentType, token }: Transaction, withToken: boolean): object {
  if (paymentType !== 'card') return {};
  const card = {
    first_6digits: '553188',
    last_4digits: '2950',
    issuer: 'EXAMPLE BANK',
    country: 'NIGERIA NG',
    type: 'MASTERCARD',
    expiry: '09/32',
  };
  return { card: withToken && token !== null ? { ...card, token } : card };
}

export function renderVerified(transaction: Transaction): object {
  const { minor, currency, status, meta } = transaction;
  const settled = status === 'successful' ? minor - feeOf(minor) : 0;
  return {
    ...renderCharge(transaction),
    ...cardOf(transaction, true),
    meta,
    amount_settled: majorOf(settled, currency),
  };
}

const EVENT_TYPES: Readonly<Record<string, string>> = {
  card: 'CARD_TRANSACTION',
  bank_transfer: 'BANK_TRANSFER_TRANSACTION',
  account: 'ACCOUNT_TRANSACTION',
  ussd: 'USSD_TRANSACTION',
  mpesa: 'MPESA_TRANSACTION',
  mobilemoneygh: 'MOBILEMONEYGH_TRANSACTION',
};

function eventType({ paymentType }: Transaction): string {
  return EVENT_TYPES[paymentType] ?? `${paymentType.toUpperCase()}_TRANSACTION`;
}

/** The metadata travels beside the data. */
export function renderForWebhook(transaction: Transaction): object {
  return {
    event: 'charge.completed',
    data: { ...renderCharge(transaction), ...cardOf(transaction, false) },
    meta_data: transaction.meta,
    'event.type': eventType(transaction),
  };
}

/** The flat form that some accounts still get. */
export function renderLegacy(transaction: Transaction): object {
  const { id, txRef, flwRef, minor, currency, status, payer, createdMs } = transaction;
  const amount = majorOf(minor, currency);
  return {
    id,
    txRef,
    flwRef,
    orderRef: `URF_${id}`,
    paymentPlan: null,
    createdAt: iso(createdMs),
    amount,
    charged_amount: amount,
    status,
    IP: '203.0.113.7',
    currency,
    appfee: majorOf(feeOf(minor), currency),
    merchantfee: 0,
    customer: { id: id + 1_000_000, phone: 'N/A', fullName: payer.name, email: payer.email },
    entity: { card6: '553188', card_last4: '2950' },
    'event.type': eventType(transaction),
  };
}
