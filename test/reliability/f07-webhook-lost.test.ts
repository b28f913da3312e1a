// F7: every webhook is lost. What is not final is asked about on the schedule 10 s, 30 s, 2 min, 10 min, 1 h, 6 h and
// daily, so each payment ends; what no question can settle in the end is shown to an operator.
// Mutation: leave `nextSyncAt` null in settle.ts.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  AMOUNT,
  DAY,
  HOUR,
  MINUTE,
  openScene,
  PROVIDERS,
  type Scene,
  SECOND,
  type Shop,
} from './scene.ts';
import { MANUAL, PAGE } from './shop.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene?.close());

async function shown(shop: Shop, id: string): Promise<string> {
  const { body } = await shop.get(`/payments/${id}`);
  return `${body.status} ${body.conflict ?? ''}`.trim();
}

describe.each(PROVIDERS)('at %s', (provider) => {
  it('finds out about every payment, however it went', async () => {
    const shop = await scene.shop(provider);
    const { psp, firstKey, secondKey } = shop;
    const ids: Record<string, string> = {};
    const pay = async (name: string, more = {}) => {
      const { body } = await shop.pay(more);
      ids[name] = body.id;
      return body;
    };
    const paid = await pay('paid page', PAGE);
    await pay('page that nobody opened', PAGE);
    const authorized = await pay('captured', MANUAL);
    const released = await pay('released', MANUAL);
    const refunded = await pay('refunded');
    psp.treatNext(firstKey, 'charge', 'reply_lost');
    await pay('charged, unheard');
    psp.treatNext(firstKey, 'charge', 'reset_before');
    await pay('never arrived');
    psp.treatNext(firstKey, 'charge', 'error_500_after');
    await pay('refused, unheard', { metadata: { simulate: 'decline:insufficient_funds' } });
    await scene.press(paid.next_action.url, 'success');
    for (const [call, path] of [
      ['capture', `/payments/${authorized.id}/capture`],
      ['void', `/payments/${released.id}/cancel`],
      ['refund', `/payments/${refunded.id}/refund`],
    ] as const) {
      psp.treatNext(firstKey, call, 'reply_lost');
      expect([200, 201]).toContain((await shop.post(path)).status);
    }
    for (const key of [firstKey, secondKey]) psp.treat(key, () => 'honest');

    await scene.rest(...Object.values(ids).map((id) => ({ shop, id })));
    const ends = await Promise.all(
      Object.entries(ids).map(async ([name, id]) => [name, await shown(shop, id)] as const),
    );
    expect(Object.fromEntries(ends)).toEqual({
      'paid page': 'succeeded',
      'page that nobody opened': 'expired',
      captured: 'succeeded',
      released: 'canceled',
      refunded: 'refunded',
      'charged, unheard': 'succeeded',
      'never arrived': provider === 'stripe' ? 'succeeded' : 'failed',
      'refused, unheard': 'failed',
    });
    for (const id of Object.values(ids)) {
      const { payment } = await scene.record(shop, id);
      const { charged, refunded: given } = scene.money(id);
      expect([payment.capturedMinor, payment.refundedMinor]).toEqual([
        BigInt(charged),
        BigInt(given),
      ]);
    }
  });

  it('asks at 10 s, 30 s, 2 min, 10 min, 1 h, 6 h, and then daily for five days', async () => {
    const shop = await scene.shop(provider);
    const { body } = await shop.pay(PAGE);
    shop.psp.treat(shop.firstKey, () => 'error_500');
    const waits: number[] = [];
    for (;;) {
      const [attempt] = (await scene.record(shop, body.id)).attempts;
      if (attempt!.nextSyncAt === null) break;
      const waitMs = attempt!.nextSyncAt - scene.stage.clock.nowMs();
      waits.push(Math.round(waitMs / SECOND));
      await scene.later(waitMs + 100);
    }
    const day = DAY / SECOND;
    expect(waits).toEqual([10, 30, 120, 600, 3600, 21_600, day, day, day, day, day]);
  });

  it('shows an operator what a PSP will not tell for a week', async () => {
    const shop = await scene.shop(provider);
    let isFirst = true;
    shop.psp.treat(shop.firstKey, () => {
      if (!isFirst) return 'error_500';
      isFirst = false;
      return 'reply_lost';
    });
    const { body } = await shop.pay();
    for (const step of [MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, ...Array(8).fill(DAY)])
      await scene.later(step);
    expect(await shown(shop, body.id)).toBe('pending unresolved'); // neither failed nor forgotten
    // The operator, or the merchant, asks again when the PSP is back.
    shop.psp.treat(shop.firstKey, () => 'honest');
    const { status, body: confirmed } = await shop.post(`/payments/${body.id}/confirm`);
    expect([status, confirmed.status, confirmed.conflict]).toEqual([200, 'succeeded', null]);
    expect(scene.money(body.id)).toMatchObject({ charged: AMOUNT, charges: 1 });
  });
});
