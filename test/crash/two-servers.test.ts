// Two servers on one DATABASE_URL, one killed -9 under load: the other goes on taking payments, answers the repeats of
// what the killed one had begun, and its worker finds out what became of it.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Audit } from './audit.ts';
import { Deliveries } from './deliveries.ts';
import { Ground, TEST_MS } from './ground.ts';
import { ordersOf } from './orders.ts';
import { type SharedPostgres, startPostgres } from './postgres.ts';

const ORDERS = 200;

let postgres: SharedPostgres;
let ground: Ground;
let deliveries: Deliveries;
beforeAll(async () => {
  postgres = await startPostgres();
  const env = {
    DATABASE_URL: postgres.url,
    SWITCHYARD_MASTER_KEY: randomBytes(32).toString('base64'),
  };
  ground = await Ground.open({ servers: 2, env });
  deliveries = await Deliveries.open(ground.merchant);
});
afterAll(async () => {
  await ground?.close();
  await deliveries?.close();
  await postgres?.stop();
});

describe('one of two servers is killed', () => {
  it(
    'the other one loses nothing, charges nobody twice, and takes over',
    async ({ onTestFailed }) => {
      onTestFailed(() => ground.tell());
      const { servers, dice, traffic, accounts, merchant, seed } = ground;
      const [victim, survivor] = [servers[0]!, servers[1]!];
      const audit = new Audit(ground);
      let turn = 0;
      merchant.address = () => (victim.lives && turn++ % 2 === 0 ? victim : survivor).url;
      const running = traffic.send(ordersOf(dice, accounts, 0, ORDERS));
      await traffic.acknowledged(dice.below(Math.floor(ORDERS * 0.7)));
      await sleep(dice.below(25));
      await victim.kill();
      const after = traffic.send(ordersOf(dice, accounts, ORDERS, ORDERS >> 1));
      await Promise.all([running, after]);
      const { creates, acknowledged } = traffic.count();
      const statuses = traffic.statuses();
      ground.step('repeats of what had no answer');
      await traffic.repeatAll(traffic.unanswered());
      ground.step('audit');
      const settled = await audit.agree(40_000);
      ground.step('repeats of everything');
      const repeats = await audit.repeatAll();
      ground.step('deliveries');
      const delivered = await deliveries.complete(90_000);
      ground.step('done');
      expect(survivor.lives).toBe(true);
      console.info(
        `one of two servers killed (seed ${seed}, Postgres: ${postgres.what}): ${creates} creates, ${acknowledged} ` +
          `acknowledged, answers ${JSON.stringify(statuses)}; ${settled.figures}; ${repeats} repeats moved nothing; ${delivered}`,
      );
    },
    TEST_MS,
  );
});
