import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Bench, type Reply, startBench } from '../testing.ts';
import { endpointOfSticpay } from './merchants.ts';
import { createSticpaySimulator } from './simulator.ts';
import { type SignType, signatureOf, type Texts } from './wire.ts';

const API_KEY = 'your_api_key_here';
const EMAIL = 'merchant@example.com';
const ORDER = 'ortxggdqGELpiuCQ';
const PAY = ['merchant_email', 'order_no', 'order_time', 'order_amount', 'order_currency'];
const CALLBACK = [...PAY, 'transaction_code', 'transaction_time'];
const DETAIL = ['merchant', 'order_id', 'request_datetime', 'interface_version'];

let bench: Bench;
function start(booksDir: string | null): Bench {
  const create = createSticpaySimulator;
  return startBench({
    authorization: '',
    prefix: '/simulators/sticpay',
    simulators: { sticpay: { name: 'Sticpay', create, endpointOf: endpointOfSticpay } },
    booksDir,
  });
}
beforeEach(() => {
  bench = start(null);
});
afterEach(() => bench.close());

function send(path: string, fields: Texts, names: string[], key = API_KEY, type: SignType = 'MD5') {
  const sign = signatureOf(fields, names, type, key);
  return bench.post(path, new URLSearchParams({ ...fields, sign, sign_type: type }));
}

const order = (amount: string, more: Texts = {}): Texts => ({
  merchant_email: EMAIL,
  order_no: ORDER,
  order_time: '2026-01-05 10:00:00',
  order_amount: amount,
  order_currency: 'USD',
  interface_version: 'sandbox',
  callback_url: 'https://shop.example/hook',
  success_url: 'https://shop.example/back',
  failure_url: 'https://shop.example/back',
  referrer_url: 'https://shop.example/back',
  ...more,
});
const pay = (amount: string, more: Texts = {}) => send('/rest_pay/pay', order(amount, more), PAY);
const asking = (more: Texts = {}): Texts => ({
  merchant: EMAIL,
  order_id: ORDER,
  request_datetime: '2026-01-05 10:00:00',
  interface_version: 'sandbox',
  ...more,
});
const detail = (names = DETAIL, more: Texts = {}) =>
  send('/rest_transaction/detail', asking(more), names);
const codeOf = (reply: Reply) => [reply.status, reply.field('success'), reply.field('code')];

/** The callbacks, decoded as far as JSON goes. */
function callbacks() {
  return bench.deliveries.map(({ body, headers, url }) => {
    const text = new URLSearchParams(body).get('callback')!;
    const callback = JSON.parse(text) as { code: number; message: string; parameters: unknown };
    const { parameters } = callback;
    const given = (typeof parameters === 'string' ? JSON.parse(parameters) : parameters) as Texts;
    return { url, type: headers['content-type'], callback, given };
  });
}

function isSigned(given: Texts): boolean {
  return given.sign === signatureOf(given, CALLBACK, given.sign_type as SignType, API_KEY);
}

describe('a payment', () => {
  it('is paid on the page, told with a signed callback of code -1, and found by detail', async () => {
    const link = (await pay('12.00')).field('link');
    expect(link).toMatch(/\/1\.1\/pay\/consume_token\/[0-9a-f]{48}$/);
    expect(codeOf(await detail())).toEqual([200, 'false', '1401']);
    const back = await bench.press(link, 'success');
    const target = new URL(String(back.headers.location));
    expect([back.status, target.origin + target.pathname]).toEqual([
      303,
      'https://shop.example/back',
    ]);
    expect(JSON.parse(target.searchParams.get('callback')!)).toMatchObject({ code: 0 });
    await bench.press(link, 'failure');
    await bench.advance(1_000);
    const [told, ...more] = callbacks();
    expect(more).toEqual([]);
    expect(told).toMatchObject({
      url: 'https://shop.example/hook',
      type: 'application/x-www-form-urlencoded',
      callback: { type: 'payment', code: -1, message: '' },
      given: { order_no: ORDER, order_amount: '12.00', interface_version: 'sandbox' },
    });
    expect(isSigned(told!.given)).toBe(true);
    const found = await detail();
    expect(found.json).toMatchObject({
      success: true,
      status: 'approved',
      transaction_code: told!.given.transaction_code,
    });
    expect(bench.handle.books('sticpay', `${EMAIL}:${API_KEY}`).references).toMatchObject([
      { reference: ORDER, charged: '1200', counts: { charged: 1 } },
    ]);
  });

  it('sends a browser back with a POST of its own', async () => {
    const link = (await pay('12.00')).field('link');
    const form = new URLSearchParams({ outcome: 'success' });
    const page = await bench.call('POST', link, form, { accept: 'text/html,*/*' });
    expect(page.status).toBe(200);
    expect(page.text).toContain('action="https://shop.example/back"');
    expect(page.text).toContain('name="callback"');
    expect(page.headers['content-security-policy']).toContain('script-src');
  });

  it('that is cancelled was never made: code 1, and the link still works', async () => {
    const link = (await pay('12.00')).field('link');
    const back = new URL(String((await bench.press(link, 'cancel')).headers.location));
    expect(JSON.parse(back.searchParams.get('callback')!)).toMatchObject({ code: 1 });
    expect(codeOf(await detail())[2]).toBe('1401');
    await bench.press(link, 'success');
    expect((await detail()).field('status')).toBe('approved');
  });

  it('that fails is rejected, with a callback', async () => {
    const link = (await pay('12.00')).field('link');
    await bench.press(link, 'failure');
    await bench.advance(1_000);
    expect((await detail()).field('status')).toBe('rejected');
    expect(callbacks()).toHaveLength(1);
    expect(bench.handle.books('sticpay').totals).toEqual({});
  });

  it('cannot be paid after five minutes', async () => {
    const link = (await pay('12.00')).field('link');
    await bench.advance(301_000);
    const back = new URL(String((await bench.press(link, 'success')).headers.location));
    expect(JSON.parse(back.searchParams.get('callback')!)).toMatchObject({ code: 100 });
    expect(codeOf(await detail())[2]).toBe('1401');
  });

  it('has an order number that can be used once', async () => {
    await pay('12.00');
    expect(codeOf(await pay('12.00'))).toEqual([200, 'false', '1300']);
  });
});

