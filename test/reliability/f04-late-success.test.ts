// F4: the success arrives after we gave up or fell back. The money that moved is never dropped: the payment becomes
// `succeeded`, two captures are a conflict with an event of its own, and the one too many can be given back.
// Mutations: forbid canceled -> succeeded in status.ts; let move.ts ignore a success after a refusal; let capture-payment
// forget what was captured before.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bring } from './mailbox.ts';
import {
  AMOUNT,
  DAY,
  MINUTE,
  openScene,
  PROVIDERS,
  type Scene,
  SECOND,
  type Shop,
} from './scene.ts';
import { PAGE } from './shop.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene?.close());

const PAID = /"(charge\.success|payment_intent\.succeeded)"/;

/** The PSP's word that the payment was paid reaches us. */
async function bringSuccess(id: string): Promise<void> {
  await scene.later(SECOND);
  const letters = await scene.mailbox.take(1, ({ body }) => body.includes(id) && PAID.test(body));
  expect(await bring(scene.stage.app, letters[0]!)).toBe(200);
  await scene.stage.work();
}

async function shown(shop: Shop, id: string): Promise<string> {
  const { body } = await shop.get(`/payments/${id}`);
  return `${body.status} ${body.conflict ?? ''}`.trim();
}

async function eventTypes(id: string): Promise<string[]> {
  return (await scene.events(id)).map(({ type }) => type);
}

/** Says no, and means yes: the charge is made all the same. */
const REFUSAL = {
  paystack: {
    soft: { status: 400, json: { status: false, message: 'Declined' } },
    hard: { status: 400, json: { status: false, message: 'Insufficient Funds' } },
  },
  stripe: {
    soft: {
      status: 402,
      json: { error: { type: 'card_error', code: 'card_declined', decline_code: 'do_not_honor' } },
    },
    hard: {
      status: 402,
      json: {
        error: { type: 'card_error', code: 'card_declined', decline_code: 'insufficient_funds' },
      },
    },
  },
} as const;

describe.each(PROVIDERS)('at %s', (provider) => {
  it('finds two captures after a legitimate fallback, says so, and gives one back', async () => {
    const shop = await scene.shop(provider);
    shop.psp.treatNext(shop.firstKey, 'charge', () => REFUSAL[provider].soft);
    const { body } = await shop.pay();
    expect(body.status).toBe('succeeded');
    expect(body.connection_id).toBe(shop.second);
    expect(scene.money(body.id)).toMatchObject({ charged: 2 * AMOUNT, charges: 2 });

    await bringSuccess(body.id);
    expect(await shown(shop, body.id)).toBe('succeeded duplicate_capture');
    expect((await eventTypes(body.id)).filter((type) => /duplicate|succeeded/.test(type))).toEqual([
      'payment.succeeded',
      'payment.duplicate_detected',
    ]);
    const { payment, attempts } = await scene.record(shop, body.id);
    expect(payment.capturedMinor).toBe(BigInt(2 * AMOUNT));
    expect(attempts.map((one) => one.capturedMinor)).toEqual([BigInt(AMOUNT), BigInt(AMOUNT)]);

    const refund = await shop.post(`/payments/${body.id}/refund`);
    expect([refund.status, refund.body.amount]).toEqual([201, AMOUNT]);
    await scene.rest({ shop, id: body.id });
    const { charged, refunded } = scene.money(body.id);
    expect(charged - refunded).toBe(AMOUNT);
  });

  it('finds the second authorisation too, and captures only one', async () => {
    const shop = await scene.shop(provider);
    shop.psp.treatNext(shop.firstKey, 'charge', () => REFUSAL[provider].soft);
    const { body } = await shop.pay({ capture_method: 'manual' });
    expect(body.status).toBe('authorized');
    await scene.later(SECOND);
    const authorized = /"(preauthorization\.reserve\.success|payment_intent\.amount_capturable)/;
    const [first] = await scene.record(shop, body.id).then((record) => record.attempts);
    const reference = first!.id.replace('att_', '');
    const [letter] = await scene.mailbox.take(
      1,
      ({ body: text }) => text.includes(reference) && authorized.test(text),
    );
    await bring(scene.stage.app, letter!);
    await scene.stage.work();
    expect(await shown(shop, body.id)).toBe('authorized duplicate_capture');
    expect(await eventTypes(body.id)).toContain('payment.duplicate_detected');

    await shop.post(`/payments/${body.id}/capture`);
    await shop.post(`/payments/${body.id}/capture`);
    await scene.rest({ shop, id: body.id });
    expect(scene.money(body.id).charged).toBe(AMOUNT);

    await scene.later(DAY); // the one too many is released at the next look at it
    await scene.rest({ shop, id: body.id });
    const { attempts } = await scene.record(shop, body.id);
    expect(attempts.map((one) => one.status).sort()).toEqual(['canceled', 'succeeded']);
    expect(await shown(shop, body.id)).toBe('succeeded duplicate_capture');
  });

  it('believes a payment that was refused and then paid', async () => {
    const shop = await scene.shop(provider);
    shop.psp.treatNext(shop.firstKey, 'charge', () => REFUSAL[provider].hard);
    const { body } = await shop.pay();
    expect(body.status).toBe('failed');
    await bringSuccess(body.id);
    expect(await shown(shop, body.id)).toBe('succeeded late_success');
    expect((await eventTypes(body.id)).slice(-2)).toEqual(['payment.updated', 'payment.succeeded']);
    expect(scene.money(body.id)).toMatchObject({ charged: AMOUNT, charges: 1 });
    expect((await shop.post(`/payments/${body.id}/retry`)).status).toBe(400);
  });
});

