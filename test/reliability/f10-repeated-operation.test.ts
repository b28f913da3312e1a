// F10: an operation whose outcome is unknown is repeated under its own key, or asked about: the PSP sees one refund and
// one capture, however often the merchant repeats the request.
// Mutations: give each call a new reference instead of the operation's own; keep an unknown outcome as the key's answer.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AMOUNT, openScene, PROVIDERS, type Scene, SECOND } from './scene.ts';
import { MANUAL } from './shop.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene?.close());

describe.each(PROVIDERS)('at %s', (provider) => {
  it.each(['reply_lost', 'reset_before'] as const)(
    'one refund, however often the merchant repeats it after %s',
    async (behaviour) => {
      const shop = await scene.shop(provider);
      const { body } = await shop.pay();
      shop.psp.treatNext(shop.firstKey, 'refund', behaviour);
      const headers = { 'idempotency-key': 'refund-1' };
      const refund = () => shop.post(`/payments/${body.id}/refund`, { amount: 2_000 }, headers);
      const first = await refund();
      expect([first.status, first.body.status]).toEqual([201, 'pending']);
      for (let round = 0; round < 3; round += 1) {
        const repeat = await refund(); // resumes it: the PSP is asked, nothing new is begun
        expect([repeat.status, repeat.body.id]).toEqual([201, first.body.id]);
        await scene.later(30 * SECOND);
      }
      await scene.rest({ shop, id: body.id });
      const arrived = behaviour === 'reply_lost' || provider === 'stripe';
      const [known] = (await shop.get(`/payments/${body.id}/refunds`)).body;
      expect(known.status).toBe(arrived ? 'succeeded' : 'failed');
      expect(scene.money(body.id)).toMatchObject(
        arrived ? { refunded: 2_000, refunds: 1 } : { refunded: 0, refunds: 0 },
      );
      const calls = shop.psp.callsOf(shop.firstKey, 'refund');
      // Stripe is sent the same request again; Paystack, which has no key for refunds, is only asked.
      expect(new Set(calls.map((one) => one.idempotencyKey)).size).toBe(1);
      if (provider === 'paystack') expect(calls).toHaveLength(1);
    },
  );

  it('one capture, however often the merchant repeats it', async () => {
    const shop = await scene.shop(provider);
    const { body } = await shop.pay(MANUAL);
    shop.psp.treatNext(shop.firstKey, 'capture', 'reply_lost');
    const headers = { 'idempotency-key': 'capture-1' };
    const capture = () => shop.post(`/payments/${body.id}/capture`, undefined, headers);
    expect((await capture()).body.status).toBe('authorized');
    for (let round = 0; round < 3; round += 1)
      expect([200, 'succeeded']).toContain((await capture()).body.status);
    expect((await capture()).headers['idempotent-replayed']).toBe('true');
    expect(scene.money(body.id)).toMatchObject({ charged: AMOUNT, charges: 1 });
  });
});
