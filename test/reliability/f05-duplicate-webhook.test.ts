// F5: a webhook comes more than once, at different processes at once, before and after it was applied: one row in the
// inbox, one change, one event for the merchant. A webhook is acknowledged once it is stored.
// Mutations: give each delivery a dedupe key of its own (receive.ts); believe any signature (each connector's own).
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bring, type Letter } from './mailbox.ts';
import { openScene, PROVIDERS, type Scene, SECOND, type Shop } from './scene.ts';
import { PAGE } from './shop.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene?.close());

/** A payment that was paid at its page; every question about it would fail. */
async function paidPage(shop: Shop): Promise<{ id: string; letters: Letter[] }> {
  const { body } = await shop.pay(PAGE);
  await scene.press(body.next_action.url, 'success');
  await scene.later(SECOND);
  shop.psp.treat(shop.firstKey, () => 'error_500');
  const told = /"(charge\.success|payment_intent\.succeeded|checkout\.session\.completed)"/;
  const letters = scene.mailbox.letters.filter(
    (one) => one.body.includes(body.id) && told.test(one.body),
  );
  return { id: body.id, letters };
}

async function inbox(shop: Shop): Promise<{ status: string; deliveries: number }[]> {
  const text = `SELECT status, deliveries FROM inbound_webhooks WHERE environment_id = $1`;
  return scene.stage.context.db.run({ name: 'inbox', text }, [shop.environmentId]);
}

describe.each(PROVIDERS)('at %s', (provider) => {
  it.each([1, 2, 5])(
    'delivered %i times, at once and later, changes one thing once',
    async (times) => {
      const shop = await scene.shop(provider);
      const { id, letters } = await paidPage(shop);
      const bringAll = () =>
        Promise.all(
          Array.from({ length: times }, () =>
            Promise.all(letters.map((letter) => bring(scene.stage.app, letter))),
          ),
        );
      expect(new Set((await bringAll()).flat())).toEqual(new Set([200]));
      await Promise.all([scene.stage.work(), scene.stage.work(), scene.stage.work()]);
      await bringAll();
      await scene.stage.work();

      const types = (await scene.events(id)).map(({ type }) => type);
      expect(types).toEqual([
        'payment.created',
        'payment.updated', // requires_action
        'payment.updated',
        'payment.succeeded',
      ]);
      const rows = await inbox(shop);
      expect(rows).toHaveLength(letters.length);
      for (const { status, deliveries } of rows)
        expect([status, deliveries]).toEqual(['applied', 2 * times]);
      expect((await shop.get(`/payments/${id}`)).body).toMatchObject({
        status: 'succeeded',
        conflict: null,
      });
    },
  );
});

it('keeps two equal refunds of one payment apart', async () => {
  // Paystack's refund events carry no id of the refund: two of the same amount look alike but for their time.
  const shop = await scene.shop('paystack');
  const { body } = await shop.pay();
  for (const _ of [1, 2]) await shop.post(`/payments/${body.id}/refund`, { amount: 1000 });
  await scene.later(SECOND);
  const { operations } = await scene.record(shop, body.id);
  const letters = scene.mailbox.letters.filter(
    (one) =>
      one.body.includes('refund.processed') && one.body.includes(operations[0]!.attemptId.slice(4)),
  );
  for (const letter of letters) await bring(scene.stage.app, letter);
  await scene.stage.work();
  await scene.rest({ shop, id: body.id });
  const after = await shop.get(`/payments/${body.id}/refunds`);
  expect(after.body.map((one: { status: string }) => one.status)).toEqual([
    'succeeded',
    'succeeded',
  ]);
  expect(scene.money(body.id)).toMatchObject({ refunded: 2000, refunds: 2 });
});

it('refuses a webhook that nobody signed, and changes nothing', async () => {
  for (const provider of PROVIDERS) {
    const shop = await scene.shop(provider);
    const { id, letters } = await paidPage(shop);
    for (const letter of letters) {
      const [name, value] = Object.entries(letter.headers).find(([key]) => /signature/.test(key))!;
      const forgeries = [
        { ...letter, headers: { 'content-type': 'application/json' } },
        {
          ...letter,
          headers: {
            ...letter.headers,
            [name]: value.replace(/.$/, (digit) => (digit === '0' ? '1' : '0')),
          },
        },
        { ...letter, body: `${letter.body} ` },
      ];
      for (const forgery of forgeries) expect(await bring(scene.stage.app, forgery)).toBe(400);
    }
    await scene.stage.work();
    expect((await shop.get(`/payments/${id}`)).body.status).toBe('requires_action');
    for (const { status } of await inbox(shop)) expect(status).toBe('forged');
    // A forgery that came first does not take the genuine one's place.
    for (const letter of letters) expect(await bring(scene.stage.app, letter)).toBe(200);
    await scene.stage.work();
    expect((await shop.get(`/payments/${id}`)).body.status).toBe('succeeded');
  }
});
