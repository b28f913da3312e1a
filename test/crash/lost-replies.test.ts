// PSPs charge and then lose the reply, or answer 500 after charging, while the server is killed under load, and another
// connection stands ready: an unknown outcome never charges it (reliability.md F3), nor is anything charged again.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aftermath } from './aftermath.ts';
import { effort, Ground, TEST_MS } from './ground.ts';
import { type Kind, ordersOf, type Step } from './orders.ts';

const ROUNDS = 2 * effort();
const ORDERS = 120;

const stripe = (simulate: string, more: object = {}, ...steps: Step[]): Kind => ({
  name: `Stripe card, ${simulate}`,
  weight: 1,
  body: () => ({
    payment_method_id: 'pm_card_visa',
    policy: { allowed_providers: ['stripe'] },
    metadata: { simulate },
    ...more,
  }),
  steps,
});

const paystack = (simulate: string, more: object = {}, ...steps: Step[]): Kind => ({
  name: `Paystack card, ${simulate}`,
  weight: 1,
  body: (_accounts, { phone }) => ({
    payment_method: 'method' in more ? { phone, network: 'mtn' } : { token: 'AUTH_success' },
    policy: { allowed_providers: ['paystack'] },
    metadata: { simulate, customer_email: 'ama@example.com' },
    ...more,
  }),
  steps,
});

const LATER = { capture_method: 'manual' };
const WALLET = { method: 'mobile_money' };
/** Each with a second connection of the same PSP that would take the charge. */
const KINDS: readonly Kind[] = [
  stripe('reply_lost'),
  stripe('reply_lost', {}, 'refund_part'),
  stripe('error_500_after'),
  stripe('html_502', {}, 'refund_race'),
  stripe('truncated_json'),
  stripe('reset_before'),
  stripe('refund.reply_lost', {}, 'refund_part'),
  stripe('reply_lost', LATER, 'capture'),
  stripe('capture.reply_lost', LATER, 'capture'),
  stripe('capture.error_500_after', LATER, 'capture_part'),
  paystack('reply_lost'),
  paystack('reply_lost', {}, 'refund_part'),
  paystack('error_500_after'),
  paystack('empty_body'),
  paystack('refund.reply_lost', {}, 'refund_part'),
  paystack('refund.error_500_after', {}, 'refund_part'),
  paystack('reply_lost', WALLET, 'approve'),
  paystack('error_500_after', WALLET, 'approve'),
];

let ground: Ground;
beforeAll(async () => {
  ground = await Ground.open({ refuses: false });
  await ground.merchant.connect('paystack', ground.psps);
});
afterAll(() => ground?.close());

describe('replies lost after the charge, and kill -9', () => {
  it(
    'charges once, and no second connection after an unknown',
    async ({ onTestFailed }) => {
      onTestFailed(() => ground.tell());
      const { server, dice, traffic, accounts, seed } = ground;
      for (let round = 0; round < ROUNDS; round += 1) {
        const running = traffic.send(ordersOf(dice, accounts, round * ORDERS, ORDERS, KINDS));
        await traffic.acknowledged(dice.below(ORDERS >> 1));
        await sleep(dice.below(25));
        await server.kill();
        await running;
        await server.start();
      }
      const { creates, acknowledged } = traffic.count();
      const { payments, figures } = await aftermath(ground);
      console.info(
        `replies lost and kill -9 (seed ${seed}): ${ROUNDS} kills, ${creates} creates, ${acknowledged} acknowledged; ` +
          `${figures}`,
      );
      const twice = payments.filter(({ route }) => route.length > 1);
      expect(twice.map(({ id, route }) => [id, route])).toEqual([]);
    },
    TEST_MS,
  );
});
