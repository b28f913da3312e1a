// For tests of this folder: a scripted transport, inputs, and Monnify's documented replies (psp/monnify.md).
import type { AttemptRef, Call, ChargeInput, OperationInput, PayoutInput } from '../contract.ts';
import { plainCall, tokenInMemory } from '../testing.ts';
import type { PspRequest, Transmission } from '../transport.ts';

export const REFERENCE = '0190f0c2d1e87b3aa1c54f2e9b7d6a10';
export const TRANSACTION = 'MNFY|11|20260105101500|000042';
const NOW_MS = Date.parse('2026-01-05T10:20:00.000Z');

export function reply(status: number, body: unknown): Transmission {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { sent: 'replied', status, headers: {}, text };
}

export const ok = (responseBody: unknown) => ({
  requestSuccessful: true,
  responseMessage: 'success',
  responseCode: '0',
  responseBody,
});

export const refusal = (responseCode: string, responseMessage: string) => ({
  requestSuccessful: false,
  responseMessage,
  responseCode,
});

export const login = (accessToken = 'token-one') =>
  reply(200, ok({ accessToken, expiresIn: 3567 }));

/** A call whose replies are given beforehand; asking for more than that fails the test. `loggedIn`: has its token. */
export function scripted(
  script: readonly Transmission[],
  loggedIn = true,
): { call: Call; sent: PspRequest[]; bodies: () => Record<string, unknown>[] } {
  const sent: PspRequest[] = [];
  const call: Call = {
    ...plainCall,
    token: loggedIn ? async () => ({ token: 'token-zero' }) : tokenInMemory(),
    credentials: {
      api_key: 'MK_TEST_EXAMPLE',
      secret_key: 'EXAMPLESECRETKEY',
      contract_code: '1000000001',
      wallet_account_number: '9000000001',
    },
    mode: 'sandbox',
    nowMs: NOW_MS,
    send: async (request) => {
      sent.push(request);
      const next = script[sent.length - 1];
      if (!next) throw new Error(`unexpected request ${request.method} ${request.path}`);
      return next;
    },
  };
  return { call, sent, bodies: () => sent.map(({ body }) => JSON.parse(body ?? 'null')) };
}

export const chargeInput: ChargeInput = {
  reference: REFERENCE,
  amount: { amountMinor: 150_050n, currency: 'NGN' },
  method: 'card',
  country: 'NG',
  captureMethod: 'automatic',
  customer: { id: 'cus_1', email: 'ada@example.com', name: 'Ada Obi', phone: null },
  instrument: null,
  description: 'Order 1',
  returnUrl: 'https://shop.example/return',
  cancelUrl: 'https://shop.example/cancel',
  presentation: 'page',
  metadata: { org_id: 'org_1', payment_id: 'pay_1', connection_id: 'con_1' },
  saveInstrument: false,
  expiresAtMs: NOW_MS + 3_600_000,
};

export const noInstrument = {
  token: null,
  phone: null,
  network: null,
  bankCode: null,
  accountNumber: null,
};

export const attempt: AttemptRef = {
  reference: REFERENCE,
  pspReference: TRANSACTION,
  pspState: {},
  amount: chargeInput.amount,
  captureMethod: 'automatic',
  method: 'card',
  createdAtMs: NOW_MS - 60_000,
};

export const refundInput: OperationInput = {
  attempt,
  reference: '0190f0c2d1e87b3aa1c54f2e9b7d6a11',
  amount: { amountMinor: 50_000n, currency: 'NGN' },
  reason: 'wrong size',
  pspReference: null,
  pspState: {},
  createdAtMs: NOW_MS - 60_000,
  siblings: [],
};

export const payoutInput: PayoutInput = {
  reference: '0190f0c2d1e87b3aa1c54f2e9b7d6a12',
  amount: { amountMinor: 10_000n, currency: 'NGN' },
  narration: 'Invoice 7',
  beneficiary: {
    type: 'bank',
    name: 'Tunde Bello',
    accountNumber: '0000000001',
    bankCode: '058',
  },
  metadata: {},
  pspReference: null,
  pspState: {},
  createdAtMs: NOW_MS - 60_000,
};

export const transaction = (changes: Record<string, unknown> = {}) => ({
  transactionReference: TRANSACTION,
  paymentReference: REFERENCE,
  amountPaid: '1500.50',
  totalPayable: '1500.50',
  settlementAmount: '1485.50',
  paymentStatus: 'PAID',
  currency: 'NGN',
  paymentMethod: 'CARD',
  metaData: { payment_id: 'pay_1' },
  ...changes,
});

export const init = ok({
  transactionReference: TRANSACTION,
  paymentReference: REFERENCE,
  checkoutUrl: `https://sandbox.sdk.monnify.com/checkout/${TRANSACTION}`,
});

export const account = ok({
  accountNumber: '3000000001',
  accountName: 'Demo Shop - Ada',
  bankName: 'Wema bank',
  accountDurationSeconds: 2400,
  requestTime: '2026-01-05T11:20:00.123456789',
  expiresOn: '2026-01-05T12:00:00',
  transactionReference: TRANSACTION,
  totalPayable: 1500.5,
});

export const refundData = (changes: Record<string, unknown> = {}) => ({
  refundReference: refundInput.reference,
  transactionReference: TRANSACTION,
  refundAmount: 500,
  refundStatus: 'COMPLETED',
  comment: 'completed',
  ...changes,
});

export const payoutData = (changes: Record<string, unknown> = {}) => ({
  amount: 100,
  reference: payoutInput.reference,
  status: 'SUCCESS',
  totalFee: 10,
  comment: 'Transaction successful',
  ...changes,
});

export const holder = ok({
  accountNumber: '0000000001',
  accountName: 'TUNDE A BELLO',
  bankCode: '058',
});
