import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Bench, startBench } from '../testing.ts';
import { signatureOf } from './notify.ts';
import { createPaymaxisSimulator, endpointOfPaymaxis } from './simulator.ts';

const KEY = 'shop-one';
const SIGNING_KEY = 'LtAs7UiLl5UQ';

let bench: Bench;
function start(booksDir: string | null): Bench {
  const create = createPaymaxisSimulator;
  return startBench({
    authorization: `Bearer ${KEY}`,
    prefix: '/simulators/paymaxis',
    simulators: { paymaxis: { name: 'Paymaxis', create, endpointOf: endpointOfPaymaxis } },
    booksDir,
  });
}
beforeEach(() => {
  bench = start(null);
  bench.handle.knowEndpoint('paymaxis', 'sandbox', { apiKey: KEY, signingKey: SIGNING_KEY });
});
afterEach(() => bench.close());

const deposit = (amount: number, more: object = {}) => ({
  paymentType: 'DEPOSIT',
  currency: 'USD',
  amount,
  referenceId: 'ortxggdqGELpiuCQ',
  returnUrl: 'https://shop.example/back?pid={id}&state={state}&type={type}',
  webhookUrl: 'https://shop.example/hook',
  ...more,
});
const create = (body: unknown) => bench.post('/api/v1/payments', body);
const read = (id: string) => bench.get(`/api/v1/payments/${id}`);
const notices = () =>
  bench.deliveries.map(({ body, headers, url }) => ({
    url,
    signed: headers.signature === signatureOf(body, SIGNING_KEY),
    ...(JSON.parse(body) as { state: string; amount: number }),
  }));

/** A deposit whose page was answered. */
async function answered(amount: number, outcome: string): Promise<string> {
  const made = await create(deposit(amount));
  await bench.press(made.field('result.redirectUrl'), outcome);
  await bench.advance(100);
  return made.field('result.id');
}

describe('a deposit', () => {
  it('waits at a page, is paid once, and is told with the signature of the shop', async () => {
    const made = await create(deposit(12));
    expect([made.status, made.field('status'), made.field('result.state')]).toEqual([
      200,
      '200',
      'CHECKOUT',
    ]);
    const id = made.field('result.id');
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    const url = made.field('result.redirectUrl');
    const back = await bench.press(url, 'success');
    expect([back.status, back.headers.location]).toEqual([
      303,
      `https://shop.example/back?pid=${id}&state=COMPLETED&type=DEPOSIT`,
    ]);
    await bench.press(url, 'failure');
    await bench.advance(10_000);
    expect(notices()).toEqual([
      expect.objectContaining({
        url: 'https://shop.example/hook',
        signed: true,
        state: 'COMPLETED',
        internalState: 'COMPLETED',
        amount: 12,
        referenceId: 'ortxggdqGELpiuCQ',
      }),
    ]);
    expect((await read(id)).json).toMatchObject({ result: { state: 'COMPLETED', amount: 12 } });
    expect(bench.handle.books('paymaxis', KEY).references).toMatchObject([
      { reference: 'ortxggdqGELpiuCQ', charged: '1200', counts: { charged: 1 } },
    ]);
  });

  it.each([
    ['failure', 'DECLINED'],
    ['cancel', 'CANCELLED'],
  ])('that ends in %s is %s, and no money moves', async (outcome, state) => {
    const id = await answered(12, outcome);
    expect((await read(id)).field('result.state')).toBe(state);
    expect(notices()).toMatchObject([{ state }]);
    expect(bench.handle.books('paymaxis', KEY).totals).toEqual({});
  });

  it('is cancelled when nobody comes for a quarter of an hour', async () => {
    const made = await create(deposit(12));
    await bench.advance(901_000);
    expect((await read(made.field('result.id'))).field('result.state')).toBe('CANCELLED');
    const late = await bench.press(made.field('result.redirectUrl'), 'success');
    expect(late.headers.location).toContain('state=CANCELLED');
  });

  it('sent twice is two payments: there is no idempotency', async () => {
    const first = await create(deposit(12));
    const second = await create(deposit(12));
    expect(first.field('result.id')).not.toBe(second.field('result.id'));
  });

  it('is told without signature where the shop has no key', async () => {
    bench.handle.knowEndpoint('paymaxis', 'sandbox', { apiKey: KEY });
    await answered(12, 'success');
    expect(bench.deliveries[0]!.headers.signature).toBeUndefined();
  });
});

