// What a PSP truly says, of something else than it seems: of an object that others made and gave our payment's id, of one
// of two refunds that are alike. It is a reason to ask and no evidence.
// Mutations: let applyToAttempt believe what was found by the payment alone; let applyToRefund believe an unnamed word.
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { referenceOf } from '../../src/kernel/ids.ts';
import { bring } from './mailbox.ts';
import { openScene, type Provider, type Scene, type Shop } from './scene.ts';
import { PAGE } from './shop.ts';
import { signed } from './sign-stripe.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene?.close());

async function told(shop: Shop, event: object): Promise<void> {
  const { app, clock } = scene.stage;
  const body = JSON.stringify(event);
  const sha = createHmac('sha512', shop.firstKey).update(body).digest('hex');
  const headers =
    shop.provider === 'stripe'
      ? signed(body, clock.nowMs()).headers
      : { 'content-type': 'application/json', 'x-paystack-signature': sha };
  const path = `/v1/webhooks/incoming/${shop.provider}/${shop.first}`;
  expect(await bring(app, { path, headers, body, event })).toBe(200);
  await scene.stage.work();
}

const foreign: Readonly<Record<Provider, (paymentId: string) => object>> = {
  stripe: (payment_id) => ({
    id: 'evt_foreign',
    object: 'event',
    type: 'payment_intent.succeeded',
    data: {
      object: {
        id: 'pi_foreign',
        object: 'payment_intent',
        status: 'succeeded',
        amount: 5_000,
        amount_received: 5_000,
        currency: 'zar',
        metadata: { payment_id },
      },
    },
  }),
  paystack: (payment_id) => ({
    event: 'charge.success',
    data: {
      id: 4711,
      status: 'success',
      reference: 'made-by-others',
      amount: 5_000,
      currency: 'ZAR',
      domain: 'test',
      metadata: { payment_id },
    },
  }),
};

it.each(['paystack', 'stripe'] as const)(
  'a payment that others made at %s with the id of ours in its metadata does not pay ours',
  async (provider) => {
    const shop = await scene.shop(provider);
    const { body } = await shop.pay(PAGE);
    const before = (await scene.record(shop, body.id)).attempts[0]!.pspReference;
    await told(shop, foreign[provider](body.id));
    const { payment, attempts } = await scene.record(shop, body.id);
    expect([payment.status, payment.capturedMinor]).toEqual(['requires_action', 0n]);
    expect(attempts[0]!.pspReference).toBe(before);
    await scene.press(body.next_action.url, 'success');
    await scene.rest({ shop, id: body.id });
    expect((await scene.record(shop, body.id)).payment.status).toBe('succeeded');
  },
);

it('a refund event without a name is not taken for that of the refund whose name is not known', async () => {
  const shop = await scene.shop('paystack');
  const { body } = await shop.pay();
  const refund = () => shop.post(`/payments/${body.id}/refund`, { amount: 1_000 });
  await refund();
  shop.psp.treatNext(shop.firstKey, 'refund', 'reply_lost');
  await refund();
  const { attempts } = await scene.record(shop, body.id);
  // The first one's: Paystack publishes no id of a refund in it (psp/paystack.md section 4).
  await told(shop, {
    event: 'refund.failed',
    data: {
      status: 'failed',
      transaction_reference: referenceOf(attempts[0]!.id),
      refund_reference: null,
      amount: '1000',
      currency: 'ZAR',
      domain: 'test',
    },
  });
  const statuses = (await scene.record(shop, body.id)).operations.map((one) => one.status);
  expect(statuses).not.toContain('failed');
  await scene.rest({ shop, id: body.id });
  expect((await scene.record(shop, body.id)).payment.refundedMinor).toBe(2_000n);
  expect(scene.money(body.id)).toMatchObject({ refunded: 2_000, refunds: 2 });
});
