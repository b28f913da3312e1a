// kill -9 of a Postgres that DATABASE_URL names, alone and together with the server, under load. Nobody starts it again
// but whoever owns it: the server waits for it, or is started again with it.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Audit } from './audit.ts';
import { Deliveries } from './deliveries.ts';
import { effort, Ground, SETTLED_WITHIN_MS, TEST_MS } from './ground.ts';
import { ordersOf } from './orders.ts';
import { SharedPostgres } from './postgres.ts';
import { until } from './until.ts';

/** Every other one takes the server with it. */
const KILLS = 4 * effort();
const ORDERS = 80;
const RECOVERED_WITHIN_MS = 60_000;

let postgres: SharedPostgres;
let ground: Ground;
let deliveries: Deliveries;
beforeAll(async () => {
  postgres = await SharedPostgres.start({ bundled: true });
  const SWITCHYARD_MASTER_KEY = randomBytes(32).toString('base64');
  ground = await Ground.open({ env: { DATABASE_URL: postgres.url, SWITCHYARD_MASTER_KEY } });
  deliveries = await Deliveries.open(ground.merchant);
});
afterAll(async () => {
  await ground?.close();
  await deliveries?.close();
  await postgres?.remove();
});

describe('kill -9 of the Postgres that DATABASE_URL names', () => {
  it(
    'alone or with the server: nothing is lost, nobody is charged twice',
    async ({ onTestFailed }) => {
      onTestFailed(() => ground.tell());
      const { server, dice, traffic, accounts, seed } = ground;
      const audit = new Audit(ground);
      for (let round = 0; round < KILLS; round += 1) {
        const running = traffic.send(ordersOf(dice, accounts, round * ORDERS, ORDERS));
        await traffic.acknowledged(dice.below(Math.floor(ORDERS * 0.8)));
        await sleep(dice.below(25));
        const { pid } = server;
        const both = round % 2 === 1;
        ground.step(both ? 'kill of both' : 'kill of Postgres');
        const dead = Promise.all([postgres.kill(), both ? server.kill() : null]);
        await Promise.all([dead, running]);
        await postgres.start();
        if (both) await server.start();
        await until('the server is ready', RECOVERED_WITHIN_MS, () => server.isReady(), 100);
        expect({ lives: server.lives, same: server.pid === pid }).toEqual({
          lives: true,
          same: !both,
        });
      }
      const { creates, acknowledged } = traffic.count();
      const statuses = traffic.statuses();
      ground.step('repeats of what had no answer');
      await traffic.repeatAll(traffic.unanswered());
      ground.step('audit');
      const settled = await audit.agree(SETTLED_WITHIN_MS);
      ground.step('repeats of everything');
      const repeats = await audit.repeatAll();
      ground.step('deliveries');
      const delivered = await deliveries.complete(SETTLED_WITHIN_MS);
      console.info(
        `kill -9 of an outer Postgres, every other time with the server (seed ${seed}): ${KILLS} kills, ${creates} creates, ` +
          `${acknowledged} acknowledged, answers ${JSON.stringify(statuses)}; ${settled.figures}; ` +
          `${repeats} repeats moved nothing; ${delivered}`,
      );
      expect(acknowledged).toBeGreaterThan(0);
    },
    TEST_MS,
  );
});
