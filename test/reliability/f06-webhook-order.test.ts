// F6: webhooks come in any order. Every permutation of what a PSP tells about a payment ends in the same state, whether
// or not the PSP can be asked meanwhile; a final state is never overwritten by one that is not.
// Mutation: let verdictOf in move.ts take every word (no ranks).
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bring, type Letter } from './mailbox.ts';
import { AMOUNT, openScene, type Provider, type Scene, SECOND, type Shop } from './scene.ts';
import { MANUAL, PAGE } from './shop.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene?.close());

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((one, index) =>
    permutations(items.filter((_, other) => other !== index)).map((rest) => [one, ...rest]),
  );
}

interface Story {
  readonly provider: Provider;
  readonly name: string;
  /** Makes the payment and has everything happen to it at the PSP, with every reply lost to us. */
  readonly happen: (shop: Shop) => Promise<string>;
  /** The events that tell of it. */
  readonly told: RegExp;
  readonly end: string;
}

/** Nothing that the PSP answers gets through from here on; what it is asked to do, it does. */
function deafen(shop: Shop): void {
  shop.psp.treat(shop.firstKey, () => 'reply_lost');
}

const stories: readonly Story[] = [
  {
    provider: 'stripe',
    name: 'a page where the first card failed',
    happen: async (shop) => {
      const { body } = await shop.pay(PAGE);
      await scene.press(body.next_action.url, 'failure');
      await scene.press(body.next_action.url, 'success');
      return body.id;
    },
    told: /payment_intent\.payment_failed|payment_intent\.succeeded|checkout\.session\.completed/,
    end: 'succeeded 5000/0',
  },
  {
    provider: 'stripe',
    name: 'an authorisation that was captured',
    happen: async (shop) => {
      const { body } = await shop.pay(MANUAL);
      deafen(shop);
      await shop.post(`/payments/${body.id}/capture`);
      await scene.later(4 * SECOND); // heard of the capture by nobody
      return body.id;
    },
    told: /amount_capturable_updated|charge\.captured|payment_intent\.succeeded/,
    end: 'succeeded 5000/0',
  },
  {
    provider: 'stripe',
    name: 'an authorisation that was released',
    happen: async (shop) => {
      const { body } = await shop.pay(MANUAL);
      deafen(shop);
      await shop.post(`/payments/${body.id}/cancel`);
      return body.id;
    },
    told: /payment_intent\.created|amount_capturable_updated|payment_intent\.canceled/,
    end: 'canceled 0/0',
  },
  {
    provider: 'paystack',
    name: 'an authorisation that was captured',
    happen: async (shop) => {
      const { body } = await shop.pay(MANUAL);
      deafen(shop);
      await shop.post(`/payments/${body.id}/capture`);
      return body.id;
    },
    told: /reserve\.success|capture\.success/,
    end: 'succeeded 5000/0',
  },
  {
    provider: 'paystack',
    name: 'a page that was paid and partly refunded',
    happen: async (shop) => {
      const { body } = await shop.pay(PAGE);
      await scene.press(body.next_action.url, 'success');
      await shop.post(`/payments/${body.id}/confirm`);
      deafen(shop);
      await shop.post(`/payments/${body.id}/refund`, { amount: 2000 });
      return body.id;
    },
    told: /charge\.success|refund\.pending|refund\.processed/,
    end: 'partially_refunded 5000/2000',
  },
];

async function lettersOf(shop: Shop, id: string, told: RegExp): Promise<Letter[]> {
  await scene.later(SECOND);
  const { attempts } = await scene.record(shop, id);
  const names = [id, ...attempts.flatMap((one) => [one.id.slice(4), one.pspReference ?? id])];
  return scene.mailbox.letters.filter(
    ({ event, body }) =>
      told.test(event.event ?? event.type) && names.some((name) => body.includes(name)),
  );
}

async function stateOf(shop: Shop, id: string): Promise<string> {
  const { payment } = await scene.record(shop, id);
  const conflict = payment.conflict === null ? '' : ` ${payment.conflict}`;
  return `${payment.status} ${payment.capturedMinor}/${payment.refundedMinor}${conflict}`;
}

describe.each(stories)('$provider: $name', ({ provider, happen, told, end }) => {
  it.each([
    ['while the PSP answers', 'honest'],
    ['while the PSP is silent', 'error_500'],
  ] as const)('ends the same in every order, %s', async (_, behaviour) => {
    const shop = await scene.shop(provider);
    const first = await lettersOf(shop, await happen(shop), told);
    const orders = permutations([...first.keys()]);
    expect(orders.length).toBeGreaterThan(1);
    const payments: { shop: Shop; id: string }[] = [];
    for (const order of orders) {
      shop.psp.treat(shop.firstKey, () => 'honest');
      const id = await happen(shop);
      const letters = await lettersOf(shop, id, told);
      shop.psp.treat(shop.firstKey, () => behaviour);
      for (const index of order) {
        expect(await bring(scene.stage.app, letters[index]!)).toBe(200);
        await scene.stage.work();
      }
      payments.push({ shop, id });
    }
    shop.psp.treat(shop.firstKey, () => 'honest');
    await scene.rest(...payments);
    await scene.later(60 * SECOND); // and whatever was still to be asked
    const ends = await Promise.all(payments.map(({ id }) => stateOf(shop, id)));
    expect(new Set(ends)).toEqual(new Set([end]));
  });
});

it('never lets an old word undo a final state', async () => {
  const shop = await scene.shop('stripe');
  const { body } = await shop.pay(PAGE);
  await scene.press(body.next_action.url, 'failure');
  await scene.press(body.next_action.url, 'success');
  const letters = await lettersOf(shop, body.id, /payment_failed|payment_intent\.succeeded/);
  const failed = letters.find(({ event }) => event.type.endsWith('payment_failed'));
  await shop.post(`/payments/${body.id}/confirm`);
  for (const behaviour of ['error_500', 'honest'] as const) {
    shop.psp.treat(shop.firstKey, () => behaviour);
    await bring(scene.stage.app, failed!);
    await scene.later(5 * SECOND);
    expect(await stateOf(shop, body.id)).toBe(`succeeded ${AMOUNT}/0`);
  }
});
