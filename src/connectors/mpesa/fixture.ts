// For tests of this folder: a scripted Daraja and inputs (psp/mpesa.md).
import type { AttemptRef, Call, ChargeInput, OperationInput, PayoutInput } from '../contract.ts';
import type { PspRequest, Transmission } from '../transport.ts';

export const REFERENCE = '0190f0c2d1e87b3aa1c54f2e9b7d6a10';
export const CHECKOUT = 'ws_CO_05012026101500700000000001';
/** 2026-01-05 10:15:00 in Nairobi. */
export const NOW_MS = Date.parse('2026-01-05T07:15:00.000Z');

export const CREDENTIALS = {
  consumer_key: 'examplekey',
  consumer_secret: 'examplesecret',
  passkey: 'bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919',
  business_short_code: '174379',
  initiator_name: 'testapi',
  security_credential: 'c2VjdXJpdHk=',
  b2c_short_code: '600992',
};

export function reply(status: number, body: unknown): Transmission {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { sent: 'replied', status, headers: {}, text };
}

/** A Daraja that gives these answers in this order; asking for more than that fails the test. */
export function scripted(...script: Transmission[]): { call: Call; sent: PspRequest[] } {
  const sent: PspRequest[] = [];
  let tokens = 0;
  const call: Call = {
    credentials: CREDENTIALS,
    mode: 'sandbox',
    nowMs: NOW_MS,
    callbackUrl: 'https://pay.shop.example/wh/mp',
    token: async ({ refused }) => ({ token: `token-${refused === undefined ? tokens : ++tokens}` }),
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
  amount: { amountMinor: 15_000n, currency: 'KES' },
  method: 'mobile_money',
  country: 'KE',
  captureMethod: 'automatic',
  customer: { id: 'cus_1', email: null, name: 'Wanjiru', phone: '0712 345 678' },
  instrument: null,
  description: 'Order 1001: shoes & socks',
  returnUrl: 'https://shop.example/return',
  cancelUrl: 'https://shop.example/cancel',
  presentation: 'page',
  metadata: {},
  saveInstrument: false,
  expiresAtMs: NOW_MS + 3_600_000,
};

export const attempt: AttemptRef = {
  reference: REFERENCE,
  pspReference: CHECKOUT,
  pspState: { flow: 'stk', phone: '254712345678' },
  amount: chargeInput.amount,
  captureMethod: 'automatic',
  method: 'mobile_money',
  createdAtMs: NOW_MS - 60_000,
};

export const refundInput: OperationInput = {
  attempt: { ...attempt, pspState: { ...attempt.pspState, receipt: 'DEMO00001A' } },
  reference: '0190f0c2d1e87b3aa1c54f2e9b7d6a99',
  amount: chargeInput.amount,
  reason: null,
  pspReference: null,
  pspState: {},
  createdAtMs: NOW_MS - 60_000,
  siblings: [],
};

export const payoutInput: PayoutInput = {
  reference: '0190f0c2d1e87b3aa1c54f2e9b7d6abb',
  amount: chargeInput.amount,
  narration: 'Invoice 7',
  beneficiary: {
    type: 'mobile_money',
    name: 'Wanjiru Kamau',
    accountNumber: '0712345678',
    bankCode: 'mpesa',
  },
  metadata: {},
  pspReference: null,
  pspState: {},
  createdAtMs: NOW_MS - 60_000,
};

export const accepted = {
  MerchantRequestID: '1000-2000001-1',
  CheckoutRequestID: CHECKOUT,
  OriginatorConversationID: '7071-4170-1',
  ConversationID: 'AG_20260105_0000000000000000000001',
  ResponseCode: '0',
  ResponseDescription: 'Success',
};

export const queried = (ResultCode: unknown) => ({
  ResponseCode: '0',
  CheckoutRequestID: CHECKOUT,
  ResultCode,
  ResultDesc: 'said so',
});

export const listed = (more: object = {}) => ({
  ResponseCode: '1000',
  Response: [
    [
      {
        transactionId: 'DEMO00001A',
        trxDate: '2026-01-05T10:13:00Z',
        msisdn: 712345678,
        billreference: `S${REFERENCE.slice(-11).toUpperCase()}`,
        amount: '150.00',
        ...more,
      },
    ],
  ],
});

export const error = (status: number, errorCode: string, errorMessage: string) =>
  reply(status, { requestId: '1', errorCode, errorMessage });
