import { describe, expect, it } from 'vitest';
import { callbackUrl } from '../callback.ts';
import { accessToken } from './api.ts';
import {
  accepted,
  attempt,
  CHECKOUT,
  CREDENTIALS,
  chargeInput,
  error,
  listed,
  NOW_MS,
  payoutInput,
  queried,
  REFERENCE,
  refundInput,
  reply,
  scripted,
} from './fixture.ts';
import { mpesa } from './index.ts';

const bodyOf = (sent: readonly { body?: string }[], index = 0) =>
  JSON.parse(sent[index]?.body ?? 'null');

describe('the STK push', () => {
  it('is what psp/mpesa.md section 2.1 shows, password and time in Nairobi included', async () => {
    const { call, sent } = scripted(reply(200, accepted));
    const outcome = await mpesa.charge(chargeInput, call);
    expect(bodyOf(sent)).toEqual({
      BusinessShortCode: 174379,
      Password:
        'MTc0Mzc5YmZiMjc5ZjlhYTliZGJjZjE1OGU5N2RkNzFhNDY3Y2QyZTBjODkzMDU5YjEwZjc4ZTZiNzJhZGExZWQyYzkxOTIwMjYwMTA1MTAxNTAw',
      Timestamp: '20260105101500',
      TransactionType: 'CustomerPayBillOnline',
      Amount: '150',
      PartyA: '254712345678',
      PartyB: '174379',
      PhoneNumber: '254712345678',
      CallBackURL: expect.stringMatching(
        new RegExp(`^https://pay.shop.example/wh/mp/p${REFERENCE}s[0-9a-f]{32}$`),
      ),
      AccountReference: `S${REFERENCE.slice(-11).toUpperCase()}`,
      TransactionDesc: 'Order 1001 sh',
    });
    expect(outcome).toMatchObject({ kind: 'requires_action', pspReference: CHECKOUT });
  });

  it('pays a till under its number, with the short code of its head office', async () => {
    const { call, sent } = scripted(reply(200, accepted));
    const credentials = { ...CREDENTIALS, type: 'till', till_number: '5555555' };
    await mpesa.charge(chargeInput, { ...call, credentials });
    expect(bodyOf(sent)).toMatchObject({
      BusinessShortCode: 174379,
      PartyB: '5555555',
      TransactionType: 'CustomerBuyGoodsOnline',
    });
  });

  it('is sent once more, with a new token, when the token was refused', async () => {
    const { call, sent } = scripted(
      error(404, '404.001.03', 'Invalid Access Token'),
      reply(200, accepted),
    );
    expect((await mpesa.charge(chargeInput, call)).kind).toBe('requires_action');
    const tokens = sent.map(({ headers }) => headers?.authorization);
    expect(tokens).toEqual(['Bearer token-0', 'Bearer token-1']);
  });

  it.each([
    [500, '500.001.1001', 'Unable to lock subscriber, a transaction is …', 'payer_busy'],
    [500, '500.001.1001', 'Wrong credentials', 'auth_failed'],
    [500, '500.002.1001', 'Service is currently under maintenance', 'provider_unavailable'],
    [500, '500.003.02', 'Spike arrest violation', 'rate_limited'],
    [400, '400.002.02', 'Bad Request - Invalid PhoneNumber', 'invalid_phone'],
    [400, '400.002.02', 'Bad Request - Invalid Amount', 'invalid_request'],
    [404, '404.001.01', 'Resource not found', 'merchant_config'],
  ])('%i %s "%s" is a refusal: %s', async (status, code, message, decline) => {
    const { call, sent } = scripted(error(status, code, message));
    const outcome = await mpesa.charge(chargeInput, call);
    expect(outcome).toMatchObject({ kind: 'declined', decline: { code: decline } });
    const text = JSON.stringify({ errorCode: code, errorMessage: message });
    if (status >= 500) expect(sent[0]?.refusesBy5xx?.(text)).toBe(true);
  });

  it.each([
    [500, '500.003.1001', 'Internal Server Error'],
    [500, '500.001.1001', 'Something that nobody has documented'],
    [500, '500.002.1001', 'Duplicate OriginatorConversationID'],
    [503, '503.001', 'new'],
  ])('%i %s "%s" proves nothing', async (status, code, message) => {
    const { call, sent } = scripted(error(status, code, message));
    expect((await mpesa.charge(chargeInput, call)).kind).toBe('unknown');
    const text = JSON.stringify({ errorCode: code, errorMessage: message });
    expect(sent[0]?.refusesBy5xx?.(text)).toBe(false);
  });

  it.each(['mpesa', 'safaricom', 'EXE', 'cmd', 'sql', 'query'])(
    'is not sent where Safaricom refuses the word %s in the address',
    async (word) => {
      const { call, sent } = scripted();
      const base = `https://${word}.shop.example/wh/mp`;
      const outcome = await mpesa.charge(chargeInput, { ...call, callbackUrl: base });
      expect(outcome).toMatchObject({ kind: 'declined', decline: { code: 'merchant_config' } });
      expect(sent).toEqual([]);
    },
  );
});

