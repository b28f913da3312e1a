// A connection whose credentials were replaced may lead to another account at the PSP. That one has never heard of what was
// sent before: its "not found" proves nothing, and what is sent again under the same key is done there a second time.
// Mutations: let isSameAccount answer true; let connections_save forget when the credentials were replaced.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stateOf } from './payday.ts';
import { AMOUNT, MINUTE, openScene, PROVIDERS, type Scene, SECOND, type Shop } from './scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene?.close());

/** Longer than a "not found" takes to be proof. */
async function askOften(): Promise<void> {
  for (const ms of [4 * SECOND, 26 * SECOND, MINUTE, 3 * MINUTE, 11 * MINUTE])
    await scene.later(ms);
}

/** As a merchant changes a connection: whole, under its id. */
async function replace(shop: Shop, secretKey: string): Promise<void> {
  const more = shop.provider === 'stripe' ? { stripe_webhook_secret: 'whsec_test_1234567890' } : {};
  const keyName = shop.provider === 'stripe' ? 'publishable_key' : 'public_key';
  const credentials = { secret_key: secretKey, [keyName]: 'pk_test_x1234567', ...more };
  const { provider, first: id } = shop;
  const reply = await shop.post('/connections', { id, provider, mode: 'sandbox', credentials });
  expect(reply.status, reply.text).toBe(201);
}

const anotherKey = () => `sk_test_${randomBytes(16).toString('hex')}`;

describe.each(PROVIDERS)('of %s', (provider) => {
  it('a payment whose reply was lost is neither failed nor made again there', async () => {
    const shop = await scene.shop(provider);
    shop.psp.treatNext(shop.firstKey, 'charge', 'reply_lost');
    const { body } = await shop.pay();
    await replace(shop, anotherKey());
    await askOften();
    expect(stateOf(await scene.record(shop, body.id))).toBe('pending [unknown]');
    expect((await shop.post(`/payments/${body.id}/retry`)).status).toBe(400);
    expect(scene.money(body.id)).toMatchObject({ charged: AMOUNT, charges: 1 });
  });

  it('a refund whose reply was lost keeps its reservation', async () => {
    const shop = await scene.shop(provider);
    const { body } = await shop.pay();
    shop.psp.treatNext(shop.firstKey, 'refund', 'reply_lost');
    await shop.post(`/payments/${body.id}/refund`, { amount: AMOUNT });
    await replace(shop, anotherKey());
    await askOften();
    const again = await shop.post(`/payments/${body.id}/refund`, { amount: AMOUNT });
    expect([again.status, again.body.code]).toEqual([400, 'already_refunded']);
    expect(scene.money(body.id)).toMatchObject({ refunded: AMOUNT, refunds: 1 });
  });

  it('the same credentials, sent again with other hints, are the same account', async () => {
    const shop = await scene.shop(provider);
    shop.psp.treat(shop.firstKey, ({ call }) => (call === 'charge' ? 'reset_before' : 'honest'));
    const { body } = await shop.pay();
    await replace(shop, shop.firstKey);
    await askOften();
    const state = stateOf(await scene.record(shop, body.id));
    // Stripe's key is repeated for a day, in vain; Paystack's "not found" is proof.
    expect(state).toBe(provider === 'stripe' ? 'pending [unknown]' : 'failed [declined]');
    if (provider === 'stripe')
      expect(shop.psp.callsOf(shop.firstKey, 'charge').length).toBeGreaterThan(1);
  });
});
