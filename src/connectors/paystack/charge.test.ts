import { describe, expect, it } from 'vitest';
import type { ChargeInput, Instrument } from '../contract.ts';
import {
  attempted,
  chargeInput,
  duplicateReference,
  initialized,
  NOW_MS,
  noInstrument,
  REFERENCE,
  reply,
  SECRET_KEY,
  scripted,
  verified,
} from './fixture.ts';
import { paystack } from './index.ts';

const withInstrument = (instrument: Partial<Instrument>, more: Partial<ChargeInput> = {}) => ({
  ...chargeInput,
  ...more,
  instrument: { ...noInstrument, ...instrument },
});

async function charged(input: ChargeInput, answer = reply(200, attempted({ status: 'success' }))) {
  const script = scripted(answer);
  const outcome = await paystack.charge(input, script.call);
  return { outcome, request: script.sent[0], body: script.bodies()[0] as Record<string, unknown> };
}

describe('the hosted page', () => {
  it('is asked for with our reference, amount, addresses and metadata', async () => {
    const { request, body } = await charged(chargeInput, reply(200, initialized));
    expect(request).toMatchObject({
      method: 'POST',
      path: '/transaction/initialize',
      headers: { authorization: `Bearer ${SECRET_KEY}`, 'content-type': 'application/json' },
    });
    expect(request).not.toHaveProperty('movesNoMoney');
    expect(body).toEqual({
      email: 'ama@example.com',
      amount: 20000,
      currency: 'GHS',
      reference: REFERENCE,
      callback_url: 'https://shop.example/return',
      channels: ['card'],
      metadata: { ...chargeInput.metadata, cancel_action: 'https://shop.example/cancel' },
    });
  });

  it('is where the customer is sent, with the access code for the popup', async () => {
    const { outcome } = await charged(chargeInput, reply(200, initialized));
    expect(outcome).toEqual({
      kind: 'requires_action',
      action: { type: 'redirect', url: 'https://checkout.paystack.com/demo7k2x9q' },
      clientToken: 'demo7k2x9q',
      pspReference: REFERENCE,
      pspState: { flow: 'page', authorization_url: 'https://checkout.paystack.com/demo7k2x9q' },
    });
  });

  it('offers every channel when the payment names none', async () => {
    const { body } = await charged({ ...chargeInput, method: null }, reply(200, initialized));
    expect(body).not.toHaveProperty('channels');
  });

  it('is not believed under another reference', async () => {
    const stranger = { ...initialized, data: { ...initialized.data, reference: 'other' } };
    expect((await charged(chargeInput, reply(200, stranger))).outcome.kind).toBe('unknown');
  });

  it('a customer without an e-mail address gets a placeholder that reaches nobody', async () => {
    const customer = { ...chargeInput.customer, email: null };
    const { body } = await charged({ ...chargeInput, customer }, reply(200, initialized));
    expect(body.email).toBe(`${REFERENCE}@customers.invalid`);
  });

  it('an e-mail address given as the customer id is used', async () => {
    const customer = { ...chargeInput.customer, email: null, id: 'kofi@example.com' };
    const { body } = await charged({ ...chargeInput, customer }, reply(200, initialized));
    expect(body.email).toBe('kofi@example.com');
  });

  it('a reference that was used before is unknown, never declined', async () => {
    const { outcome } = await charged(chargeInput, reply(400, duplicateReference));
    expect(outcome.kind).toBe('unknown');
  });

  it.each([
    [reply(401, { status: false, message: 'Invalid key' }), 'auth_failed'],
    [reply(429, '<html>'), 'rate_limited'],
    [
      reply(400, { status: false, message: 'Invalid Email', type: 'validation_error' }),
      'invalid_request',
    ],
    [reply(400, { status: false, message: 'No active channel' }), 'merchant_config'],
  ])('a refusal is a decline: %j', async (answer, code) => {
    const { outcome } = await charged(chargeInput, answer);
    expect(outcome).toMatchObject({ kind: 'declined', decline: { code } });
  });

  it.each([
    reply(503, ''),
    reply(200, '{"status":tr'),
    { sent: 'unknown', reason: 'reset' } as const,
  ])('no readable answer is unknown: %j', async (answer) => {
    expect((await charged(chargeInput, answer)).outcome.kind).toBe('unknown');
  });

  it('a method Paystack has no channel for is refused without a call', async () => {
    const script = scripted();
    const outcome = await paystack.charge({ ...chargeInput, method: 'google_pay' }, script.call);
    expect(outcome).toMatchObject({ kind: 'declined', decline: { code: 'merchant_config' } });
    expect(script.sent).toEqual([]);
  });
});

