import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Bench, startBench } from '../testing.ts';
import { createExamplePaySimulator } from './simulator.ts';

const KEY = 'test-key';

let bench: Bench;
beforeEach(() => {
  bench = startBench({
    authorization: `Bearer ${KEY}`,
    prefix: '/simulators/examplepay',
    simulators: { examplepay: { name: 'Example Pay', create: createExamplePaySimulator } },
  });
});
afterEach(() => bench.close());

const payment = {
  reference: 'r1',
  amount: '12.00',
  currency: 'USD',
  return_url: 'https://shop.example/back',
  notify_url: 'https://shop.example/hook',
};

async function paid(): Promise<string> {
  const made = await bench.post('/v1/payments', payment);
  await bench.press(made.field('checkout_url'), 'success');
  return made.field('id');
}

describe('Example Pay', () => {
  it('is paid on its page, tells so with a signature, and can be asked', async () => {
    const id = await paid();
    await bench.advance(100);
    const [{ body, headers }] = bench.deliveries as [(typeof bench.deliveries)[number]];
    expect(headers['x-signature']).toBe(createHmac('sha256', KEY).update(body).digest('hex'));
    expect(JSON.parse(body)).toMatchObject({ id, reference: 'r1', status: 'paid' });
    expect((await bench.get(`/v1/payments/${id}`)).field('status')).toBe('paid');
    expect((await bench.get('/v1/payments?reference=r1')).json).toMatchObject({ items: [{ id }] });
    expect(bench.handle.books('examplepay', KEY).totals).toMatchObject({
      USD: { charged: '1200' },
    });
  });

  it('makes one payment of one Idempotency-Key', async () => {
    const once = { authorization: `Bearer ${KEY}`, 'idempotency-key': 'k1' };
    const first = await bench.call('POST', '/v1/payments', payment, once);
    const second = await bench.call('POST', '/v1/payments', payment, once);
    expect(second.field('id')).toBe(first.field('id'));
  });

  it('pays out and gives back, never more than was paid', async () => {
    const payment_id = await paid();
    const refund = (amount: string) =>
      bench.post('/v1/refunds', { reference: 'f', payment_id, amount, currency: 'USD' });
    expect((await refund('5.00')).field('status')).toBe('paid');
    expect((await refund('7.01')).field('code')).toBe('amount_too_large');
    const payout = { reference: 'p', amount: '5.00', currency: 'USD', account: 'a1' };
    expect((await bench.post('/v1/payouts', payout)).field('status')).toBe('paid');
    expect(bench.handle.books('examplepay').totals).toMatchObject({
      USD: { charged: '1200', refunded: '500', paid_out: '500' },
    });
  });

  it.each([
    ['a number as amount', { amount: 12 }, 'invalid_amount'],
    ['an amount without decimals', { amount: '12' }, 'invalid_amount'],
    ['no currency', { currency: 'usd' }, 'invalid_currency'],
    ['no reference', { reference: '' }, 'invalid_reference'],
    ['too little money', { amount: '12.01' }, 'insufficient_funds'],
  ])('refuses %s', async (_name, change, code) => {
    const reply = await bench.post('/v1/payments', { ...payment, ...change });
    expect([reply.status, reply.field('code')]).toEqual([422, code]);
  });

  it('refuses an unknown key', async () => {
    const reply = await bench.call('POST', '/v1/payments', payment, {
      authorization: 'Bearer invalid',
    });
    expect(reply.status).toBe(401);
  });
});
