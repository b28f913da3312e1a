import { describe, expect, it } from 'vitest';
import type { ChargeInput } from '../contract.ts';
import {
  chargeInput,
  directAttempt,
  hosted,
  NOW_MS,
  noInstrument,
  ok,
  REFERENCE,
  reply,
  scripted,
  transaction,
} from './fixture.ts';
import { flutterwave } from './index.ts';

const mobile = (currency: string, phone: string, network: string | null): ChargeInput => ({
  ...chargeInput,
  amount: { amountMinor: 5_000n, currency },
  country: null,
  method: 'mobile_money',
  instrument: { ...noInstrument, phone, network },
});

const pending = reply(200, ok(transaction({ status: 'pending' })));

async function request(input: ChargeInput, answer = pending) {
  const { call, sent, bodies } = scripted(answer);
  const outcome = await flutterwave.charge(input, call);
  return { outcome, path: sent[0]?.path, body: bodies()[0] };
}

describe('the hosted page', () => {
  it('is asked for in major units, as a number, for one method', async () => {
    const { outcome, path, body } = await request(chargeInput, reply(200, hosted));
    expect(path).toBe('/payments');
    expect(body).toMatchObject({
      tx_ref: REFERENCE,
      amount: 150.5,
      currency: 'GHS',
      redirect_url: 'https://shop.example/return',
      payment_options: 'card',
      customer: { email: 'ama@example.com', name: 'Ama', phonenumber: '233541234567' },
      meta: { payment_id: 'pay_1' },
      link_expiration: '2026-01-05T11:20:00.000Z',
    });
    expect(outcome).toMatchObject({ kind: 'requires_action', action: { type: 'redirect' } });
  });

  it('is refused for a used reference without being a refusal of the payment', async () => {
    const answer = reply(400, { status: 'error', message: 'Duplicate tx_ref', data: null });
    expect((await request(chargeInput, answer)).outcome.kind).toBe('unknown');
  });

  it('may be down after it was made: 503 after 28 s', async () => {
    const message = 'An error occurred. Please contact support';
    const answer = reply(503, { status: 'error', message, data: null });
    expect((await request(chargeInput, answer)).outcome.kind).toBe('unknown');
  });
});

describe('mobile money', () => {
  it.each([
    ['GHS', '0551234987', 'vod', 'mobile_money_ghana', '233551234987', 'VODAFONE'],
    ['GHS', '+233261234987', 'atl', 'mobile_money_ghana', '233261234987', 'AIRTELTIGO'],
    ['KES', '0712345678', null, 'mpesa', '254712345678', undefined],
    ['TZS', '0741234567', 'vod', 'mobile_money_tanzania', '255741234567', 'VODACOM'],
    ['ZMW', '0951234567', 'zamtel', 'mobile_money_zambia', '260951234567', 'ZAMTEL'],
  ])(
    'in %s to %s goes out as Flutterwave wants it',
    async (currency, phone, network, type, digits, theirs) => {
      const { path, body } = await request(mobile(currency, phone, network));
      expect(path).toBe(`/charges?type=${type}`);
      expect(body).toMatchObject({ phone_number: digits, tx_ref: REFERENCE });
      expect(body?.network).toBe(theirs);
    },
  );

  it('names the francophone country of the number', async () => {
    const { path, body } = await request(mobile('XOF', '+2250701020304', 'mtn'));
    expect(path).toBe('/charges?type=mobile_money_franco');
    expect(body).toMatchObject({ country: 'CI', network: 'MTN' });
  });

  it('goes to the page where the network has to be known and is not', async () => {
    const { path } = await request(mobile('GHS', '0551234987', null), reply(200, hosted));
    expect(path).toBe('/payments');
  });

  it('is a prompt when Flutterwave only says pending', async () => {
    const { outcome } = await request(mobile('KES', '0712345678', null));
    expect(outcome).toMatchObject({
      kind: 'requires_action',
      action: { type: 'wait', message: expect.stringContaining('+254712345678') },
      pspReference: '7000001',
    });
  });

  it('is a page although the reply has no data at all', async () => {
    const redirect = 'https://checkout.flutterwave.com/captcha/verify/demo1';
    const meta = { authorization: { mode: 'redirect', redirect } };
    const answer = reply(200, { status: 'success', message: 'Charge initiated', meta });
    const { outcome } = await request(mobile('GHS', '0551234987', 'mtn'), answer);
    expect(outcome).toMatchObject({
      kind: 'requires_action',
      action: { type: 'redirect', url: redirect },
    });
  });
});