describe('a saved card', () => {
  it('is charged with the customer’s own e-mail address', async () => {
    const { request, body, outcome } = await charged(
      withInstrument({ token: 'AUTH_demo1' }),
      reply(200, verified()),
    );
    expect(request?.path).toBe('/transaction/charge_authorization');
    expect(body).toMatchObject({ authorization_code: 'AUTH_demo1', email: 'ama@example.com' });
    expect(outcome).toMatchObject({
      kind: 'succeeded',
      what: 'captured',
      amountMinor: 20000n,
      currency: 'GHS',
      pspReference: REFERENCE,
      pspState: { transaction_id: '9000000001', status: 'success' },
      feeMinor: 390n,
      feeCurrency: 'GHS',
    });
  });

  it('a pause for the issuer sends the customer there', async () => {
    const paused = {
      status: true,
      message: 'Please, redirect your customer to the authorization url provided',
      data: {
        authorization_url: 'https://checkout.paystack.com/resume/x1',
        reference: REFERENCE,
        access_code: 'x1',
        paused: true,
      },
    };
    const { outcome } = await charged(withInstrument({ token: 'AUTH_demo1' }), reply(200, paused));
    expect(outcome).toMatchObject({
      kind: 'requires_action',
      action: { type: 'redirect', url: 'https://checkout.paystack.com/resume/x1' },
    });
  });

  it.each([
    [
      'without an e-mail address',
      withInstrument(
        { token: 'AUTH_demo1' },
        { customer: { ...chargeInput.customer, email: null } },
      ),
    ],
    ['of another PSP', withInstrument({ token: 'pm_1' })],
  ])('%s is refused without a call', async (_, input) => {
    const script = scripted();
    expect(await paystack.charge(input, script.call)).toMatchObject({
      decline: { code: 'invalid_request' },
    });
    expect(script.sent).toEqual([]);
  });
});