describe('behaviour by amount', () => {
  const paid = async (amount: string) => {
    await bench.press((await pay(amount)).field('link'), 'success');
    await bench.advance(100);
  };

  it('12.01 is below the minimum', async () => {
    expect(codeOf(await pay('12.01'))[2]).toBe('410');
  });

  it('12.04 is pending after the callback, then approved', async () => {
    await paid('12.04');
    expect((await detail()).field('status')).toBe('pending');
    await bench.advance(5_000);
    expect((await detail()).field('status')).toBe('approved');
    expect(callbacks()).toHaveLength(2);
  });

  it('12.05 is rejected after the callback', async () => {
    await paid('12.05');
    expect((await detail()).field('status')).toBe('rejected');
  });

  it('12.06 is told before the browser returns', async () => {
    await bench.press((await pay('12.06')).field('link'), 'success');
    expect(callbacks()).toHaveLength(1);
  });

  it('12.07 and 12.08 are told wrongly', async () => {
    await paid('12.07');
    const [other] = callbacks();
    expect(other!.given.interface_version).toBe('live');
    await bench.press((await pay('12.08', { order_no: 'o2' })).field('link'), 'success');
    await bench.advance(100);
    expect(isSigned(callbacks()[1]!.given)).toBe(false);
  });

  it('12.09 knows the older signature of detail only', async () => {
    await paid('12.09');
    expect(codeOf(await detail())[2]).toBe('809');
    expect((await detail(DETAIL.slice(0, 3))).field('status')).toBe('approved');
    await bench.press((await pay('12.00', { order_no: 'o2' })).field('link'), 'success');
    expect(codeOf(await detail(DETAIL.slice(0, 3), { order_id: 'o2' }))[2]).toBe('809');
  });

  it('12.11 answers with a page, and keeps the order', async () => {
    const reply = await pay('12.11');
    expect([reply.status, reply.json]).toEqual([200, null]);
    expect(codeOf(await pay('12.00'))[2]).toBe('1300');
  });

  it('12.12 to 12.14 are told in other forms', async () => {
    for (const [index, amount] of ['12.12', '12.13', '12.14'].entries()) {
      await bench.press((await pay(amount, { order_no: `o${index}` })).field('link'), 'success');
      await bench.advance(100);
    }
    const [objects, nested, list] = callbacks();
    expect(objects!.callback.parameters).toBeTypeOf('object');
    expect(nested!.given.transaction_details).toMatchObject({ status: 'approved' });
    expect(JSON.parse(list!.callback.message)).toEqual([{ code: -1, message: 'Processed' }]);
  });

  it('12.15 is settled in another currency', async () => {
    await paid('12.15');
    expect((await detail()).json).toMatchObject({ from_currency: 'USD', to_currency: 'EUR' });
  });
});

describe('a restarted simulator', () => {
  it('knows its orders, its open links and its merchants', async () => {
    const booksDir = mkdtempSync(join(tmpdir(), 'sticpay-'));
    bench = start(booksDir);
    bench.handle.knowEndpoint('sticpay', 'sandbox', { merchantEmail: EMAIL, apiKey: 'own-key' });
    const link = (await pay('12.00')).field('link');
    // No close: as after kill -9.
    bench = start(booksDir);
    expect(codeOf(await pay('12.00'))[2]).toBe('1300');
    await bench.press(link, 'success');
    expect((await detail()).field('status')).toBe('approved');
    const other = await send('/rest_pay/pay', order('12.00'), PAY, 'own-key');
    expect(other.field('success')).toBe('true');
    rmSync(booksDir, { recursive: true });
  });
});

