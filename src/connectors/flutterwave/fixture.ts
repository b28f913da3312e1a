// For tests of this folder: a scripted transport, inputs, and Flutterwave's documented replies (psp/flutterwave.md).
import type { AttemptRef, Call, ChargeInput, OperationInput, PayoutInput } from '../contract.ts';
import { plainCall } from '../testing.ts';
import type { PspRequest, Transmission } from '../transport.ts';

export const REFERENCE = '0190f0c2d1e87b3aa1c54f2e9b7d6a10';
export const NOW_MS = Date.parse('2026-01-05T10:20:00.000Z');

export function reply(status: number, body: unknown): Transmission {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { sent: 'replied', status, headers: {}, text };
}

/** A call whose replies are given beforehand; asking for more than that fails the test. */
export function scripted(...script: Transmission[]): {
  call: Call;
  sent: PspRequest[];
  bodies: () => Record<string, unknown>[];
} {
  const sent: PspRequest[] = [];
  const call: Call = {
    ...plainCall,
    credentials: { secret_key: 'FLWSECK_TEST-0123456789abcdef-X' },
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
  amount: { amountMinor: 15_050n, currency: 'GHS' },
  method: 'card',
  country: 'GH',
  captureMethod: 'automatic',
  customer: { id: 'cus_1', email: 'ama@example.com', name: 'Ama', phone: '0541234567' },
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

const LINK = 'https://checkout.flutterwave.com/v3/hosted/pay/demo7k2x9q';

export const pageAttempt: AttemptRef = {
  reference: REFERENCE,
  pspReference: null,
  pspState: { link: LINK, link_ends_ms: String(NOW_MS + 3_600_000) },
  amount: chargeInput.amount,
  captureMethod: 'automatic',
  method: 'card',
  createdAtMs: NOW_MS - 60_000,
};

export const directAttempt: AttemptRef = {
  ...pageAttempt,
  pspReference: '7000001',
  pspState: { transaction_id: '7000001', flw_ref: 'FLW-MOCK-demo1' },
};

export const refundInput: OperationInput = {
  attempt: directAttempt,
  reference: '0190f0c2d1e87b3aa1c54f2e9b7d6a11',
  amount: { amountMinor: 5_000n, currency: 'GHS' },
  reason: null,
  pspReference: null,
  pspState: {},
  createdAtMs: NOW_MS - 60_000,
  siblings: [],
};

export const payoutInput: PayoutInput = {
  reference: '0190f0c2d1e87b3aa1c54f2e9b7d6a12',
  amount: { amountMinor: 400_000n, currency: 'NGN' },
  narration: 'Invoice 7',
  beneficiary: {
    type: 'bank',
    name: 'Tunde Bello',
    accountNumber: '0690000040',
    bankCode: '044',
  },
  metadata: { payment_id: 'pay_2' },
  pspReference: null,
  pspState: {},
  createdAtMs: NOW_MS - 60_000,
};

export const ok = (data: unknown, more: object = {}) => ({
  status: 'success',
  message: 'ok',
  data,
  ...more,
});

export const transaction = (changes: Record<string, unknown> = {}) => ({
  id: 7_000_001,
  tx_ref: REFERENCE,
  flw_ref: 'FLW-MOCK-demo1',
  amount: 150.5,
  charged_amount: 154,
  app_fee: 3.5,
  currency: 'GHS',
  status: 'successful',
  processor_response: 'Approved by Financial Institution',
  payment_type: 'card',
  ...changes,
});

export const notFound = {
  status: 'error',
  message: 'No transaction was found for this id',
  data: null,
};

export const hosted = ok({ link: LINK });

export const refundData = (changes: Record<string, unknown> = {}) => ({
  id: 9001,
  tx_id: 7_000_001,
  flw_ref: 'URF_demo_0001',
  amount_refunded: 50,
  status: 'completed',
  created_at: '2026-01-05T10:19:30.000Z',
  ...changes,
});

export const transferData = (changes: Record<string, unknown> = {}) => ({
  id: 600_001,
  account_number: '0690000040',
  currency: 'NGN',
  amount: 4000,
  fee: 21.5,
  status: 'NEW',
  reference: payoutInput.reference,
  complete_message: '',
  requires_approval: 0,
  is_approved: 1,
  ...changes,
});

export const page = { page_info: { total: 1, current_page: 1, total_pages: 1 } };