describe('the question about a push', () => {
  const ask = async (...script: Parameters<typeof scripted>) => {
    const { call } = scripted(...script);
    return mpesa.sync(attempt, call);
  };

  it.each([
    [
      'HTTP 500 that means pending',
      error(500, '500.001.1001', 'The transaction is being processed'),
    ],
    ['4999 with HTTP 200', reply(200, queried('4999'))],
    ['4999 as a number', reply(200, queried(4999))],
    ['a code that nobody knows', reply(200, queried('77777'))],
  ])('%s: still open', async (_name, answer) => {
    expect(await ask(answer)).toMatchObject({ kind: 'requires_action', action: { type: 'wait' } });
  });

  it.each([
    ['0', { kind: 'succeeded', what: 'captured', amountMinor: 15_000n }],
    [0, { kind: 'succeeded', what: 'captured', amountMinor: 15_000n }],
    ['1032', { kind: 'declined', decline: { code: 'user_cancelled' } }],
    ['1', { kind: 'declined', decline: { code: 'insufficient_funds' } }],
    ['SFC_IC0003', { kind: 'declined', decline: { code: 'merchant_config' } }],
    [1037, { kind: 'declined', decline: { code: 'payer_timeout' } }],
  ])('result %j', async (code, outcome) => {
    expect(await ask(reply(200, queried(code)))).toMatchObject(outcome);
  });

  it('about another push is no answer', async () => {
    const other = { ...queried('0'), CheckoutRequestID: 'ws_CO_other' };
    expect((await ask(reply(200, other))).kind).toBe('unknown');
  });

  it('takes the receipt of a callback, and refuses one that names another amount', async () => {
    const hints = { checkout_request_id: CHECKOUT, receipt: 'DEMO00001A', amount_minor: '15000' };
    const { call } = scripted(reply(200, queried('0')), reply(200, queried('0')));
    expect(await mpesa.sync({ ...attempt, hints }, call)).toMatchObject({
      kind: 'succeeded',
      pspState: { receipt: 'DEMO00001A' },
    });
    const wrong = { ...hints, amount_minor: '100' };
    expect((await mpesa.sync({ ...attempt, hints: wrong }, call)).kind).toBe('unknown');
  });

  it('whose id was lost is answered by the list of payments, once no callback can come', async () => {
    const lost = { ...attempt, pspReference: null };
    expect((await mpesa.sync(lost, scripted().call)).kind).toBe('unknown');
    const old = { ...lost, createdAtMs: NOW_MS - 4 * 60_000 };
    const none = scripted(reply(200, { ResponseCode: '1001' }));
    expect(await mpesa.sync(old, none.call)).toMatchObject({ kind: 'unknown', notFound: true });
    const found = scripted(reply(200, listed()));
    expect(await mpesa.sync(old, found.call)).toMatchObject({
      kind: 'succeeded',
      amountMinor: 15_000n,
      pspState: { receipt: 'DEMO00001A' },
    });
    const broken = scripted(reply(200, { ResponseCode: '9999' }));
    expect(await mpesa.sync(old, broken.call)).not.toHaveProperty('notFound');
  });

  it('is looked for as far around as our clock and theirs may differ', async () => {
    const old = { ...attempt, pspReference: null, createdAtMs: NOW_MS - 4 * 60_000 };
    const { call, sent } = scripted(reply(200, { ResponseCode: '1001' }));
    await mpesa.sync(old, call);
    const { StartDate, EndDate } = bodyOf(sent);
    const inNairobi = (text: string) => Date.parse(`${text.replace(' ', 'T')}+03:00`);
    expect(old.createdAtMs - inNairobi(StartDate)).toBeGreaterThanOrEqual(10 * 60_000);
    expect(inNairobi(EndDate) - NOW_MS).toBeGreaterThanOrEqual(10 * 60_000);
  });
});

