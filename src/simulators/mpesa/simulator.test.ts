import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Bench, startBench } from '../testing.ts';
import { createMpesaSimulator } from './simulator.ts';

const KEY = 'consumer';
const BASIC = `Basic ${Buffer.from(`${KEY}:secret`).toString('base64')}`;
const STAMP = '20260105130000';
const PHONE = '254708374149';
const CALLBACK = 'http://merchant.test/wh/mp/p1';

let bench: Bench;
let token = '';

beforeEach(async () => {
  bench = startBench({
    authorization: BASIC,
    prefix: '/simulators/mpesa',
    simulators: { mpesa: { name: 'M-Pesa', create: createMpesaSimulator } },
  });
  token = await newToken();
});
afterEach(() => bench.close());

async function newToken(): Promise<string> {
  const reply = await bench.get('/oauth/v1/generate?grant_type=client_credentials');
  expect(reply.json).toMatchObject({ expires_in: '3599' });
  return reply.field('access_token');
}

const post = (path: string, body: object) =>
  bench.call('POST', path, body, { authorization: `Bearer ${token}` });

const password = (passkey = 'passkey') =>
  Buffer.from(`600000${passkey}${STAMP}`).toString('base64');

const push = (more: object = {}) =>
  post('/mpesa/stkpush/v1/processrequest', {
    BusinessShortCode: 600000,
    Password: password(),
    Timestamp: STAMP,
    TransactionType: 'CustomerPayBillOnline',
    Amount: '150',
    PartyA: PHONE,
    PartyB: '600000',
    PhoneNumber: PHONE,
    CallBackURL: CALLBACK,
    AccountReference: 'ORD1001',
    TransactionDesc: 'Order 1001',
    ...more,
  });

const query = (CheckoutRequestID: string) =>
  post('/mpesa/stkpushquery/v1/query', {
    BusinessShortCode: '600000',
    Password: password(),
    Timestamp: STAMP,
    CheckoutRequestID,
  });

const answer = (outcome: string, phone = PHONE) =>
  bench.press(`http://sims.test/simulators/phone/${phone}`, outcome);

const charged = () => bench.handle.books('mpesa', KEY).totals.KES?.charged ?? '0';

describe('the access token', () => {
  it('ends when a new one is given out, and after its time', async () => {
    await newToken();
    expect((await push()).json).toMatchObject({ errorCode: '404.001.03' });
    token = await newToken();
    expect((await push()).status).toBe(200);
    await bench.advance(3_600_000);
    expect((await push()).json).toMatchObject({ errorCode: '404.001.03' });
  });

  it('is not given for a wrong key, and not without the grant type', async () => {
    const wrong = `Basic ${Buffer.from('invalid:x').toString('base64')}`;
    const path = '/oauth/v1/generate?grant_type=client_credentials';
    const headers = { authorization: wrong };
    expect((await bench.call('GET', path, undefined, headers)).status).toBe(400);
    expect((await bench.get('/oauth/v1/generate')).json).toMatchObject({ errorCode: '400.008.02' });
  });
});