describe('behaviour by amount', () => {
  it('12.01 is declined at create', async () => {
    const made = await create(deposit(12.01));
    expect(made.json).toMatchObject({ result: { state: 'DECLINED', errorCode: '1.01' } });
    expect(made.field('result.redirectUrl')).toBe('undefined');
  });

  it.each([
    [12.02, 'COMPLETED'],
    [12.03, 'DECLINED'],
  ])('%f is pending, then %s', async (amount, state) => {
    const made = await create(deposit(amount));
    expect(made.field('result.state')).toBe('PENDING');
    await bench.advance(2_000);
    expect((await read(made.field('result.id'))).field('result.state')).toBe(state);
    expect(notices()).toMatchObject([{ state, signed: true }]);
  });

  it.each([12.05, 12.13])('%f is paid although the answer says nothing of it', async (amount) => {
    const made = await create(deposit(amount));
    expect(made.field('result.id')).toBe('undefined');
    const list = await bench.get('/api/v1/payments?limit=200');
    expect(list.json).toMatchObject({
      hasMore: false,
      result: [{ referenceId: 'ortxggdqGELpiuCQ', state: 'COMPLETED' }],
    });
    expect(bench.deliveries).toEqual([]);
  });

  it('12.06 is told before the browser returns', async () => {
    const made = await create(deposit(12.06));
    await bench.press(made.field('result.redirectUrl'), 'success');
    expect(notices()).toMatchObject([{ state: 'COMPLETED' }]);
  });

  it('12.07 is told three times, then otherwise', async () => {
    const id = await answered(12.07, 'success');
    await bench.advance(5_000);
    expect(notices().map(({ state }) => state)).toEqual([
      'COMPLETED',
      'COMPLETED',
      'COMPLETED',
      'DECLINED',
    ]);
    expect((await read(id)).field('result.state')).toBe('COMPLETED');
  });

  it('12.08 is paid with another amount', async () => {
    await answered(12.08, 'success');
    expect(notices()).toMatchObject([{ state: 'COMPLETED', amount: 13.08, signed: true }]);
  });

  it('12.09 is told without signature and with a wrong one', async () => {
    await answered(12.09, 'success');
    expect(notices().map(({ signed }) => signed)).toEqual([false, false]);
  });

  it('12.10 goes to the provider in another currency', async () => {
    const made = await create(deposit(12.1));
    expect(made.json).toMatchObject({
      result: { amount: 10.89, currency: 'EUR', customerAmount: 12.1, customerCurrency: 'USD' },
    });
  });

  it.each([
    [12.11, 429],
    [12.12, 401],
  ])('%f is refused with %i', async (amount, status) => {
    const made = await create(deposit(amount));
    expect([made.status, made.field('status')]).toEqual([status, String(status)]);
    expect((await bench.get('/api/v1/payments')).json).toMatchObject({ result: [] });
  });
});

describe('withdrawals and refunds', () => {
  it('a withdrawal takes a moment', async () => {
    const made = await create(deposit(5, { paymentType: 'WITHDRAWAL', returnUrl: undefined }));
    expect(made.field('result.state')).toBe('PENDING');
    await bench.advance(2_000);
    expect(bench.handle.books('paymaxis', KEY).totals).toMatchObject({ USD: { paid_out: '500' } });
  });

  it('refunds a deposit in parts, and never more than it', async () => {
    const parentPaymentId = await answered(12, 'success');
    const refund = (amount: number) =>
      create({ paymentType: 'REFUND', currency: 'USD', amount, parentPaymentId });
    expect((await refund(5)).field('result.state')).toBe('COMPLETED');
    expect((await refund(7.01)).status).toBe(422);
    expect((await refund(7)).field('result.state')).toBe('COMPLETED');
    expect((await refund(0.01)).status).toBe(422);
    expect(bench.handle.books('paymaxis', KEY).totals).toMatchObject({ USD: { refunded: '1200' } });
  });

  it('refunds nothing that was not paid', async () => {
    const parentPaymentId = await answered(12, 'failure');
    const refund = { paymentType: 'REFUND', currency: 'USD', amount: 1 };
    expect((await create({ ...refund, parentPaymentId })).status).toBe(422);
    expect((await create({ ...refund, parentPaymentId: 'none' })).status).toBe(404);
    expect((await create(refund)).status).toBe(400);
  });
});