describe('reversals and payouts', () => {
  it('a reversal names the receipt, and takes a part for none of its business', async () => {
    const { call, sent } = scripted(reply(200, accepted));
    expect(await mpesa.refund!(refundInput, call)).toMatchObject({
      kind: 'pending',
      pspReference: 'DEMO00001A',
    });
    expect(bodyOf(sent)).toMatchObject({
      CommandID: 'TransactionReversal',
      TransactionID: 'DEMO00001A',
      Amount: '150',
      RecieverIdentifierType: '11',
    });
    const part = { ...refundInput, amount: { amountMinor: 5_000n, currency: 'KES' } };
    expect((await mpesa.refund!(part, scripted().call)).kind).toBe('declined');
  });

  it('a payout whose conversation was used before exists: it is asked about', async () => {
    const duplicate = error(500, '500.002.1001', 'Duplicate OriginatorConversationID.');
    expect((await mpesa.payout!(payoutInput, scripted(duplicate).call)).kind).toBe('unknown');
  });

  it('nothing is asked without an initiator', async () => {
    const { call } = scripted();
    const { initiator_name: _name, ...credentials } = CREDENTIALS;
    const bare = { ...call, credentials };
    expect((await mpesa.payout!(payoutInput, bare)).kind).toBe('declined');
    expect((await mpesa.syncPayout!(payoutInput, bare)).kind).toBe('unknown');
  });
});