describe('direct charges', () => {
  const mobile = { phone: '+233551234987', network: 'mtn' };

  it.each([
    [
      'mobile money',
      withInstrument(mobile, { method: 'mobile_money' }),
      { mobile_money: { phone: '0551234987', provider: 'mtn' } },
    ],
    [
      'M-PESA',
      withInstrument(
        { phone: '0712345678', network: 'MPESA' },
        { method: 'mobile_money', amount: { amountMinor: 30000n, currency: 'KES' } },
      ),
      { mobile_money: { phone: '+254712345678', provider: 'mpesa' } },
    ],
    [
      'a bank account',
      withInstrument(
        { bankCode: '057', accountNumber: '0000000000' },
        { method: 'bank', amount: { amountMinor: 5000n, currency: 'NGN' } },
      ),
      { bank: { code: '057', account_number: '0000000000' } },
    ],
    [
      'USSD by the bank that runs it',
      withInstrument(
        { bankCode: '058' },
        { method: 'ussd', amount: { amountMinor: 5000n, currency: 'NGN' } },
      ),
      { ussd: { type: '737' } },
    ],
    [
      'a bank transfer until the payment expires',
      withInstrument(
        {},
        { method: 'bank_transfer', amount: { amountMinor: 10000n, currency: 'NGN' } },
      ),
      { bank_transfer: { account_expires_at: new Date(NOW_MS + 3_600_000).toISOString() } },
    ],
    [
      'a Pesalink transfer for 25 minutes at most',
      withInstrument(
        {},
        { method: 'bank_transfer', amount: { amountMinor: 10000n, currency: 'KES' } },
      ),
      { bank_transfer: { account_expires_at: new Date(NOW_MS + 1_500_000).toISOString() } },
    ],
  ])('%s', async (_, input, expected) => {
    const { request, body } = await charged(input);
    expect(request?.path).toBe('/charge');
    expect(body).toMatchObject({ ...expected, reference: REFERENCE, metadata: input.metadata });
  });

  it('without a network the page asks for it', async () => {
    const input = withInstrument({ phone: '0551234987' }, { method: 'mobile_money' });
    const { request } = await charged(input, reply(200, initialized));
    expect(request?.path).toBe('/transaction/initialize');
  });

  it('XOF is sent in hundredths', async () => {
    const input = withInstrument(
      { phone: '+2250701020304', network: 'wave' },
      { method: 'mobile_money', amount: { amountMinor: 200n, currency: 'XOF' } },
    );
    const answer = reply(
      200,
      attempted({ status: 'success', amount: 20000, currency: 'XOF', fees: 300 }),
    );
    const { body, outcome } = await charged(input, answer);
    expect(body.amount).toBe(20000);
    expect(outcome).toMatchObject({
      kind: 'succeeded',
      amountMinor: 200n,
      currency: 'XOF',
      feeMinor: 3n,
    });
  });

  const steps: [Record<string, unknown>, object][] = [
    [
      { status: 'pay_offline', display_text: 'Authorize on your phone' },
      { kind: 'requires_action', action: { type: 'wait', message: 'Authorize on your phone' } },
    ],
    [
      { status: 'send_otp', display_text: 'Please send OTP' },
      {
        kind: 'requires_action',
        action: { type: 'submit', field: 'otp', message: 'Please send OTP' },
      },
    ],
    [{ status: 'send_pin' }, { kind: 'requires_action', action: { type: 'submit', field: 'pin' } }],
    [{ status: 'send_phone' }, { kind: 'requires_action', action: { field: 'phone' } }],
    [{ status: 'send_birthday' }, { kind: 'requires_action', action: { field: 'birthday' } }],
    [{ status: 'send_address' }, { kind: 'requires_action', action: { field: 'address' } }],
    [
      { status: 'pay_offline', display_text: 'Dial', ussd_code: '*737*00*1*11111#' },
      {
        kind: 'requires_action',
        action: { type: 'ussd', code: '*737*00*1*11111#', message: 'Dial' },
      },
    ],
    [
      {
        status: 'pay_offline',
        qr_code: '0002010102',
        url: 'https://files.paystack.co/qr/demo.png',
      },
      {
        kind: 'requires_action',
        action: {
          type: 'qr',
          imageUrl: 'https://files.paystack.co/qr/demo.png',
          text: '0002010102',
        },
      },
    ],
    [
      { status: 'open_url', url: 'https://standard.paystack.co/demo/3ds' },
      {
        kind: 'requires_action',
        action: { type: 'redirect', url: 'https://standard.paystack.co/demo/3ds' },
      },
    ],
    [
      {
        status: 'pending_bank_transfer',
        display_text: 'Please make a transfer',
        account_name: 'SWITCHYARD DEMO',
        account_number: '1000000001',
        bank: { slug: 'test-bank', name: 'Test Bank', id: 24 },
        account_expires_at: '2026-01-01T10:30:00.000Z',
        transaction_reference: 'PL1',
      },
      {
        kind: 'requires_action',
        action: {
          type: 'bank_transfer',
          bankName: 'Test Bank',
          accountNumber: '1000000001',
          accountName: 'SWITCHYARD DEMO',
          expiresAt: '2026-01-01T10:30:00.000Z',
          message: 'Please make a transfer Narration: PL1',
        },
      },
    ],
    [{ status: 'pending' }, { kind: 'pending' }],
    [{ status: 'queued' }, { kind: 'pending' }],
    [
      { status: 'failed', message: 'Insufficient funds' },
      { kind: 'declined', decline: { code: 'insufficient_funds' } },
    ],
    [{ status: 'timeout' }, { kind: 'declined', decline: { code: 'payer_timeout' } }],
    [{ status: 'a_new_word' }, { kind: 'unknown' }],
    [{ status: 'open_url' }, { kind: 'unknown' }],
    [{ status: 'success' }, { kind: 'unknown' }],
    [{ status: 'success', amount: 20000, currency: 'GHS', reference: null }, { kind: 'unknown' }],
    [{ status: 'success', amount: 20000, currency: 'GHS', domain: 'live' }, { kind: 'unknown' }],
    [{ status: 'send_otp', reference: 'other' }, { kind: 'unknown' }],
  ];
  it.each(steps)('%j', async (data, expected) => {
    const input = withInstrument(mobile, { method: 'mobile_money' });
    const { outcome } = await charged(input, reply(200, attempted(data)));
    expect(outcome).toMatchObject(expected);
  });

  it('a failed charge may come as HTTP 400', async () => {
    const body = {
      ...attempted({ status: 'failed', gateway_response: 'Declined', message: 'Do not honour' }),
      status: false,
      type: 'processor_error',
    };
    const { outcome } = await charged(
      withInstrument(mobile, { method: 'mobile_money' }),
      reply(400, body),
    );
    expect(outcome).toMatchObject({ kind: 'declined', decline: { code: 'do_not_honor' } });
  });

  it('a refusal around a success is believed neither way', async () => {
    const body = { ...verified(), status: false };
    const { outcome } = await charged(
      withInstrument(mobile, { method: 'mobile_money' }),
      reply(400, body),
    );
    expect(outcome.kind).toBe('unknown');
  });
});
