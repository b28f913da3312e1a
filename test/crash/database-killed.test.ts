// kill -9 of a Postgres that DATABASE_URL names, alone and together with the server, under load. Nobody starts it again
// but whoever owns it: the server waits for it, or is started again with it.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aftermath } from './aftermath.ts';
import { Deliveries } from './deliveries.ts';
import { effort, Ground, TEST_MS } from './ground.ts';
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
  ground = await Ground.open({ env: postgres.env });
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
      const { figures } = await aftermath(ground, deliveries);
      console.info(
        `kill -9 of an outer Postgres, every other time with the server (seed ${seed}): ${KILLS} kills, ${creates} creates, ` +
          `${acknowledged} acknowledged, answers ${JSON.stringify(statuses)}; ${figures}`,
      );
      expect(acknowledged).toBeGreaterThan(0);
    },
    TEST_MS,
  );
});
