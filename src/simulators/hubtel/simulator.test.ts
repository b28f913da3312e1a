import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Bench, startBench } from '../testing.ts';
import { createHubtelSimulator } from './simulator.ts';

const basic = (id: string) => `Basic ${Buffer.from(`${id}:key`).toString('base64')}`;
const KEY = 'apiid';
const CALLBACK = 'http://merchant.test/wh/hb/p1';

let bench: Bench;

beforeEach(() => {
  bench = startBench({
    authorization: basic(KEY),
    prefix: '/simulators/hubtel',
    simulators: { hubtel: { name: 'Hubtel', create: createHubtelSimulator } },
  });
});
afterEach(() => bench.close());

const RECEIVE = '/merchantaccount/merchants/10001/receive/mobilemoney';
const prompt = (reference: string, more: object = {}) =>
  bench.post(RECEIVE, {
    CustomerName: 'Ama',
    CustomerMsisdn: '233244123987',
    Channel: 'mtn-gh',
    Amount: 12.5,
    PrimaryCallbackUrl: CALLBACK,
    Description: 'Order 1001',
    ClientReference: reference,
    ...more,
  });
const open = (reference: string, more: object = {}) =>
  bench.post('/items/initiate', {
    totalAmount: 12.5,
    description: 'Order 1001',
    callbackUrl: CALLBACK,
    returnUrl: 'http://shop.test/return',
    cancellationUrl: 'http://shop.test/cancel',
    merchantAccountNumber: '10001',
    clientReference: reference,
    ...more,
  });
const documented = (reference: string) =>
  bench.get(`/transactions/10001/status?clientReference=${reference}`);
const open4720 = { ResponseCode: '4720' };
const listed = (reference: string) =>
  bench.get(`/v1/merchantaccount/merchants/10001/transactions/status?clientReference=${reference}`);
const answer = (outcome: string) =>
  bench.press('http://sims.test/simulators/phone/0244123987', outcome);
const totals = () => bench.handle.books('hubtel', KEY).totals.GHS;

describe('a prompt', () => {
  it('is paid on the phone, and both status services say so in their own shapes', async () => {
    expect((await prompt('r1')).json).toMatchObject({
      ResponseCode: '0001',
      Data: { Charges: 0.25, AmountCharged: 12.75 },
    });
    expect((await documented('r1')).field('data.status')).toBe('Unpaid');
    expect(await listed('r1')).toMatchObject({ status: 400, json: open4720 });
    await answer('success');
    expect((await documented('r1')).json).toMatchObject({
      responseCode: '0000',
      data: { status: 'Paid', amount: 12.5, charges: 0.25, amountAfterCharges: 12.25 },
    });
    expect((await listed('r1')).json).toMatchObject({ Data: [{ TransactionStatus: 'Success' }] });
    await bench.advance(1_000);
    const { Data, ResponseCode } = JSON.parse(bench.deliveries[0]!.body);
    expect([ResponseCode, Data.ClientReference]).toEqual(['0000', 'r1']);
    expect(totals()).toMatchObject({ charged: '1250' });
  });

  it('that is refused, or that nobody answers, is a failed try', async () => {
    await prompt('r1');
    await answer('cancel');
    await prompt('r2');
    await bench.advance(300_000);
    for (const reference of ['r1', 'r2']) {
      expect((await documented(reference)).field('data.status')).toBe('Unpaid');
      expect((await listed(reference)).json).toMatchObject({
        Data: [{ TransactionStatus: 'Failed' }],
      });
    }
    expect(totals()).toBeUndefined();
  });

  it('of a reference that was used, or with a bad field, is refused', async () => {
    await prompt('r1');
    expect((await prompt('r1')).json).toMatchObject({ ResponseCode: '4000' });
    expect((await open('r1')).json).toMatchObject({ ResponseCode: '4000' });
    for (const more of [
      { Amount: 12.505 },
      { Amount: '12.5' },
      { CustomerMsisdn: '0244123987' },
      { Channel: 'mtn' },
      { Description: 'Zoë' },
      { ClientReference: 'x'.repeat(37) },
    ])
      expect((await prompt('r9', more)).json).toMatchObject({ errors: {} });
    expect((await open('x'.repeat(33))).status).toBe(400);
  });
});

describe('the page', () => {
  it('stays open after a failed try, and is paid once', async () => {
    const url = (await open('r1')).field('data.checkoutUrl');
    expect((await bench.press(url, 'failure')).status).toBe(303);
    expect((await bench.press(url, 'cancel')).headers.location).toBe('http://shop.test/cancel');
    for (const _ of [1, 2]) await bench.press(url, 'success');
    const { Data } = (await listed('r1')).json as { Data: { TransactionStatus: string }[] };
    expect(Data.map((row) => row.TransactionStatus)).toEqual(['Failed', 'Success']);
    // The fee stands on top of what was asked for.
    expect((await documented('r1')).json).toMatchObject({
      data: { amount: 12.63, charges: 0.13, amountAfterCharges: 12.5 },
    });
    expect(totals()).toMatchObject({ charged: '1250', counts: { charged: 1 } });
  });
});

