// F3: the PSP charges and its reply is lost, with a second connection ready. Nothing is declared failed and nobody else
// is tried; the PSP is asked, or tells by webhook, or proves by its silence that it never got the request.
// Mutations: let a lost reply be `not_sent` (connectors/transport.ts `lost`); let unknown fall back (both settle.ts
// `refused` and may-fall-back.ts `attempt_not_closed`: each holds alone); NOT_FOUND_OVER_MS = 0; isWanted always true.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bring } from './mailbox.ts';
import { AMOUNT, MINUTE, openScene, PROVIDERS, type Scene, SECOND, type Shop } from './scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene?.close());

async function payment(shop: Shop, id: string): Promise<string> {
  const { body } = await shop.get(`/payments/${id}`);
  return `${body.status} [${body.route.map((one: { status: string }) => one.status).join(' ')}]`;
}

function secondTried(shop: Shop): boolean {
  return shop.psp.seen.some((one) => one.key === shop.secondKey);
}

describe.each(PROVIDERS)('at %s', (provider) => {
  it('finds the charge by asking, first within 5 s', async () => {
    const shop = await scene.shop(provider);
    shop.psp.treatNext(shop.firstKey, 'charge', 'reply_lost');
    const { status, body } = await shop.pay();
    expect([status, body.status]).toEqual([201, 'pending']);
    expect(scene.money(body.id)).toMatchObject({ charged: AMOUNT, charges: 1 });

    const { attempts } = await scene.record(shop, body.id);
    expect(attempts[0]!.nextSyncAt! - scene.stage.clock.nowMs()).toBeLessThanOrEqual(5 * SECOND);
    await scene.later(5 * SECOND);
    expect(await payment(shop, body.id)).toBe('succeeded [succeeded]');
    expect(scene.money(body.id)).toMatchObject({ charged: AMOUNT, charges: 1 });
    expect(secondTried(shop)).toBe(false);
  });

  it('learns of the charge by webhook while the PSP does not answer', async () => {
    const shop = await scene.shop(provider);
    let isFirst = true;
    shop.psp.treat(shop.firstKey, () => {
      if (!isFirst) return 'error_500';
      isFirst = false;
      return 'reply_lost';
    });
    const { body } = await shop.pay();
    await scene.later(30 * SECOND);
    expect(await payment(shop, body.id)).toBe('pending [unknown]');

    const paid = /"(charge\.success|payment_intent\.succeeded)"/;
    const [letter] = await scene.mailbox.take(
      1,
      ({ body: text }) => text.includes(body.id) && paid.test(text),
    );
    await bring(scene.stage.app, letter!);
    await scene.stage.work();
    expect(await payment(shop, body.id)).toBe('succeeded [succeeded]');
    expect(scene.money(body.id)).toMatchObject({ charged: AMOUNT, charges: 1 });
  });

  it('does not take a PSP that does not know the payment yet for one that refused it', async () => {
    const shop = await scene.shop(provider);
    // The first call is not even read; every later one is answered.
    shop.psp.treatNext(shop.firstKey, 'charge', 'reset_before');
    const { body } = await shop.pay();
    expect(body.status).toBe('pending');
    await scene.later(4 * SECOND);
    const sentAgain = provider === 'stripe';
    expect(await payment(shop, body.id)).toBe(
      sentAgain ? 'succeeded [succeeded]' : 'pending [unknown]',
    );
    await scene.later(11 * SECOND); // asked a second time, but too soon to be proof
    if (!sentAgain) expect(await payment(shop, body.id)).toBe('pending [unknown]');

    await scene.rest({ shop, id: body.id });
    expect(await payment(shop, body.id)).toBe(
      sentAgain ? 'succeeded [succeeded]' : 'failed [declined]',
    );
    expect(scene.money(body.id).charges).toBe(sentAgain ? 1 : 0);
    expect(secondTried(shop)).toBe(false);
    // What was sent again is the same request under the same key.
    const calls = shop.psp.callsOf(shop.firstKey, 'charge');
    expect(calls).toHaveLength(sentAgain ? 2 : 1);
    expect(new Set(calls.map((one) => one.idempotencyKey)).size).toBe(1);
  });

  it('offers the merchant no way to a second charge meanwhile', async () => {
    const shop = await scene.shop(provider);
    shop.psp.treatNext(shop.firstKey, 'charge', 'reply_lost');
    const { body } = await shop.pay();
    shop.psp.treat(shop.firstKey, () => 'error_500');
    const answers = await Promise.all([
      shop.post(`/payments/${body.id}/retry`),
      shop.post(`/payments/${body.id}/confirm`, { method: 'card', provider }),
      shop.post(`/payments/${body.id}/refund`),
      shop.post(`/payments/${body.id}/capture`),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([400, 409, 400, 400]);
    expect((await shop.post(`/payments/${body.id}/cancel`)).body.status).toBe('pending');

    shop.psp.treat(shop.firstKey, () => 'honest');
    await scene.rest({ shop, id: body.id });
    // The wish to cancel came too late: the money was taken, and is not denied.
    expect(await payment(shop, body.id)).toBe('succeeded [succeeded]');
    expect(scene.money(body.id)).toMatchObject({ charged: AMOUNT, charges: 1 });
    expect(secondTried(shop)).toBe(false);
  });

  it('never makes the charge after the merchant has canceled it', async () => {
    const shop = await scene.shop(provider);
    shop.psp.treatNext(shop.firstKey, 'charge', 'reset_before');
    const { body } = await shop.pay();
    const { status } = await shop.post(`/payments/${body.id}/cancel`);
    expect(status).toBe(200);
    await scene.rest({ shop, id: body.id });
    expect(await payment(shop, body.id)).toBe('canceled [declined]');
    expect(scene.money(body.id).charges).toBe(0);
  });

  it('never makes the charge after its lifetime', async () => {
    const shop = await scene.shop(provider);
    shop.psp.treat(shop.firstKey, () => 'reset_before');
    const { body } = await shop.pay();
    await scene.later(61 * MINUTE);
    shop.psp.treat(shop.firstKey, () => 'honest');
    await scene.rest({ shop, id: body.id });
    expect(await payment(shop, body.id)).toBe('failed [declined]');
    expect(scene.money(body.id).charges).toBe(0);
  });
});