describe('withdrawals and refunds', () => {
  const OUT = ['merchant', 'customer', 'amount', 'currency_code', 'order_id', 'interface_version'];
  const withdraw = (more: Texts = {}) =>
    send(
      '/rest_withdraw/withdraw',
      {
        merchant: EMAIL,
        customer: 'cust@example.com',
        amount: '5.00',
        currency_code: 'USD',
        order_id: 'w1',
        interface_version: 'sandbox',
        ...more,
      },
      OUT,
    );
  const refund = (id: string) => {
    const fields = { merchant: EMAIL, order_id: id, request_datetime: '2026-01-05 10:00:00' };
    return send('/rest_withdraw/refund', fields, Object.keys(fields));
  };

  it('a withdrawal is done when it is answered, once per order', async () => {
    expect((await withdraw()).json).toMatchObject({ success: true });
    expect(codeOf(await withdraw())[2]).toBe('1300');
    expect((await detail(DETAIL, { order_id: 'w1' })).field('status')).toBe('approved');
    expect(bench.handle.books('sticpay').totals).toMatchObject({ USD: { paid_out: '500' } });
  });

  it.each([
    ['to nobody', { customer: 'nobody@example.com' }, '200'],
    ['to no address', { customer: 'me' }, '805'],
    ['of nothing', { amount: '0.00' }, '410'],
    ['without decimals', { amount: '5' }, '803'],
    ['in no currency', { currency_code: 'XXX' }, '807'],
    ['to no environment', { interface_version: 'prod' }, '800'],
  ])('a withdrawal %s is refused', async (_name, more, code) => {
    expect(codeOf(await withdraw(more))[2]).toBe(code);
  });

  it('a refund gives all back, once', async () => {
    await bench.press((await pay('12.00')).field('link'), 'success');
    expect((await refund(ORDER)).json).toEqual({ success: true });
    expect(codeOf(await refund(ORDER))[2]).toBe('1402');
    expect(codeOf(await refund('none'))[2]).toBe('1401');
    expect(bench.handle.books('sticpay').totals).toMatchObject({ USD: { refunded: '1200' } });
  });
});

describe('signatures', () => {
  it('are those of the published vectors', () => {
    const fields = {
      merchant_email: EMAIL,
      order_no: ORDER,
      order_time: '2025-12-12 08:55:04',
      order_amount: '12.00',
      order_currency: 'USD',
    };
    expect(signatureOf(fields, PAY, 'MD5', API_KEY)).toBe('d5f4aa295643299b501c0c6cba5cb99f');
    expect(signatureOf(fields, PAY, 'SHA256', API_KEY)).toBe(
      '3a4c9577cd2b405202a8bc68ce70090945462d1cb6687e8b922c297575fe6d79',
    );
    const told = { transaction_code: 'STP123', transaction_time: '2025-12-12 08:57:10' };
    expect(signatureOf({ ...fields, ...told }, CALLBACK, 'MD5', API_KEY)).toBe(
      'cb7278275fc2650ecad1df52452d2ed8',
    );
  });

  it('of a key that is not known are refused, until its credentials were saved', async () => {
    const secret = 'another-key';
    const paying = () => send('/rest_pay/pay', order('12.00'), PAY, secret, 'SHA256');
    expect(codeOf(await paying())[2]).toBe('809');
    bench.handle.knowEndpoint('sticpay', 'sandbox', { merchantEmail: EMAIL, apiKey: secret });
    expect((await paying()).field('success')).toBe('true');
    expect((await pay('12.00')).field('success')).toBe('true'); // books of its own
  });

  it.each([
    ['no merchant', { merchant_email: '' }, '850'],
    ['no order number', { order_no: '' }, '850'],
    ['a wrong time', { order_time: 'noon' }, '804'],
    ['an amount without decimals', { order_amount: '12' }, '803'],
    ['an address that is no URL', { callback_url: 'hook' }, '808'],
  ])('%s is refused', async (_name, more, code) => {
    const reply = await send('/rest_pay/pay', order('12.00', more), PAY);
    expect(codeOf(reply)[2]).toBe(code);
  });

  it('may come as JSON', async () => {
    const fields = order('12.00');
    const sign = signatureOf(fields, PAY, 'MD5', API_KEY);
    expect((await bench.post('/rest_pay/pay', { ...fields, sign })).field('success')).toBe('true');
  });
});