describe('the next step', () => {
  const steps = (authorization: object, data: object = {}) =>
    ok(transaction({ status: 'pending', ...data }), { meta: { authorization } });
  const bank: ChargeInput = {
    ...chargeInput,
    amount: { amountMinor: 5_000n, currency: 'NGN' },
    method: 'bank',
    instrument: noInstrument,
  };

  it('is found within data too', async () => {
    const authorization = { mode: 'redirect', redirect: 'https://bank.example/' };
    const answer = ok(transaction({ status: 'pending', meta: { authorization } }));
    const { outcome } = await request(bank, reply(200, answer));
    expect(outcome).toMatchObject({ action: { type: 'redirect', url: 'https://bank.example/' } });
  });

  it('is an account to pay into, until it expires', async () => {
    const authorization = {
      transfer_account: '0067100155',
      transfer_bank: 'Mock Bank',
      account_expiration: NOW_MS + 600_000,
      transfer_note: 'Please make a bank transfer',
      transfer_amount: '1500.00',
      mode: 'banktransfer',
    };
    const input: ChargeInput = { ...bank, method: 'bank_transfer' };
    const { outcome, body } = await request(input, reply(200, steps(authorization)));
    expect(body).toMatchObject({ expires: 3_600 });
    expect(outcome).toMatchObject({
      action: {
        type: 'bank_transfer',
        accountNumber: '0067100155',
        bankName: 'Mock Bank',
        expiresAt: '2026-01-05T10:30:00.000Z',
        message: 'Please make a bank transfer. Exactly 1500.00',
      },
    });
  });

  it('expires with what was asked for when the reply names no certain time', async () => {
    const authorization = {
      transfer_account: 67,
      account_expiration: '2026-01-05 11:00:00',
      mode: 'banktransfer',
    };
    const input: ChargeInput = { ...bank, method: 'bank_transfer' };
    const { outcome } = await request(input, reply(200, steps(authorization)));
    expect(outcome).toMatchObject({
      action: { accountNumber: '67', expiresAt: '2026-01-05T11:20:00.000Z' },
    });
  });

  it('is a code to dial', async () => {
    const instrument = { ...noInstrument, bankCode: '058' };
    const input: ChargeInput = { ...bank, method: 'ussd', instrument };
    const answer = steps({ mode: 'ussd', note: 'Dial *000*002*1111111#' });
    const { outcome, path } = await request(input, reply(200, answer));
    expect(path).toBe('/charges?type=ussd');
    expect(outcome).toMatchObject({ action: { type: 'ussd', code: '*000*002*1111111#' } });
  });

  it('that only the page can take leaves the charge open', async () => {
    const answer = reply(200, steps({ mode: 'pin', fields: ['pin'] }));
    expect((await request(bank, answer)).outcome.kind).toBe('pending');
  });

  it('of an unknown kind is neither success nor failure', async () => {
    const answer = reply(200, steps({ mode: 'dance' }));
    expect((await request(bank, answer)).outcome.kind).toBe('unknown');
  });
});

describe('an OTP', () => {
  it('goes to validate-charge with the reference of the charge', async () => {
    const { call, bodies, sent } = scripted(reply(200, ok(transaction())));
    const submit = { attempt: directAttempt, field: 'otp', value: ' 12345 ' } as const;
    expect(await flutterwave.submitAction!(submit, call)).toMatchObject({
      kind: 'succeeded',
      amountMinor: 15_050n,
    });
    expect(sent[0]?.path).toBe('/validate-charge');
    expect(bodies()).toEqual([{ otp: '12345', flw_ref: 'FLW-MOCK-demo1', type: 'card' }]);
  });

  it.each([400, 401, 429, 500])(
    'that is refused with HTTP %i leaves the charge open',
    async (status) => {
      const { call } = scripted(
        reply(status, { status: 'error', message: 'Declined', data: null }),
      );
      const submit = { attempt: directAttempt, field: 'otp', value: '1' } as const;
      expect((await flutterwave.submitAction!(submit, call)).kind).toBe('unknown');
    },
  );
});
