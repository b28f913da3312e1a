// F15: the poller, the merchant and an operator act on one payment at once, in several processes. Each takes the row's
// lock and decides on the newest state, so one of two acts that exclude each other is refused, never both done.
// Mutation: `check` in openOperation (run-operation.ts) looks at the record that was read before.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { workDue } from '../../src/flows/sync/work-due.ts';
import { openProcess, type Process } from './process.ts';
import { AMOUNT, HOUR, openScene, PROVIDERS, type Scene, SECOND } from './scene.ts';
import { MANUAL, PAGE } from './shop.ts';

let scene: Scene;
let others: Process[];
beforeAll(async () => {
  scene = await openScene();
  others = [openProcess(scene.stage), openProcess(scene.stage)];
});
afterAll(async () => {
  for (const one of others ?? []) await one.close();
  await scene?.close();
});

describe.each(PROVIDERS)('at %s', (provider) => {
  it('lets poller and merchant act at once on an authorisation', async () => {
    const shop = await scene.shop(provider);
    for (const round of [1, 2, 3, 4]) {
      const { body } = await shop.pay(MANUAL);
      scene.stage.clock.advance(25 * HOUR); // the daily look is due
      const [captured, canceled] = await Promise.all([
        shop.post(`/payments/${body.id}/capture`),
        round % 2 === 0
          ? shop.post(`/payments/${body.id}/cancel`)
          : others[0]!.post(shop, `/payments/${body.id}/cancel`),
        scene.stage.work(),
        ...others.map((one) => workDue(one.context)),
      ]);
      // One of the two was first; the other was told so.
      const codes = [captured.status, canceled!.status].sort();
      expect(codes[0]).toBe(200);
      expect([200, 400, 409]).toContain(codes[1]);
      await scene.rest({ shop, id: body.id });
      const { payment } = await scene.record(shop, body.id);
      const { charged } = scene.money(body.id);
      expect(payment.capturedMinor).toBe(BigInt(charged));
      expect(payment.status).toBe(charged === 0 ? 'canceled' : 'succeeded');
      expect(payment.conflict).toBeNull();
    }
  });

  it('lets one of two cancels and one of two retries through', async () => {
    const shop = await scene.shop(provider);
    for (const key of [shop.firstKey, shop.secondKey])
      shop.psp.treatNext(key, 'charge', 'declined');
    const { body } = await shop.pay();
    expect(body.status).toBe('failed');
    const retries = await Promise.all([
      ...[1, 2, 3].map(() => shop.post(`/payments/${body.id}/retry`)),
      ...others.map((one) => one.post(shop, `/payments/${body.id}/retry`)),
    ]);
    expect(retries.map((one) => one!.status).sort()).toEqual([200, 400, 400, 400, 400]);
    expect(scene.money(body.id)).toMatchObject({ charged: AMOUNT, charges: 1 });
  });

  it('lets the customer pay while the lifetime ends and the merchant cancels', async () => {
    const shop = await scene.shop(provider);
    for (let round = 0; round < 4; round += 1) {
      const { body } = await shop.pay(PAGE);
      scene.stage.clock.advance(HOUR + round * SECOND);
      await Promise.all([
        scene.press(body.next_action.url, 'success').catch(() => {}), // closed before he paid
        shop.post(`/payments/${body.id}/cancel`),
        scene.stage.work(),
        ...others.map((one) => workDue(one.context)),
      ]);
      await scene.rest({ shop, id: body.id });
      for (let day = 0; day < 3; day += 1) await scene.later(24 * HOUR);
      const { payment } = await scene.record(shop, body.id);
      const { charged } = scene.money(body.id);
      expect(payment.capturedMinor).toBe(BigInt(charged));
      if (charged === 0) expect(['canceled', 'expired']).toContain(payment.status);
      else expect(payment.status).toBe('succeeded');
    }
  });
});
