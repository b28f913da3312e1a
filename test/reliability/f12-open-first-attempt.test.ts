// F12: a second connection is tried only when the first attempt is over. Once the customer was shown anything (a page, a
// prompt on the phone, a code) there is no fallback, whatever the PSP says later.
// Mutations: leave `attempt.prompted`, or the `once` of a soft decline, out of may-fall-back.ts.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AMOUNT, HOUR, openScene, PROVIDERS, type Scene, SECOND, type Shop } from './scene.ts';
import { PAGE } from './shop.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene?.close());

function secondTried(shop: Shop): boolean {
  return shop.psp.seen.some((one) => one.key === shop.secondKey);
}

async function shown(shop: Shop, id: string): Promise<string> {
  const { body } = await shop.get(`/payments/${id}`);
  return `${body.status} [${body.route.map((one: { status: string }) => one.status).join(' ')}]`;
}

describe.each(PROVIDERS)('at %s', (provider) => {
  it('falls back from a soft decline once, and from a refusal of the request as often as it takes', async () => {
    const shop = await scene.shop(provider);
    const third = await shop.merchant.connect(provider, {
      routing_hints: { fallback_only: true },
    });
    for (const key of [shop.firstKey, shop.secondKey])
      shop.psp.treatNext(key, 'charge', 'declined');
    const soft = await shop.pay();
    expect(soft.body.status).toBe('failed'); // two banks said no: the third would say it too
    expect(shop.psp.seen.some((one) => one.key === shop.merchant.secretKeyOf(third))).toBe(false);

    for (const key of [shop.firstKey, shop.secondKey])
      shop.psp.treatNext(key, 'charge', 'rate_limited');
    const busy = await shop.pay();
    expect(await shown(shop, busy.body.id)).toBe('succeeded [declined declined succeeded]');
    expect(scene.money(busy.body.id)).toMatchObject({ charged: AMOUNT, charges: 1 });
  });

  it.each(['insufficient_funds', 'fraud_suspected', 'expired_card'])(
    'does not fall back from %s',
    async (reason) => {
      const shop = await scene.shop(provider);
      const { status, body } = await shop.pay({ metadata: { simulate: `decline:${reason}` } });
      expect([status, body.status, body.route.length]).toEqual([201, 'failed', 1]);
      expect(secondTried(shop)).toBe(false);
    },
  );

  it('does not fall back from a page, however the customer fares there', async () => {
    const shop = await scene.shop(provider);
    const { body } = await shop.pay(PAGE);
    await scene.press(body.next_action.url, 'failure');
    await shop.post(`/payments/${body.id}/confirm`);
    await scene.later(HOUR + SECOND);
    await scene.rest({ shop, id: body.id });
    expect(secondTried(shop)).toBe(false);
    expect(scene.money(body.id).charges).toBe(0);
  });
});

it('does not fall back when the customer was prompted before the refusal was heard', async () => {
  const shop = await scene.shop('stripe');
  shop.psp.treatNext(shop.firstKey, 'charge', async () => {
    // The process stands still for half a minute over the call; meanwhile another one asks, and hears of a prompt.
    await scene.later(26 * SECOND);
    const error = { type: 'card_error', code: 'card_declined', decline_code: 'generic_decline' };
    return { status: 402, json: { error } };
  });
  const { status, body } = await shop.pay({
    payment_method: { token: 'pm_card_authenticationRequired' },
  });
  expect(status).toBe(201);
  const { attempts } = await scene.record(shop, body.id);
  expect(attempts.map((one) => one.prompted)).toEqual([true]);
  expect(secondTried(shop)).toBe(false);
});

describe('a prompt on the phone', () => {
  const wallet = {
    currency: 'GHS',
    country: 'GH',
    method: 'mobile_money',
    payment_method: { phone: '+233241234567', network: 'mtn' },
  };

  async function answerPhone(outcome: string): Promise<void> {
    const url = `${scene.stage.pspUrl}/simulators/phone/233241234567`;
    const page = await (await fetch(url)).text();
    const id = /name="(?:prompt|id)" value="([^"]+)"/.exec(page)?.[1] ?? '';
    const reply = await fetch(url, {
      method: 'POST',
      body: new URLSearchParams({ outcome, prompt: id, id }),
      redirect: 'manual',
    });
    expect(reply.status).toBeLessThan(400);
  }

  it('that the customer refuses ends the payment, and nobody prompts him again', async () => {
    const shop = await scene.shop('paystack');
    const { body } = await shop.pay(wallet);
    expect(body.status).toBe('requires_action');
    await answerPhone('failure');
    await scene.later(11 * SECOND);
    await scene.rest({ shop, id: body.id });
    expect(await shown(shop, body.id)).toBe('failed [declined]');
    expect(secondTried(shop)).toBe(false);
  });

  it('that was lost on the way back is not repeated elsewhere either', async () => {
    const shop = await scene.shop('paystack');
    shop.psp.treatNext(shop.firstKey, 'charge', 'reply_lost');
    const { body } = await shop.pay(wallet);
    expect(await shown(shop, body.id)).toBe('pending [unknown]');
    await answerPhone('success');
    await scene.rest({ shop, id: body.id });
    expect(await shown(shop, body.id)).toBe('succeeded [succeeded]');
    expect(secondTried(shop)).toBe(false);
  });

  it('whose code is wrong is refused without another connection', async () => {
    const shop = await scene.shop('paystack');
    const phone = '+233201234567';
    const { body } = await shop.pay({ ...wallet, payment_method: { phone, network: 'vod' } });
    expect(body.next_action).toMatchObject({ type: 'submit', field: 'otp' });
    for (const value of ['000000', '999999'])
      await shop.post(`/payments/${body.id}/submit-action`, { type: 'otp', value });
    await scene.later(11 * SECOND);
    expect(secondTried(shop)).toBe(false);
    expect(scene.money(body.id).charges).toBe(0);
  });
});
