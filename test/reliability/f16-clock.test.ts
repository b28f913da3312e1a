// F16: the clock jumps, both ways, while payments are under way (a machine that was suspended, a wrong NTP server, the
// end of summer time). Order comes from versions and sequences; nothing is charged twice, lost or given up because of it.
// Mutation: order the attempts of a record (payments_load) by created_at.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AMOUNT, DAY, HOUR, MINUTE, openScene, PROVIDERS, type Scene, SECOND } from './scene.ts';
import { MANUAL, PAGE } from './shop.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene?.close());

const JUMPS = [-DAY, -HOUR, -SECOND, SECOND, HOUR, DAY];

describe.each(PROVIDERS)('at %s', (provider) => {
  it.each(JUMPS)('while a charge is under way, by %i ms', async (jump) => {
    const shop = await scene.shop(provider);
    shop.psp.treatNext(shop.firstKey, 'charge', (honest) => {
      scene.stage.clock.advance(jump);
      return honest;
    });
    const { status, body } = await shop.pay({}, { 'idempotency-key': 'order-1' });
    expect([status, body.status]).toEqual([201, 'succeeded']);
    expect(body.route[0].latency_ms).toBeGreaterThanOrEqual(0);
    scene.stage.clock.advance(-jump);
    const repeat = await shop.pay({}, { 'idempotency-key': 'order-1' });
    expect(repeat.body.id).toBe(body.id);
    expect(scene.money(body.id)).toMatchObject({ charged: AMOUNT, charges: 1 });
  });

  it.each(JUMPS)('between attempts and questions, by %i ms', async (jump) => {
    const shop = await scene.shop(provider);
    shop.psp.treatNext(shop.firstKey, 'charge', () => {
      scene.stage.clock.advance(jump);
      return { status: 500, json: {} };
    });
    const { body } = await shop.pay();
    expect(body.status).toBe('pending');
    scene.stage.clock.advance(-jump);
    await scene.rest({ shop, id: body.id });
    const { payment, attempts } = await scene.record(shop, body.id);
    expect([payment.status, attempts.length]).toEqual(['succeeded', 1]);
    expect(scene.money(body.id)).toMatchObject({ charged: AMOUNT, charges: 1 });
  });

  it('between two attempts of one payment', async () => {
    const shop = await scene.shop(provider);
    shop.psp.treatNext(shop.firstKey, 'charge', 'declined');
    shop.psp.treatNext(shop.secondKey, 'charge', (honest) => honest);
    const choose = (key: string, jump: number) =>
      shop.psp.treat(key, ({ call }) => {
        if (call === 'charge') scene.stage.clock.advance(jump);
        return key === shop.firstKey && call === 'charge' ? 'declined' : 'honest';
      });
    choose(shop.firstKey, -HOUR);
    choose(shop.secondKey, HOUR);
    const { body } = await shop.pay();
    expect(body.route.map((one: { connection_id: string }) => one.connection_id)).toEqual([
      shop.first,
      shop.second,
    ]);
    expect([body.status, body.connection_id]).toEqual(['succeeded', shop.second]);
    // As it is read again: the second attempt is an hour older than the first by its time.
    const { attempts } = await scene.record(shop, body.id);
    expect(attempts[1]!.createdAt).toBeLessThan(attempts[0]!.createdAt);
    expect(attempts.map((one) => one.connectionId)).toEqual([shop.first, shop.second]);
  });

  it('through the life of an authorisation', async () => {
    const shop = await scene.shop(provider);
    const { body } = await shop.pay(MANUAL);
    scene.stage.clock.advance(-2 * DAY);
    expect((await shop.post(`/payments/${body.id}/capture`)).body.status).toBe('succeeded');
    scene.stage.clock.advance(-DAY);
    const refund = await shop.post(`/payments/${body.id}/refund`, { amount: 1_000 });
    scene.stage.clock.advance(4 * DAY);
    const second = await shop.post(`/payments/${body.id}/refund`, { amount: 2_000 });
    expect([refund.status, second.status]).toEqual([201, 201]);
    await scene.rest({ shop, id: body.id });
    expect(scene.money(body.id)).toMatchObject({ charged: AMOUNT, refunded: 3_000, refunds: 2 });
    const events = await scene.events(body.id);
    expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
    scene.stage.clock.advance(-DAY);
  });

  it('over the end of a page, and back', async () => {
    const shop = await scene.shop(provider);
    const { body } = await shop.pay(PAGE);
    scene.stage.clock.advance(50 * MINUTE);
    await scene.press(body.next_action.url, 'success');
    scene.stage.clock.advance(2 * HOUR); // the lifetime is over, but the PSP is asked first
    await scene.stage.work();
    expect((await shop.get(`/payments/${body.id}`)).body.status).toBe('succeeded');
    scene.stage.clock.advance(-2 * HOUR);
    await scene.stage.work();
    expect((await shop.get(`/payments/${body.id}`)).body.status).toBe('succeeded');
  });
});
