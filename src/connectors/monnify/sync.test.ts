import { describe, expect, it } from 'vitest';
import {
  attempt,
  holder,
  ok,
  payoutData,
  payoutInput,
  refundData,
  refundInput,
  refusal,
  reply,
  scripted,
  transaction,
} from './fixture.ts';
import { monnify } from './index.ts';

async function status(paymentStatus: string, changes: object = {}) {
  const { call } = scripted([reply(200, ok(transaction({ paymentStatus, ...changes })))]);
  return monnify.sync(attempt, call);
}

describe('the status of a payment', () => {
  it.each([
    ['PENDING', 'pending'],
    ['FAILED', 'generic_decline'],
    ['EXPIRED', 'payer_timeout'],
    ['CANCELLED', 'user_cancelled'],
    ['USER_CANCELLED', 'user_cancelled'],
    ['PAID_MAYBE', 'unknown'],
    ['', 'unknown'],
  ])('%s is %s', async (word, what) => {
    const outcome = await status(word);
    expect(outcome.kind === 'declined' ? outcome.decline.code : outcome.kind).toBe(what);
  });

  it.each(['1500.50', 1500.5, '1500.5', '1500.500'])(
    'PAID with %j is all of it',
    async (amount) => {
      expect(await status('PAID', { amountPaid: amount })).toMatchObject({
        kind: 'succeeded',
        what: 'captured',
        amountMinor: 150_050n,
        currency: 'NGN',
      });
    },
  );

  it('OVERPAID is what was paid, and says by how much', async () => {
    expect(await status('OVERPAID', { amountPaid: 1600 })).toMatchObject({
      kind: 'succeeded',
      amountMinor: 160_000n,
      pspState: { overpaid_minor: '9950' },
    });
  });

  it('PARTIALLY_PAID is never a success, and says how much is missing', async () => {
    expect(await status('PARTIALLY_PAID', { amountPaid: '500.00' })).toMatchObject({
      kind: 'pending',
      pspState: { underpaid_minor: '100050' },
    });
  });

  it('REVERSED is given back', async () => {
    expect(await status('REVERSED')).toMatchObject({ kind: 'succeeded', what: 'refunded' });
  });

  it.each([
    [{ paymentReference: 'other' }],
    [{ currency: 'USD' }],
    [{ amountPaid: null }],
    [{ amountPaid: '1e9' }],
    [{ amountPaid: '0.00' }],
  ])('PAID with %j is no success', async (changes) => {
    expect((await status('PAID', changes)).kind).toBe('unknown');
  });

  it('is not known of an unknown reference, which is no refusal', async () => {
    for (const http of [404, 200, 422]) {
      const { call } = scripted([reply(http, refusal('99', 'Could not find transaction'))]);
      expect(await monnify.sync(attempt, call)).toMatchObject({ kind: 'unknown', notFound: true });
    }
  });

  it('is read where the flag is missing, and not where the envelope contradicts itself', async () => {
    const { requestSuccessful: _flag, ...bare } = ok(transaction());
    const without = scripted([reply(200, bare)]);
    expect((await monnify.sync(attempt, without.call)).kind).toBe('succeeded');
    for (const change of [{ responseCode: '99' }, { requestSuccessful: false }]) {
      const { call } = scripted([reply(200, { ...ok(transaction()), ...change })]);
      expect((await monnify.sync(attempt, call)).kind).toBe('unknown');
    }
  });
});

describe('a refund', () => {
  it('is bounded in its texts and found by its own reference', async () => {
    const long = { ...refundInput, reason: 'x'.repeat(500) };
    const { call, bodies } = scripted([reply(200, ok(refundData({ refundStatus: 'PENDING' })))]);
    expect((await monnify.refund!(long, call)).kind).toBe('pending');
    expect(bodies()[0]).toMatchObject({
      refundReference: refundInput.reference,
      refundAmount: 500,
      refundReason: 'x'.repeat(64),
      customerNote: 'x'.repeat(16),
    });
  });

  it.each([
    ['R4', 'amount_too_small'],
    ['R5', 'merchant_balance_insufficient'],
    ['R9', 'unknown'],
    ['R12', 'invalid_request'],
    ['R7', 'unknown'],
  ])('refused with %s is %s', async (code, what) => {
    const { call } = scripted([reply(400, refusal(code, 'no'))]);
    const outcome = await monnify.refund!(refundInput, call);
    expect(outcome.kind === 'declined' ? outcome.decline.code : outcome.kind).toBe(what);
  });
});

describe('a payout', () => {
  it('goes to the holder that the bank names, in the background, and tells its fee', async () => {
    const { call, bodies, sent } = scripted([
      reply(200, holder),
      reply(200, ok(payoutData({ status: 'PENDING' }))),
    ]);
    expect(await monnify.payout!(payoutInput, call)).toMatchObject({
      kind: 'pending',
      feeMinor: 1_000n,
      pspState: { account_name: 'TUNDE A BELLO' },
    });
    expect(sent[0]?.path).toContain('accountNumber=0000000001&bankCode=058');
    expect(bodies()[1]).toMatchObject({
      amount: 100,
      reference: payoutInput.reference,
      destinationAccountName: 'TUNDE A BELLO',
      sourceAccountNumber: '9000000001',
      async: true,
    });
  });

  it('needs a wallet to be paid from', async () => {
    const { call } = scripted([]);
    const { wallet_account_number: _wallet, ...credentials } = call.credentials;
    expect(await monnify.payout!(payoutInput, { ...call, credentials })).toMatchObject({
      kind: 'declined',
      decline: { code: 'merchant_config' },
    });
  });

  it.each([
    ['D01', 'generic_decline'],
    ['D02', 'invalid_account'],
    ['D03', 'limit_exceeded'],
    ['D04', 'merchant_balance_insufficient'],
    ['D06', 'auth_failed'],
    ['D07', 'unknown'],
    ['99', 'unknown'],
  ])('refused with %s is %s', async (code, what) => {
    const { call } = scripted([reply(200, holder), reply(400, refusal(code, 'no'))]);
    const outcome = await monnify.payout!(payoutInput, call);
    expect(outcome.kind === 'declined' ? outcome.decline.code : outcome.kind).toBe(what);
  });

  it.each([
    ['PENDING', 'pending'],
    ['AWAITING_PROCESSING', 'pending'],
    ['PENDING_AUTHORIZATION', 'requires_action'],
    ['OTP_EMAIL_DISPATCH_FAILED', 'requires_action'],
    ['COMPLETED', 'succeeded'],
    ['REVERSED', 'declined'],
    ['EXPIRED', 'declined'],
    ['NEW_WORD', 'unknown'],
  ])('that is %s is %s', async (word, kind) => {
    const { call } = scripted([reply(200, ok(payoutData({ status: word, currency: 'NGN' })))]);
    expect((await monnify.syncPayout!(payoutInput, call)).kind).toBe(kind);
  });
});
