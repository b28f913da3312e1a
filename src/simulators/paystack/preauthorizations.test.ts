import { afterEach, describe, expect, it } from 'vitest';
import { startPaystack } from './testing.ts';

let bench = startPaystack();
afterEach(async () => {
  await bench.close();
  bench = startPaystack();
});

const body = {
  email: 'thandi@example.com',
  amount: 10_000,
  currency: 'ZAR',
  reference: 'p1',
  callback_url: 'https://shop.example/back',
};

async function reserve(changes: object = {}): Promise<void> {
  const path = '/preauthorization/reserve_authorization';
  const reply = await bench.post(path, { ...body, authorization_code: 'AUTH_success', ...changes });
  expect(reply.json).toMatchObject({ data: { status: 'authorized', amount: 10_000 } });
}

const statusOf = async () => (await bench.get('/preauthorization/verify/p1')).field('data.status');
const events = async () => {
  await bench.advance(100);
  return bench.events();
};
const capture = (amount: number) =>
  bench.post('/preauthorization/capture', { reference: 'p1', currency: 'ZAR', amount });

describe('preauthorization', () => {
  it('is made on a page, reserves once and leads back', async () => {
    const reply = await bench.post('/preauthorization/initialize', body);
    const url = reply.field('data.authorization_url');
    expect(url).toContain('/preauthorization/');
    expect((await bench.call('GET', url)).text).toContain('ZAR 100.00');
    for (let press = 0; press < 2; press++)
      expect((await bench.press(url, 'success')).headers.location).toBe(
        'https://shop.example/back?trxref=p1&reference=p1',
      );
    expect(await events()).toMatchObject([
      { event: 'preauthorization.reserve.success', data: { status: 'authorized', amount: 10_000 } },
    ]);
    expect(bench.money('p1')).toMatchObject({ authorized: '10000', charged: '0' });
  });

  it('is captured in part, once, and refunded as an ordinary transaction', async () => {
    await reserve();
    expect((await capture(10_001)).field('message')).toBe(
      'Capture amount cannot be more than authorized amount',
    );
    const captured = await capture(6_000);
    expect(captured.json).toMatchObject({
      message: 'Capture attempted',
      data: { status: 'success', channel: 'preauth', amount: 6_000 },
    });
    expect((await capture(4_000)).status).toBe(400);
    expect(await statusOf()).toBe('captured');
    expect((await events()).map(({ event }) => event)).toEqual([
      'preauthorization.reserve.success',
      'preauthorization.capture.success',
    ]);
    const refund = await bench.post('/refund', { transaction: 'p1' });
    expect(refund.field('data.amount')).toBe('6000');
    expect(bench.money('p1')).toMatchObject({ charged: '6000', refunded: '6000' });
  });

  it('is released, and then gone', async () => {
    await reserve();
    const released = await bench.post('/preauthorization/release', { reference: 'p1' });
    expect(released.field('data.status')).toBe('released');
    expect((await bench.post('/preauthorization/release', { reference: 'p1' })).json).toEqual({
      status: false,
      message: 'No preauthorized transaction exists for the reference provided',
    });
    expect((await events()).at(-1)).toMatchObject({
      event: 'preauthorization.release.success',
      data: { status: 'released', expired_at: '2026-01-05T10:00:00.000Z' },
    });
  });

  it.each([
    ['release', 'released', '0'],
    ['capture', 'captured', '10000'],
  ])('is ended by %s when it expires', async (expire_action, status, charged) => {
    await reserve({ expire_action, expire_after_days: 2 });
    await bench.advance(2 * 86_400_000);
    expect(await statusOf()).toBe(status);
    const money: unknown = bench.money('p1') ?? { charged: '0' };
    expect(money).toMatchObject({ charged });
  });

  it('is refused for a declined card', async () => {
    const path = '/preauthorization/reserve_authorization';
    const card = { authorization_code: 'AUTH_decline_insufficient_funds' };
    const reply = await bench.post(path, { ...body, ...card });
    expect(reply.status).toBe(400);
    expect(reply.field('message')).toBe('Preauthorization unsuccessful: Insufficient Funds');
    expect(await statusOf()).toBe('failed');
  });

  it('can fail to be captured', async () => {
    await reserve({ metadata: { simulate: 'capture.decline' } });
    expect((await capture(10_000)).json).toMatchObject({
      status: false,
      data: { status: 'capture_failed' },
    });
    expect((await events()).at(-1)).toMatchObject({ event: 'preauthorization.capture.failed' });
    expect(bench.money('p1')).toBeUndefined();
  });

  it.each([
    ['another currency', { currency: 'NGN' }],
    ['too many days', { expire_after_days: 31 }],
    ['an unknown action', { expire_action: 'forget' }],
  ])('refuses %s', async (_name, changes) => {
    const reply = await bench.post('/preauthorization/initialize', { ...body, ...changes });
    expect(reply.status).toBe(400);
  });

  it('does not know other references', async () => {
    const reply = await bench.get('/preauthorization/verify/p9');
    expect([reply.status, reply.field('code')]).toEqual([400, 'not_found']);
  });
});