describe('a Paystack page, which cannot be closed there', () => {
  it.each([
    ['canceled', (shop: Shop, id: string) => shop.post(`/payments/${id}/cancel`)],
    ['expired', () => scene.later(61 * MINUTE)],
  ])('may be paid after the payment was %s, and the money counts', async (closed, close) => {
    const shop = await scene.shop('paystack');
    const byPoll = await shop.pay(PAGE);
    const byWebhook = await shop.pay(PAGE);
    for (const { body } of [byPoll, byWebhook]) await close(shop, body.id);
    for (const { body } of [byPoll, byWebhook]) {
      expect(await shown(shop, body.id)).toBe(closed);
      await scene.press(body.next_action.url, 'success');
    }
    await bringSuccess(byWebhook.body.id);
    expect(await shown(shop, byWebhook.body.id)).toBe('succeeded late_success');

    expect(await shown(shop, byPoll.body.id)).toBe(closed);
    await scene.rest({ shop, id: byPoll.body.id }, { shop, id: byWebhook.body.id });
    for (let day = 0; day < 2; day += 1) await scene.later(24 * 60 * MINUTE);
    expect(await shown(shop, byPoll.body.id)).toBe('succeeded late_success');
  });
});

describe('a Stripe page', () => {
  it('is closed with the payment, so that nobody can pay it any more', async () => {
    const shop = await scene.shop('stripe');
    const { body } = await shop.pay(PAGE);
    expect((await shop.post(`/payments/${body.id}/cancel`)).body.status).toBe('canceled');
    await scene.press(body.next_action.url, 'success').catch(() => {});
    await scene.rest({ shop, id: body.id });
    expect(await shown(shop, body.id)).toBe('canceled');
    expect(scene.money(body.id).charges).toBe(0);
  });

  it('that was paid before it could be closed stays paid', async () => {
    const shop = await scene.shop('stripe');
    const { body } = await shop.pay(PAGE);
    await scene.press(body.next_action.url, 'success');
    expect((await shop.post(`/payments/${body.id}/cancel`)).body.status).toBe('succeeded');
  });
});