describe('the list of addresses', () => {
  it('lets others have the page and the public status, and nothing else', async () => {
    const headers = { authorization: basic('unlisted') };
    for (const path of ['/transactions/10001/status', '/api/inter-transfers/10001'])
      expect((await bench.call('GET', path, undefined, headers)).status).toBe(403);
    expect((await bench.call('POST', RECEIVE, {}, headers)).status).toBe(403);
    const path = '/v1/merchantaccount/merchants/10001/transactions/status?clientReference=x';
    expect((await bench.call('GET', path, undefined, headers)).json).toMatchObject(open4720);
  });

  it('may also mean no answer at all', async () => {
    const headers = { authorization: basic('hanging') };
    const reply = bench.call('GET', '/api/inter-transfers/10001', undefined, headers);
    const late = Symbol('late');
    await bench.advance(60_000);
    expect(await Promise.race([reply, Promise.resolve(late)])).toBe(late);
    await bench.advance(600_000);
    expect((await reply).status).toBe(200);
  });

  it('keys that are wrong are refused everywhere', async () => {
    const headers = { authorization: basic('invalid') };
    expect((await bench.call('POST', '/items/initiate', {}, headers)).status).toBe(401);
  });
});

describe('money that goes out', () => {
  async function paidOrder(reference: string, amount: number): Promise<string> {
    await prompt(reference, { Amount: amount });
    await answer('success');
    await bench.advance(1_000);
    return JSON.parse(bench.deliveries.at(-1)!.body).Data.OrderId;
  }
  const refund = (order: string) =>
    bench.post(`/refund/10001/order/${order}`, { callbackUrl: CALLBACK });

  const payOut = (Amount: number, ClientReference = 'p1') =>
    bench.post('/api/merchants/10002/send/mobilemoney', {
      RecipientName: 'Kofi',
      RecipientMsisdn: '233200000002',
      Channel: 'vodafone-gh',
      Amount,
      PrimaryCallbackURL: CALLBACK,
      Description: 'Salary',
      ClientReference,
    });

  it('an order is given back whole and once', async () => {
    const order = await paidOrder('r1', 12.5);
    expect(await refund(order)).toMatchObject({ status: 202, json: { responseCode: '0001' } });
    expect(await refund(order)).toMatchObject({ status: 423, json: { responseCode: '4515' } });
    await bench.advance(2_000);
    expect((await documented('r1')).field('data.status')).toBe('Refunded');
    expect(await refund(order)).toMatchObject({ status: 404, json: { responseCode: '4509' } });
    expect(totals()).toMatchObject({ refunded: '1250', counts: { refunded: 1 } });
  });

  it('the one that is named, by its order or by its transaction', async () => {
    await payOut(12.5);
    await paidOrder('r1', 12.5);
    await refund(await paidOrder('r2', 12.5));
    await paidOrder('r3', 12.5);
    await refund((await documented('r3')).field('data.transactionId'));
    await bench.advance(2_000);
    const statusOf = async (one: string) => (await documented(one)).field('data.status');
    const all = await Promise.all(['r1', 'r2', 'r3'].map(statusOf));
    expect(all).toEqual(['Paid', 'Refunded', 'Refunded']);
  });

  it('not below a cedi, not after 45 days, and not what is not there', async () => {
    expect((await refund(await paidOrder('r1', 0.99))).json).toMatchObject({
      responseCode: '4000',
    });
    const order = await paidOrder('r2', 12.5);
    await bench.advance(46 * 86_400_000);
    expect((await refund(order)).json).toMatchObject({ responseCode: '4509' });
    expect((await refund('nothing')).json).toMatchObject({ responseCode: '3000' });
  });

  it('payouts come from the prepaid account, once for one reference', async () => {
    const balance = async () =>
      (await bench.get('/api/inter-transfers/prepaid/10002')).field('data.amount');
    expect(await balance()).toBe('500000');
    expect((await payOut(12.5)).json).toMatchObject({ ResponseCode: '0001' });
    expect((await payOut(12.5)).json).toMatchObject({ ResponseCode: '4000' });
    expect((await payOut(500_000, 'p2')).json).toMatchObject({ ResponseCode: '4075' });
    await bench.advance(2_000);
    const status = '/api/merchants/10002/transactions/status?clientReference=p1';
    expect((await bench.get(status)).json).toMatchObject({
      Data: { transactionStatus: 'success' },
    });
    expect(await balance()).toBe('499987.5');
  });
});