describe('an STK push', () => {
  it('is paid on the phone, once, and told by one callback', async () => {
    const checkout = (await push()).field('CheckoutRequestID');
    const waiting = await query(checkout);
    expect([waiting.status, waiting.json]).toMatchObject([500, { errorCode: '500.001.1001' }]);
    expect((await query(checkout)).json).toMatchObject({ ResultCode: '4999' });
    expect((await answer('success')).status).toBe(200);
    expect((await answer('success')).status).toBe(404);
    expect((await query(checkout)).json).toMatchObject({ ResultCode: '0' });
    await bench.advance(60_000);
    expect(charged()).toBe('15000');
    expect(bench.deliveries.map(({ url }) => url)).toEqual([CALLBACK]);
    const { Body } = JSON.parse(bench.deliveries[0]!.body);
    expect(Body.stkCallback).toMatchObject({ ResultCode: 0, CheckoutRequestID: checkout });
  });

  it.each([
    ['cancel', '1032'],
    ['failure', '2001'],
  ])('%s on the phone ends it with %s', async (outcome, code) => {
    const checkout = (await push()).field('CheckoutRequestID');
    await answer(outcome);
    expect((await query(checkout)).json).toMatchObject({ ResultCode: code });
    expect(charged()).toBe('0');
  });

  it('that nobody answers ends by itself', async () => {
    const checkout = (await push()).field('CheckoutRequestID');
    await bench.advance(60_000);
    expect((await query(checkout)).json).toMatchObject({ ResultCode: '1037' });
    expect((await answer('success')).status).toBe(404);
  });

  it('locks the phone while it is open, and refuses the same amount for two minutes after', async () => {
    await push();
    expect((await push({ Amount: '10' })).json).toMatchObject({
      errorCode: '500.001.1001',
      errorMessage: expect.stringContaining('Unable to lock subscriber'),
    });
    await answer('success');
    const again = (await push()).field('CheckoutRequestID');
    await answer('success');
    expect((await query(again)).json).toMatchObject({ ResultCode: '17' });
    await bench.advance(180_000);
    await push();
    await answer('success');
    expect(charged()).toBe('30000');
  });

  it.each([
    ['Amount', { Amount: '1.5' }],
    ['Amount', { Amount: '250001' }],
    ['PhoneNumber', { PhoneNumber: '0708374149' }],
    ['CallBackURL', { CallBackURL: 'https://shop.example/webhooks/mpesa' }],
    ['AccountReference', { AccountReference: 'longer than twelve' }],
    ['Remarks', { TransactionDesc: undefined }],
  ])('with a bad %s is refused: %j', async (field, more) => {
    const reply = await push(more);
    expect(reply.json).toMatchObject({
      errorCode: '400.002.02',
      errorMessage: expect.stringContaining(field),
    });
  });

  it('with another password is refused', async () => {
    const wrong = { Password: password('invalid') };
    expect((await push(wrong)).json).toMatchObject({ errorMessage: 'Wrong credentials' });
  });

  it.each([
    ['254700000000', '0'],
    ['254700000001', '1'],
    ['254700000032', '1032'],
    ['254700000037', '1037'],
    ['254700000019', '1019'],
    ['254700000901', '2001'],
  ])('the phone %s ends by itself with %s', async (phone, code) => {
    const checkout = (await push({ PartyA: phone, PhoneNumber: phone })).field('CheckoutRequestID');
    await bench.advance(3_000);
    expect((await query(checkout)).json).toMatchObject({ ResultCode: code });
  });

  it('a forged callback goes to an address that nobody was told', async () => {
    bench.handle.addFault('mpesa', { fault: 'webhook_forged', times: 1 });
    await push();
    await answer('success');
    await bench.advance(1_000);
    expect(bench.deliveries.map(({ url }) => url)).toEqual([CALLBACK.replace(/.$/, '0')]);
  });

  it('of the phone …998 has no callback', async () => {
    await push({ PartyA: '254700000998', PhoneNumber: '254700000998' });
    await bench.advance(60_000);
    expect([charged(), bench.deliveries]).toEqual(['15000', []]);
  });
});

describe('money that goes out', () => {
  const initiator = {
    SecurityCredential: 'c2VjcmV0',
    ResultURL: 'http://merchant.test/wh/mp/r1',
    QueueTimeOutURL: 'http://merchant.test/wh/mp/r1',
    Remarks: 'ok',
  };
  const reverse = (TransactionID: string) =>
    post('/mpesa/reversal/v1/request', {
      ...initiator,
      Initiator: 'api',
      CommandID: 'TransactionReversal',
      TransactionID,
      Amount: '150',
      ReceiverParty: '600000',
      RecieverIdentifierType: '11',
    });
  const results = () =>
    bench.deliveries
      .map(({ body }) => JSON.parse(body).Result)
      .filter(Boolean)
      .map(({ ResultCode }) => ResultCode);

  it('a transaction is reversed once; what does not exist is not', async () => {
    await push();
    await answer('success');
    await bench.advance(1_000);
    const items = JSON.parse(bench.deliveries[0]!.body).Body.stkCallback.CallbackMetadata.Item;
    const receipt = items.find(({ Name }: { Name: string }) => Name === 'MpesaReceiptNumber').Value;
    expect(receipt).toMatch(/^[A-Z0-9]{10}$/);
    for (const id of [receipt, receipt, 'NOTTHERE00'])
      expect((await reverse(id)).json).toMatchObject({ ResponseCode: '0' });
    await bench.advance(5_000);
    expect(results()).toEqual([0, 'R000001', 'R000002']);
    expect(bench.handle.books('mpesa', KEY).totals.KES).toMatchObject({ refunded: '15000' });
  });

  it('a payout is made once for one OriginatorConversationID', async () => {
    const pay = () =>
      post('/mpesa/b2c/v3/paymentrequest', {
        ...initiator,
        InitiatorName: 'api',
        OriginatorConversationID: 'ours-1',
        CommandID: 'BusinessPayment',
        Amount: '150',
        PartyA: '600992',
        PartyB: PHONE,
      });
    expect((await pay()).json).toMatchObject({ ResponseCode: '0' });
    const again = await pay();
    expect([again.status, again.json]).toMatchObject([500, { errorCode: '500.002.1001' }]);
    await bench.advance(5_000);
    expect(results()).toEqual([0]);
    expect(bench.handle.books('mpesa', KEY).totals.KES).toMatchObject({ paid_out: '15000' });
  });
});
