// A payment whose lifetime is over while its PSP is silent: nothing is closed on silence, and the PSP is not asked more
// often for it than the schedule of questions has it (reliability.md: everything is bounded).
// Mutation: let expirePayment return without a later time when the answer was none.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { HOUR, MINUTE, openScene, PROVIDERS, type Scene } from './scene.ts';
import { PAGE } from './shop.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene?.close());

it.each(PROVIDERS)(
  'at %s is asked about by the schedule, and closed when it answers',
  async (at) => {
    const shop = await scene.shop(at);
    const { body } = await shop.pay(PAGE);
    shop.psp.treat(shop.firstKey, () => 'html_502');
    await scene.later(2 * HOUR);
    const before = shop.psp.seen.length;
    for (let minutes = 0; minutes < 60; minutes += 2) await scene.later(2 * MINUTE);
    expect((await scene.record(shop, body.id)).payment.status).toBe('requires_action');
    expect(shop.psp.seen.length - before).toBeLessThan(12);
    shop.psp.treat(shop.firstKey, () => 'honest');
    await scene.later(8 * HOUR);
    expect((await scene.record(shop, body.id)).payment.status).toBe('expired');
  },
);
