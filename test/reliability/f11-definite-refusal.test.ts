// F11: after a definite refusal a new request is a new operation with a new key; the refusal stays the answer of its own
// key and blocks nothing else. After an unknown outcome there is no new key, whatever the merchant tries.
// Mutation: let retryPayment take a payment that is `pending`.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AMOUNT, MINUTE, openScene, PROVIDERS, type Scene } from './scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene?.close());

describe.each(PROVIDERS)('at %s', (provider) => {
  it('a definite refusal is the answer of its key, and blocks nothing else', async () => {
    const shop = await scene.shop(provider);
    const { body } = await shop.pay();
    shop.psp.treatNext(shop.firstKey, 'refund', 'rate_limited');
    const refund = (key: string) =>
      shop.post(`/payments/${body.id}/refund`, {}, { 'idempotency-key': key });
    const refused = await refund('refund-1');
    expect([refused.status, refused.body.status]).toEqual([201, 'failed']);
    const repeat = await refund('refund-1');
    expect([repeat.text, repeat.headers['idempotent-replayed']]).toEqual([refused.text, 'true']);

    const again = await refund('refund-2');
    expect([again.status, again.body.id === refused.body.id]).toEqual([201, false]);
    await scene.rest({ shop, id: body.id });
    expect(scene.money(body.id)).toMatchObject({ refunded: AMOUNT, refunds: 1 });
    if (provider === 'stripe') {
      const keys = shop.psp.callsOf(shop.firstKey, 'refund').map((one) => one.idempotencyKey);
      expect(new Set(keys).size).toBe(keys.length); // a new operation, a new key
    }
  });

  it('an unknown charge is not opened again under a new key', async () => {
    const shop = await scene.shop(provider);
    shop.psp.treat(shop.firstKey, () => 'reset_before');
    const headers = { 'idempotency-key': 'order-1' };
    const first = await shop.pay({}, headers);
    expect([first.status, first.body.status]).toEqual([201, 'pending']);
    const repeat = await shop.pay({}, headers);
    expect([repeat.status, repeat.body.id]).toEqual([201, first.body.id]);
    expect((await shop.post(`/payments/${first.body.id}/retry`)).status).toBe(400);
    shop.psp.treat(shop.firstKey, () => 'honest');
    const resumed = await shop.pay({}, headers);
    expect(resumed.body.id).toBe(first.body.id);
    await scene.later(2 * MINUTE);
    await scene.rest({ shop, id: first.body.id });
    const last = await shop.pay({}, headers);
    // Stripe was sent the same again; Paystack has no trace of it, which is proof by now: a retry is a new attempt.
    expect(last.body.status).toBe(provider === 'stripe' ? 'succeeded' : 'failed');
    if (provider === 'paystack') {
      const retried = await shop.post(`/payments/${first.body.id}/retry`);
      expect(retried.body.status).toBe('succeeded');
    }
    expect(scene.money(first.body.id)).toMatchObject({ charged: AMOUNT, charges: 1 });
  });
});
