import { describe, expect, it } from 'vitest';
import {
  account,
  chargeInput,
  init,
  login,
  noInstrument,
  ok,
  REFERENCE,
  refusal,
  reply,
  scripted,
  TRANSACTION,
  transaction,
} from './fixture.ts';
import { monnify } from './index.ts';

const transfer = { ...chargeInput, method: 'bank_transfer', instrument: noInstrument } as const;

describe('the page', () => {
  it('is asked for in naira, under our reference', async () => {
    const { call, sent, bodies } = scripted([reply(200, init)]);
    expect(await monnify.charge(chargeInput, call)).toMatchObject({
      kind: 'requires_action',
      action: { type: 'redirect' },
      pspReference: TRANSACTION,
    });
    expect(sent[0]?.path).toBe('/api/v1/merchant/transactions/init-transaction');
    expect(bodies()[0]).toMatchObject({
      amount: 1500.5,
      paymentReference: REFERENCE,
      contractCode: '1000000001',
      currencyCode: 'NGN',
      paymentMethods: ['CARD'],
      redirectUrl: 'https://shop.example/return',
      metaData: { payment_id: 'pay_1' },
    });
  });
});

describe('a bank transfer', () => {
  it('is an account whose end is counted from now, since the times have no zone', async () => {
    const { call, bodies } = scripted([reply(200, init), reply(200, account)]);
    expect(await monnify.charge(transfer, call)).toMatchObject({
      kind: 'requires_action',
      action: {
        type: 'bank_transfer',
        accountNumber: '3000000001',
        bankName: 'Wema bank',
        expiresAt: '2026-01-05T11:00:00.000Z',
        message: 'Transfer exactly NGN 1500.50',
      },
    });
    expect(bodies()[1]).toEqual({ transactionReference: TRANSACTION });
  });

  it('was not sent when nobody could be told an account', async () => {
    const lost = { sent: 'unknown', reason: 'reset' } as const;
    const { call } = scripted([lost]);
    expect((await monnify.charge(transfer, call)).kind).toBe('not_sent');
  });

  it('whose account was lost is unknown, and its transaction is known', async () => {
    const { call } = scripted([reply(200, init), reply(500, refusal('99', 'error'))]);
    expect(await monnify.charge(transfer, call)).toMatchObject({
      kind: 'unknown',
      pspReference: TRANSACTION,
    });
  });

  it('that the contract does not have may be tried elsewhere', async () => {
    const { call } = scripted([reply(200, init), reply(400, refusal('99', 'Feature not enabled'))]);
    expect(await monnify.charge(transfer, call)).toMatchObject({
      kind: 'declined',
      decline: { code: 'merchant_config' },
    });
  });
});

describe('a code to dial', () => {
  it.each([
    ['058', '737'],
    ['901', '901'],
  ])('of the bank %s is that of %s', async (bankCode, bankUssdCode) => {
    const code = reply(200, ok({ paymentCode: '*737*000*300#' }));
    const { call, bodies } = scripted([reply(200, init), code]);
    const input = {
      ...chargeInput,
      method: 'ussd',
      instrument: { ...noInstrument, bankCode },
    } as const;
    expect(await monnify.charge(input, call)).toMatchObject({
      action: { type: 'ussd', code: '*737*000*300#' },
    });
    expect(bodies()[1]).toMatchObject({ bankUssdCode });
  });
});

describe('a saved card', () => {
  const input = { ...chargeInput, instrument: { ...noInstrument, token: 'MNFY_1' } };

  it('is charged at once', async () => {
    const { call, bodies } = scripted([reply(200, ok(transaction()))]);
    expect(await monnify.charge(input, call)).toMatchObject({
      kind: 'succeeded',
      amountMinor: 150_050n,
      feeMinor: 1_500n,
    });
    expect(bodies()[0]).toMatchObject({ cardToken: 'MNFY_1', apiKey: 'MK_TEST_EXAMPLE' });
  });

  it.each([
    ['Insufficient funds', 'insufficient_funds'],
    ['Do not honour', 'do_not_honor'],
    ['Something else', 'unknown'],
    ['Duplicate payment reference', 'unknown'],
  ])('refused with %j is %s', async (message, code) => {
    const { call } = scripted([reply(422, refusal('99', message))]);
    const outcome = await monnify.charge(input, call);
    expect(outcome.kind === 'declined' ? outcome.decline.code : outcome.kind).toBe(code);
  });
});

describe('the access token', () => {
  it('is fetched by Basic authentication, kept, and replaced once when it is refused', async () => {
    const { call, sent } = scripted(
      [
        login('token-one'),
        reply(200, ok(transaction())),
        reply(401, { error: 'invalid_token' }),
        login('token-two'),
        reply(200, ok(transaction())),
      ],
      false,
    );
    const attempt = { ...chargeInput, pspReference: null, pspState: {}, createdAtMs: 0 };
    for (let again = 0; again < 2; again += 1)
      expect((await monnify.sync(attempt, call)).kind).toBe('succeeded');
    expect(sent[0]).toMatchObject({
      path: '/api/v1/auth/login',
      headers: { authorization: 'Basic TUtfVEVTVF9FWEFNUExFOkVYQU1QTEVTRUNSRVRLRVk=' },
      movesNoMoney: true,
      secretReply: true,
    });
    expect(sent.map(({ headers }) => headers?.authorization).slice(1)).toEqual([
      'Bearer token-one',
      'Bearer token-one',
      sent[0]?.headers?.authorization,
      'Bearer token-two',
    ]);
  });

  it('that cannot be had leaves the charge unsent, or refuses the keys', async () => {
    const lost = scripted([{ sent: 'unknown', reason: 'reset' }], false);
    expect((await monnify.charge(chargeInput, lost.call)).kind).toBe('not_sent');
    const wrong = scripted([reply(401, refusal('99', 'bad credentials'))], false);
    expect(await monnify.charge(chargeInput, wrong.call)).toMatchObject({
      kind: 'declined',
      decline: { code: 'auth_failed' },
    });
  });
});
