// For tests of this folder: a scripted Hubtel and inputs (psp/hubtel.md).
import type { AttemptRef, Call, ChargeInput, OperationInput, PayoutInput } from '../contract.ts';
import { plainCall } from '../testing.ts';
import type { PspRequest, Transmission } from '../transport.ts';

export const REFERENCE = '0190f0c2d1e87b3aa1c4d5e6f7a8b9c0';
export const NOW_MS = Date.parse('2026-01-05T10:20:00.000Z');

export const CREDENTIALS = {
  client_id: 'demoid',
  client_secret: 'demokey',
  merchant_account: '10001',
  prepaid_deposit_id: '10002',
  ip_whitelisted: 'true',
};

export function reply(status: number, body: unknown): Transmission {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { sent: 'replied', status, headers: {}, text };
}

/** A Hubtel that gives these answers in this order; asking for more than that fails the test. */
export function scripted(...script: Transmission[]): { call: Call; sent: PspRequest[] } {
  const sent: PspRequest[] = [];
  const call: Call = {
    ...plainCall,
    callbackUrl: 'https://pay.shop.example/wh/hb',
    credentials: CREDENTIALS,
    mode: 'sandbox',
    nowMs: NOW_MS,
    send: async (request) => {
      sent.push(request);
      const next = script[sent.length - 1];
      if (!next) throw new Error(`unexpected request ${request.method} ${request.path}`);
      return next;
    },
  };
  return { call, sent };
}

export const chargeInput: ChargeInput = {
  reference: REFERENCE,
  amount: { amountMinor: 1_250n, currency: 'GHS' },
  method: 'mobile_money',
  country: 'GH',
  captureMethod: 'automatic',
  customer: { id: 'cus_1', email: 'ama@example.com', name: 'Áma Mensah', phone: '0200000001' },
  instrument: null,
  description: 'Order 1001 – shoes',
  returnUrl: 'https://shop.example/return',
  cancelUrl: 'https://shop.example/cancel',
  presentation: 'page',
  metadata: {},
  saveInstrument: false,
  expiresAtMs: NOW_MS + 3_600_000,
};

export const attempt: AttemptRef = {
  reference: REFERENCE,
  pspReference: REFERENCE,
  pspState: { flow: 'direct', phone: '233200000001', channel: 'vodafone-gh', transaction_id: '2' },
  amount: chargeInput.amount,
  captureMethod: 'automatic',
  method: 'mobile_money',
  createdAtMs: NOW_MS - 60_000,
};

export const refundInput: OperationInput = {
  attempt: { ...attempt, pspState: { ...attempt.pspState, paid: '1' } },
  reference: '0190f0c2d1e87b3aa1c4d5e6f7a8b999',
  amount: chargeInput.amount,
  reason: null,
  pspReference: null,
  pspState: {},
  createdAtMs: NOW_MS - 60_000,
  siblings: [],
};

export const payoutInput: PayoutInput = {
  reference: '0190f0c2d1e87b3aa1c4d5e6f7a8b9c1',
  amount: chargeInput.amount,
  narration: 'Salary',
  beneficiary: {
    type: 'mobile_money',
    name: 'Kofi Asante',
    accountNumber: '0200000002',
    bankCode: 'vod',
  },
  metadata: {},
  pspReference: null,
  pspState: {},
  createdAtMs: NOW_MS - 60_000,
};

export const status = (word: string, more: object = {}) => ({
  message: 'Successful',
  responseCode: '0000',
  data: {
    status: word,
    transactionId: '2',
    clientReference: REFERENCE,
    currencyCode: null,
    amount: 12.5,
    charges: 0.25,
    amountAfterCharges: 12.25,
    ...more,
  },
});

export const tries = (...words: string[]) => ({
  ResponseCode: '0000',
  Data: words.map((TransactionStatus) => ({
    TransactionStatus,
    TransactionId: '2',
    ClientReference: REFERENCE,
    CurrencyCode: 'GHS',
    TransactionAmount: 12.63,
    Fee: 0.13,
    AmountAfterFees: 12.5,
    ProviderDescription: 'Insufficient funds',
  })),
});

export const noRecord = reply(400, { ResponseCode: '4720', Message: 'No record' });