describe('callbacks', () => {
  const secret = CREDENTIALS.consumer_secret;
  const tail = (about: 'p' | 'r' | 'd', askedMs: number | null) =>
    callbackUrl('', { about, reference: REFERENCE, askedMs }, secret).slice(1);
  const message = (callback: string, body: unknown) => ({
    headers: {},
    query: { callback },
    rawBody: Buffer.from(JSON.stringify(body)),
  });
  const status = (TransactionStatus: string, more: object = {}) => ({
    Result: {
      ResultCode: 0,
      OriginatorConversationID: '1',
      ConversationID: '2',
      ResultParameters: {
        ResultParameter: Object.entries({ TransactionStatus, Amount: '150', ...more }).map(
          ([Key, Value]) => ({ Key, Value }),
        ),
      },
    },
  });

  it('an answer is believed at the address of its question, for an hour', () => {
    const judge = (callback: string, nowMs = NOW_MS) =>
      mpesa.verifyWebhook(message(callback, {}), CREDENTIALS, nowMs);
    expect(judge(tail('d', NOW_MS))).toBe('verified');
    expect(judge(tail('d', NOW_MS), NOW_MS + 3_700_000)).toBe('unsigned');
    expect(judge(tail('d', null))).toBe('unsigned');
    expect(judge(tail('p', null))).toBe('unsigned');
    // The MAC covers what it is about, which reference, and that it is an answer.
    expect(judge(tail('d', null).replace(/^d/, 'r'))).toBe('forged');
    expect(judge(tail('d', NOW_MS).replace(REFERENCE, REFERENCE.replace('0190', '0191')))).toBe(
      'forged',
    );
    const hex = (NOW_MS + 1).toString(16).padStart(12, '0');
    expect(judge(tail('d', NOW_MS).replace(/t[0-9a-f]{12}/, `t${hex}`))).toBe('forged');
    expect(mpesa.verifyWebhook(message(tail('d', NOW_MS), {}), {}, NOW_MS)).toBe('forged');
  });

  it.each([
    ['Completed', {}, { kind: 'succeeded', what: 'paid_out', amountMinor: 15_000n }],
    ['Pending', {}, { kind: 'pending' }],
    ['Declined', { TransactionReason: '1 short' }, { kind: 'declined' }],
    ['Expired', {}, { kind: 'declined' }],
  ])('a payout that is %s', (word, more, outcome) => {
    const said = mpesa.readWebhook(message(tail('d', NOW_MS), status(word, more)));
    expect(said).toMatchObject({ about: 'payout', target: { reference: REFERENCE }, outcome });
  });

  it.each([
    ['no such transaction', { ResultCode: 'R000002' }, { kind: 'unknown', notFound: true }],
    ['an error of the question', { ResultCode: 26 }, { kind: 'unknown' }],
    ['a status that nobody knows', status('Dreaming').Result, { kind: 'unknown' }],
    ['no amount', status('Completed', { Amount: '' }).Result, { kind: 'unknown' }],
  ])('an answer that says nothing is no reason to ask again: %s', (_, result, outcome) => {
    const body = { Result: { ...result, OriginatorConversationID: '1' } };
    const said = mpesa.readWebhook(message(tail('d', NOW_MS), body))?.outcome;
    expect(said).toMatchObject(outcome);
    if (!('notFound' in outcome)) expect(said).not.toHaveProperty('notFound');
  });

  it('a reversal that was done before is done; one refused without a reason needs a person', () => {
    const read = (more: object) =>
      mpesa.readWebhook(message(tail('r', NOW_MS), status('Declined', more)))?.outcome;
    const before = { TransactionReason: 'R000001 The transaction has already been reversed.' };
    expect(read(before)).toMatchObject({ kind: 'succeeded', what: 'refunded' });
    expect(read({})).toMatchObject({ kind: 'requires_action' });
  });

  it('only what comes to the address of a payment says more than that there is a reason to ask', () => {
    const items = [
      { Name: 'Amount', Value: 150 },
      { Name: 'MpesaReceiptNumber', Value: 'DEMO00001A' },
    ];
    const stkCallback = {
      CheckoutRequestID: CHECKOUT,
      ResultCode: 0,
      CallbackMetadata: { Item: items },
    };
    const read = (callback: string) =>
      mpesa.readWebhook(message(callback, { Body: { stkCallback } }));
    expect(read(tail('p', null))).toMatchObject({
      target: { reference: REFERENCE, pspReference: CHECKOUT },
      hints: { receipt: 'DEMO00001A', amount_minor: '15000', checkout_request_id: CHECKOUT },
    });
    for (const other of ['confirmation', tail('d', null)]) {
      expect(read(other)).not.toHaveProperty('hints');
      expect(read(other)?.target.reference).toBeNull();
    }
  });

  it('the shadow of an STK push is about nothing; a payment to the PayBill is a reason to ask', () => {
    const paid = (BillRefNumber: string) =>
      mpesa.readWebhook({
        headers: {},
        query: {},
        rawBody: Buffer.from(
          JSON.stringify({ TransID: 'X1', BillRefNumber, BusinessShortCode: '600000' }),
        ),
      });
    expect(paid('S0123456789A')?.about).toBeNull();
    expect(paid('p0123456789a')).toMatchObject({
      about: 'charge',
      outcome: null,
      target: { pspReference: 'P0123456789A' },
    });
  });
});

describe('the access token', () => {
  it('is asked for with the documented header, and its seconds may be a string', async () => {
    const sent: unknown[] = [];
    const { call } = scripted();
    const got = await accessToken(
      {
        ...call,
        token: async ({ fetch, of }) => {
          expect(of).toEqual(['examplekey', 'examplesecret']);
          expect(await fetch()).toEqual({ token: 'demo', expiresInS: 3599 });
          return { token: 'demo' };
        },
        send: async (request) => {
          sent.push(request);
          return reply(200, { access_token: 'demo', expires_in: '3599' });
        },
      },
      {},
    );
    expect(got).toEqual({ token: 'demo' });
    expect(sent).toMatchObject([
      {
        path: '/oauth/v1/generate?grant_type=client_credentials',
        headers: { authorization: 'Basic ZXhhbXBsZWtleTpleGFtcGxlc2VjcmV0' },
        secretReply: true,
      },
    ]);
  });
});
