import { describe, expect, it } from 'vitest';
import type { PayoutInput } from '../contract.ts';
import { payoutInput, reply, scripted, transferData } from './fixture.ts';
import { paystack } from './index.ts';

const recipient = reply(201, {
  status: true,
  message: 'Created',
  data: { recipient_code: 'RCP_demo1' },
});
const transfer = (data = {}, status = 200) =>
  reply(status, { status: true, message: 'Transfer has been queued', data: transferData(data) });

async function paid(answers: Parameters<typeof scripted>, input: PayoutInput = payoutInput) {
  const script = scripted(...answers);
  return { outcome: await paystack.payout!(input, script.call), script };
}

describe('a payout', () => {
  it('makes a recipient, then a transfer under our reference', async () => {
    const { outcome, script } = await paid([recipient, transfer()]);
    expect(script.sent.map(({ path, movesNoMoney }) => [path, movesNoMoney])).toEqual([
      ['/transferrecipient', true],
      ['/transfer', undefined],
    ]);
    expect(script.bodies()).toEqual([
      {
        type: 'nuban',
        name: 'Tunde Bello',
        account_number: '0001234567',
        bank_code: '058',
        currency: 'NGN',
      },
      {
        source: 'balance',
        amount: 80000,
        currency: 'NGN',
        recipient: 'RCP_demo1',
        reference: payoutInput.reference,
        reason: 'Invoice 7',
      },
    ]);
    expect(outcome).toMatchObject({
      kind: 'pending',
      pspReference: 'TRF_demo1',
      pspState: { recipient_code: 'RCP_demo1', status: 'pending' },
    });
  });

  it('keeps the reference in lower case', async () => {
    const { script } = await paid([recipient, transfer()], {
      ...payoutInput,
      reference: 'ABCDEF0123456789',
    });
    expect(script.bodies()[1]).toMatchObject({ reference: 'abcdef0123456789' });
  });

  it('to a phone uses the network’s code', async () => {
    const beneficiary = {
      type: 'mobile_money' as const,
      name: 'Ama',
      accountNumber: '0551234987',
      bankCode: 'mtn',
    };
    const amount = { amountMinor: 1000n, currency: 'GHS' };
    const { script } = await paid([recipient, transfer()], { ...payoutInput, beneficiary, amount });
    expect(script.bodies()[0]).toMatchObject({ type: 'mobile_money', bank_code: 'MTN' });
  });

  it.each([
    ['without a beneficiary', { beneficiary: null }],
    ['to a bank in dollars', { amount: { amountMinor: 1000n, currency: 'USD' } }],
  ])('%s is refused without a call', async (_, more) => {
    const { outcome } = await paid([], { ...payoutInput, ...more });
    expect(outcome).toMatchObject({ decline: { code: 'invalid_account' } });
  });

  it.each([
    ['success', { kind: 'succeeded', what: 'paid_out', amountMinor: 80000n, currency: 'NGN' }],
    ['received', { kind: 'pending' }],
    ['otp', { kind: 'pending', message: expect.stringContaining('OTP') }],
    ['failed', { kind: 'declined' }],
    ['blocked', { kind: 'declined' }],
    ['rejected', { kind: 'declined' }],
    ['abandoned', { kind: 'declined' }],
    ['reversed', { kind: 'declined', decline: { pspCode: 'reversed' } }],
    ['new', { kind: 'unknown' }],
  ])('a transfer with status %s', async (status, expected) => {
    expect((await paid([recipient, transfer({ status })])).outcome).toMatchObject(expected);
  });

  it.each([{ reference: null }, { amount: null }, { currency: null }, { domain: 'live' }])(
    'a success with %j is unknown',
    async (data) => {
      const { outcome } = await paid([recipient, transfer({ status: 'success', ...data })]);
      expect(outcome.kind).toBe('unknown');
    },
  );

  it('a lost recipient is no transfer; a lost transfer is unknown', async () => {
    const lost = { sent: 'unknown', reason: 'reset' } as const;
    expect((await paid([lost])).outcome.kind).toBe('not_sent');
    expect((await paid([reply(502, '')])).outcome.kind).toBe('not_sent');
    expect((await paid([recipient, lost])).outcome.kind).toBe('unknown');
    expect((await paid([recipient, reply(502, '')])).outcome.kind).toBe('unknown');
  });

  it('a refused recipient or transfer is declined with the reason', async () => {
    const account = reply(400, { status: false, message: 'Cannot resolve account' });
    expect((await paid([account])).outcome).toMatchObject({ decline: { code: 'invalid_account' } });
    const balance = reply(400, {
      status: false,
      message: 'Your balance is not enough to fulfil this request',
    });
    expect((await paid([recipient, balance])).outcome).toMatchObject({
      decline: { code: 'merchant_balance_insufficient' },
    });
    const bad = reply(400, { status: false, message: 'x', code: 'invalid_transfer_recipient' });
    expect((await paid([recipient, bad])).outcome).toMatchObject({
      decline: { code: 'invalid_account' },
    });
  });

  it('is asked about by our reference', async () => {
    const script = scripted(transfer({ status: 'success' }));
    const outcome = await paystack.syncPayout!(payoutInput, script.call);
    expect(script.sent[0]?.path).toBe(`/transfer/verify/${payoutInput.reference}`);
    expect(outcome).toMatchObject({ kind: 'succeeded', what: 'paid_out' });
    const missing = scripted(reply(404, { status: false, message: 'Transfer not found' }));
    expect(await paystack.syncPayout!(payoutInput, missing.call)).toMatchObject({ notFound: true });
    const stranger = scripted(transfer({ status: 'success', reference: 'other' }));
    expect((await paystack.syncPayout!(payoutInput, stranger.call)).kind).toBe('unknown');
  });
});

describe('checking the credentials', () => {
  it.each([
    [reply(200, { status: true, data: [{ currency: 'NGN', balance: 1 }] }), true, true],
    [reply(401, { status: false, message: 'Invalid key' }), false, true],
    [reply(400, { status: false, message: 'Invalid key' }), false, true],
    [reply(403, '<html>'), false, true],
    [reply(429, ''), false, false],
    [reply(503, ''), false, false],
    [{ sent: 'not_sent', reason: 'ENOTFOUND' } as const, false, false],
  ])('%j: ok %s, reached %s', async (answer, ok, reached) => {
    const script = scripted(answer);
    expect(await paystack.validate(script.call)).toMatchObject({ ok, reached });
    expect(script.sent[0]).toMatchObject({ method: 'GET', path: '/balance' });
  });
});
