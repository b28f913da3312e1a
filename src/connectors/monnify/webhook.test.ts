import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  payoutData,
  payoutInput,
  REFERENCE,
  refundData,
  refundInput,
  TRANSACTION,
} from './fixture.ts';
import { monnify } from './index.ts';

const LIVE = { api_key: 'MK_PROD_EXAMPLE', secret_key: 'EXAMPLESECRETKEY' };
const SANDBOX = { ...LIVE, api_key: 'MK_TEST_EXAMPLE' };

/** psp/monnify.md section 4. */
const VECTOR =
  '{"eventType":"SUCCESSFUL_TRANSACTION","eventData":{"transactionReference":"MNFY|11|20260105101500|000042","paymentReference":"0190f0c2d1e87b3aa1.1","amountPaid":1500,"totalPayable":1500,"currency":"NGN","paymentStatus":"PAID"}}';
const SIGNATURE =
  '506f3338824a61f63e3895cfa551ee57fa107ab0979695225b07540a4632f8d1f37f94baaae53e15a6a9a77812cad7491f143987e8ebcc37bf5427f282b89366';

function message(text: string, signature?: string) {
  const headers = signature === undefined ? {} : { 'monnify-signature': signature };
  return { headers, query: {}, rawBody: Buffer.from(text) };
}

const verify = (text: string, signature: string | undefined, credentials: typeof LIVE) =>
  monnify.verifyWebhook(message(text, signature), credentials, 0);

describe('the signature', () => {
  it('is that of the test vector, in either case of letters', () => {
    expect(verify(VECTOR, SIGNATURE, LIVE)).toBe('verified');
    expect(verify(VECTOR, SIGNATURE.toUpperCase(), LIVE)).toBe('verified');
  });

  it('fits no other body, key, or digest, and must be there in live mode', () => {
    const pretty = JSON.stringify(JSON.parse(VECTOR), null, 2);
    const sha256 = createHmac('sha256', LIVE.secret_key).update(VECTOR).digest('hex');
    expect(verify(pretty, SIGNATURE, LIVE)).toBe('forged');
    expect(verify(VECTOR.replace('1500', '1501'), SIGNATURE, LIVE)).toBe('forged');
    expect(verify(VECTOR, SIGNATURE, { ...LIVE, secret_key: 'other' })).toBe('forged');
    for (const wrong of [undefined, '', sha256, `${SIGNATURE}0`, SIGNATURE.slice(1)])
      expect(verify(VECTOR, wrong, LIVE)).toBe('forged');
  });

  it('is missing in the sandbox, which proves nothing; a wrong one is a forgery there too', () => {
    expect(verify(VECTOR, undefined, SANDBOX)).toBe('unsigned');
    expect(verify(VECTOR, '0'.repeat(128), SANDBOX)).toBe('forged');
  });
});

const read = (eventType: string, eventData: unknown) =>
  monnify.readWebhook(message(JSON.stringify({ eventType, eventData })));

const paid = {
  transactionReference: TRANSACTION,
  paymentReference: REFERENCE,
  amountPaid: 2500,
  totalPayable: 2500,
  settlementAmount: '2490.00',
  paymentStatus: 'PAID',
  currency: 'NGN',
  metaData: { payment_id: 'pay_1' },
};

describe('an event', () => {
  it('of a payment says what was paid', () => {
    expect(read('SUCCESSFUL_TRANSACTION', paid)).toMatchObject({
      about: 'charge',
      target: { reference: REFERENCE, pspReference: TRANSACTION, paymentId: 'pay_1' },
      outcome: { kind: 'succeeded', what: 'captured', amountMinor: 250_000n, feeMinor: 1_000n },
    });
  });

  it('of a payment in part is no success, and not the one of the next part', () => {
    const part = { ...paid, paymentStatus: 'PARTIALLY_PAID', amountPaid: '500.00' };
    const first = read('SUCCESSFUL_TRANSACTION', part);
    const second = read('SUCCESSFUL_TRANSACTION', { ...part, amountPaid: 900 });
    expect(first?.outcome?.kind).toBe('pending');
    expect(first?.eventId).not.toBe(second?.eventId);
  });

  it('of a rejected payment is a reason to ask', () => {
    const rejected = { ...paid, amount: 500, paymentSourceInformation: { amountPaid: 200 } };
    expect(read('REJECTED_PAYMENT', rejected)).toMatchObject({ about: 'charge', outcome: null });
  });

  it('of a refund names ours', () => {
    expect(read('SUCCESSFUL_REFUND', refundData())).toMatchObject({
      about: 'refund',
      target: { refundReference: refundInput.reference },
      outcome: { kind: 'succeeded', what: 'refunded', amountMinor: 50_000n },
      amountMinor: 50_000n,
    });
    expect(read('FAILED_REFUND', refundData({ refundStatus: 'FAILED' }))?.outcome?.kind).toBe(
      'declined',
    );
  });

  it('of a payout is found by its reference', () => {
    const data = payoutData({ transactionReference: 'MFDS|1', currency: 'NGN', fee: 10 });
    expect(read('SUCCESSFUL_DISBURSEMENT', data)).toMatchObject({
      about: 'payout',
      target: { reference: payoutInput.reference },
      outcome: { kind: 'succeeded', what: 'paid_out', amountMinor: 10_000n },
    });
    const back = { ...data, status: 'REVERSED' };
    expect(read('REVERSED_DISBURSEMENT', back)?.outcome?.kind).toBe('declined');
  });

  it.each(['SETTLEMENT', 'MANDATE_UPDATE', 'ACCOUNT_ACTIVITY', 'constructor'])(
    '%s is about nothing we keep',
    (eventType) => {
      expect(read(eventType, { amount: '1490.00' })).toMatchObject({ about: null, outcome: null });
    },
  );
});
