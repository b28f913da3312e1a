// For tests of this folder: a scripted transport, inputs, and Paystack's documented replies (psp/paystack.md).
import type { AttemptRef, Call, ChargeInput, OperationInput, PayoutInput } from '../contract.ts';
import { plainCall } from '../testing.ts';
import type { PspRequest, Transmission } from '../transport.ts';

export const REFERENCE = '0190f0c2d1e87b3aa1c54f2e9b7d6a10';
export const SECRET_KEY = 'sk_test_0123456789abcdef0123456789abcdef';
export const NOW_MS = Date.parse('2026-01-05T10:20:00.000Z');

export function reply(status: number, body: unknown): Transmission {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { sent: 'replied', status, headers: {}, text };
}

/** A call whose replies are given beforehand; asking for more than that fails the test. */
export function scripted(...script: Transmission[]): {
  call: Call;
  sent: PspRequest[];
  bodies: () => unknown[];
} {
  const sent: PspRequest[] = [];
  const call: Call = {
    credentials: { secret_key: SECRET_KEY },
    ...plainCall,
    mode: 'sandbox',
    nowMs: NOW_MS,
    send: async (request) => {
      sent.push(request);
      const next = script[sent.length - 1];
      if (!next) throw new Error(`unexpected request ${request.method} ${request.path}`);
      return next;
    },
  };
  const bodies = () => sent.map(({ body }) => (body === undefined ? null : JSON.parse(body)));
  return { call, sent, bodies };
}

export const chargeInput: ChargeInput = {
  reference: REFERENCE,
  amount: { amountMinor: 20000n, currency: 'GHS' },
  method: 'card',
  country: 'GH',
  captureMethod: 'automatic',
  customer: { id: 'cus_1', email: 'ama@example.com', name: 'Ama', phone: '+233551234987' },
  instrument: null,
  description: null,
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
  pspReference: REFERENCE,
  pspState: { flow: 'page', authorization_url: 'https://checkout.paystack.com/demo7k2x9q' },
  amount: chargeInput.amount,
  captureMethod: 'automatic',
  method: 'card',
  createdAtMs: NOW_MS - 60_000,
};

export const directAttempt: AttemptRef = { ...attempt, pspState: {}, method: 'mobile_money' };

export const refundInput: OperationInput = {
  attempt: { ...attempt, pspState: { transaction_id: '9000000001' } },
  reference: '0190f0c2d1e87b3aa1c54f2e9b7d6a99',
  amount: { amountMinor: 500n, currency: 'GHS' },
  reason: null,
  pspReference: null,
  pspState: {},
  createdAtMs: NOW_MS - 60_000,
  siblings: [],
};

export const payoutInput: PayoutInput = {
  reference: '0190f0c2d1e87b3aa1c54f2e9b7d6abb',
  amount: { amountMinor: 80000n, currency: 'NGN' },
  narration: 'Invoice 7',
  beneficiary: {
    type: 'bank',
    name: 'Tunde Bello',
    accountNumber: '0001234567',
    bankCode: '058',
  },
  metadata: {},
  pspReference: null,
  pspState: {},
  createdAtMs: NOW_MS - 60_000,
};

/** `GET /transaction/verify/:reference`, section 2.4. */
export function verified(data: Record<string, unknown> = {}) {
  return {
    status: true,
    message: 'Verification successful',
    data: {
      id: 9000000001,
      domain: 'test',
      status: 'success',
      reference: REFERENCE,
      amount: 20000,
      requested_amount: 20000,
      currency: 'GHS',
      message: null,
      gateway_response: 'Successful',
      channel: 'card',
      metadata: { payment_id: 'pay_1' },
      fees: 390,
      ...data,
    },
  };
}

/** `POST /charge` and its steps, section 2.2. */
export function attempted(data: Record<string, unknown>) {
  return { status: true, message: 'Charge attempted', data: { reference: REFERENCE, ...data } };
}

export const initialized = {
  status: true,
  message: 'Authorization URL created',
  data: {
    authorization_url: 'https://checkout.paystack.com/demo7k2x9q',
    access_code: 'demo7k2x9q',
    reference: REFERENCE,
  },
};

export const duplicateReference = {
  status: false,
  message: 'Duplicate Transaction Reference',
  meta: { nextStep: 'Try again with a new reference' },
  type: 'validation_error',
  code: 'duplicate_reference',
};

export const transactionNotFound = {
  status: false,
  message: 'Transaction reference not found',
  type: 'validation_error',
  code: 'transaction_not_found',
};

/** `POST /refund`, section 2.5. */
export function refundData(data: Record<string, unknown> = {}) {
  return {
    id: 3000001,
    transaction: { id: 9000000001, domain: 'test', reference: REFERENCE, amount: 20000 },
    amount: 500,
    currency: 'GHS',
    status: 'pending',
    merchant_note: `switchyard ${refundInput.reference}`,
    domain: 'test',
    createdAt: '2026-01-05T10:19:30.000Z',
    ...data,
  };
}

export function transferData(data: Record<string, unknown> = {}) {
  return {
    id: 8000001,
    domain: 'test',
    amount: 80000,
    currency: 'NGN',
    reference: payoutInput.reference,
    source: 'balance',
    reason: 'Invoice 7',
    status: 'pending',
    failures: null,
    transfer_code: 'TRF_demo1',
    recipient: 6000001,
    ...data,
  };
}
