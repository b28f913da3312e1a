// Monnify's webhooks: HMAC-SHA512 of the raw body with the secret key in live mode, no signature at all in the sandbox
// (psp/monnify.md section 4).
import { createHmac } from 'node:crypto';
import type { PspOperation } from '../faults.ts';
import type { Parts } from '../simulator.ts';
import { numberOf, textOfMinor } from './amounts.ts';
import type { Transaction } from './ledger.ts';
import { type Gate, lagosTime } from './wire.ts';

export interface About {
  readonly operation: PspOperation;
  readonly reference: string;
  readonly minor: number;
  readonly simulate: string | null;
}

export type Emit = (key: string, eventType: string, eventData: object, about: About) => void;

export function createEmit({ webhooks }: Parts, gate: Gate): Emit {
  return (key, eventType, eventData, { operation, reference, minor, simulate }) =>
    webhooks.send({
      key,
      event: eventType,
      body: JSON.stringify({ eventType, eventData }),
      sign: (body) =>
        key.startsWith('MK_TEST_')
          ? {}
          : { 'monnify-signature': signatureOfBody(body, gate.secretOf(key)) },
      accepted: (status) => status === 200,
      operation,
      reference,
      amount: String(minor),
      simulate,
    });
}

export function signatureOfBody(body: string, secretKey: string): string {
  return createHmac('sha512', secretKey).update(body).digest('hex');
}

/** Amounts are numbers here, and the settlement's a text; the payer's account is a list. */
export function paidEvent(transaction: Transaction): object {
  const { reference, paymentReference, minor, paidMinor, status, method, metaData } = transaction;
  return {
    product: { reference: paymentReference, type: 'API_NOTIFICATION' },
    transactionReference: reference,
    paymentReference,
    paidOn: lagosTime(transaction.paidMs ?? transaction.createdMs),
    paymentDescription: transaction.description,
    metaData,
    paymentSourceInformation:
      method === 'ACCOUNT_TRANSFER'
        ? [{ bankCode: '', amountPaid: numberOf(paidMinor), accountName: 'Ada Obi' }]
        : {},
    destinationAccountInformation: {},
    amountPaid: numberOf(paidMinor),
    totalPayable: numberOf(minor),
    cardDetails: {},
    paymentMethod: method,
    currency: 'NGN',
    settlementAmount: textOfMinor(paidMinor),
    paymentStatus: status,
    customer: transaction.customer,
  };
}

export function rejectedEvent(transaction: Transaction, paidMinor: number): object {
  const { reference, paymentReference, minor, createdMs } = transaction;
  return {
    product: { reference: paymentReference, type: 'API_NOTIFICATION' },
    amount: numberOf(minor),
    paymentSourceInformation: { bankCode: '50515', amountPaid: numberOf(paidMinor) },
    transactionReference: reference,
    created_on: lagosTime(createdMs),
    paymentReference,
    paymentRejectionInformation: {
      bankCode: '035',
      destinationAccountNumber: transaction.number ?? '',
      bankName: 'Wema bank',
      rejectionReason: paidMinor < minor ? 'UNDER_PAYMENT' : 'OVER_PAYMENT',
      expectedAmount: numberOf(minor),
    },
    paymentDescription: transaction.description,
    customer: transaction.customer,
  };
}