describe('a restarted simulator', () => {
  it('knows its payments, its open pages, its keys, and does what was due', async () => {
    const booksDir = mkdtempSync(join(tmpdir(), 'paymaxis-'));
    const before = start(booksDir);
    before.handle.knowEndpoint('paymaxis', 'sandbox', { apiKey: KEY, signingKey: SIGNING_KEY });
    const page = await before.post('/api/v1/payments', deposit(12));
    const pending = await before.post('/api/v1/payments', deposit(12.02));
    // No close: as after kill -9.
    const after = start(booksDir);
    await after.press(page.field('result.redirectUrl'), 'success');
    await after.advance(2_000);
    for (const made of [page, pending]) {
      const { json } = await after.get(`/api/v1/payments/${made.field('result.id')}`);
      expect(json).toMatchObject({ result: { state: 'COMPLETED' } });
    }
    const [{ body, headers }] = after.deliveries as [(typeof after.deliveries)[number]];
    expect(headers.signature).toBe(signatureOf(body, SIGNING_KEY));
    await Promise.all([before.close(), after.close()]);
    rmSync(booksDir, { recursive: true });
  });
});

describe('what Paymaxis refuses', () => {
  it.each([
    ['no type', { paymentType: undefined }],
    ['an unknown type', { paymentType: 'toString' }],
    ['an unknown currency', { currency: 'XXX' }],
    ['a negative amount', { amount: -1 }],
    ['an amount as text', { amount: '12' }],
    ['too many decimals', { amount: 12.345 }],
    ['a phone with a plus', { customer: { phone: '+357123123123' } }],
    ['a long country', { billingAddress: { countryCode: 'USA' } }],
    ['an address that is no URL', { webhookUrl: 'javascript:alert(1)' }],
    ['a long reference', { referenceId: 'x'.repeat(257) }],
  ])('%s', async (_name, changes) => {
    const reply = await create(deposit(12, changes));
    expect([reply.status, reply.field('status')]).toEqual([400, '400']);
    expect(reply.field('errors.0.message')).toMatch(/./);
  });

  it.each(['', 'Bearer ', 'Basic shop-one', 'Bearer invalid-key'])('the key %j', async (key) => {
    const reply = await bench.call('POST', '/api/v1/payments', deposit(12), { authorization: key });
    expect(reply.status).toBe(401);
  });

  it('card data', async () => {
    expect((await create(deposit(12, { card: { cardNumber: '4' } }))).status).toBe(403);
  });

  it('a body that is no JSON, and a path that is none', async () => {
    const odd = { 'content-type': 'text/plain' };
    expect((await bench.call('POST', '/api/v1/payments', 'hello', odd)).status).toBe(400);
    expect((await bench.get('/api/v2/payments')).field('errors.0.code')).toBe('not_found');
  });
});

describe('the list and the steps', () => {
  it('are read newest first, in pages, apart by shop', async () => {
    for (const amount of [1, 2, 3]) {
      await create(deposit(amount));
      await bench.advance(1_000);
    }
    const page = await bench.get(
      '/api/v1/payments?limit=2&offset=1&created.gte=2026-01-05T10:00:00',
    );
    expect(page.json).toMatchObject({ hasMore: false, result: [{ amount: 2 }, { amount: 1 }] });
    const other = { authorization: 'Bearer shop-two' };
    const theirs = await bench.call('GET', '/api/v1/payments', undefined, other);
    expect(theirs.json).toMatchObject({ result: [] });
    expect((await bench.get('/api/v1/payments?limit=0')).status).toBe(400);
    expect((await bench.get('/api/v1/payments?created.lt=yesterday')).status).toBe(400);
  });

  it('show a chargeback as a step only', async () => {
    const more = { additionalParameters: { simulate: 'dispute' } };
    const made = await create(deposit(12, more));
    await bench.press(made.field('result.redirectUrl'), 'success');
    const id = made.field('result.id');
    const steps = await bench.get(`/api/v1/payments/${id}/operations`);
    expect(steps.json).toMatchObject({
      result: [{ operation: 'CHARGEBACK' }, { operation: 'DEPOSIT' }, {}, {}],
    });
    expect((await read(id)).field('result.state')).toBe('COMPLETED');
  });
});

describe('the signature', () => {
  it('is that of the published vectors', () => {
    const body =
      '{"id":"91d27876e87f4b22b3ecd53924bf973d","referenceId":"ortxggdqGELpiuCQ","paymentType":"DEPOSIT","state":"COMPLETED","amount":12,"currency":"USD"}';
    expect(signatureOf(body, SIGNING_KEY)).toBe(
      'a542389f8fc0a2eea4ec1f5f88da071e2027f3860fc16eadb114d4f640967bdb',
    );
    expect(createHmac('sha256', `${SIGNING_KEY}\n`).update(body).digest('hex')).not.toBe(
      signatureOf(body, SIGNING_KEY),
    );
  });
});
