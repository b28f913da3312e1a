// kill -9 of the bundled Postgres while the server takes payments: the server lives, says 503 for as long as it has no
// database, goes on by itself, and nothing that it acknowledged is gone.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aftermath } from './aftermath.ts';
import { effort, Ground, TEST_MS } from './ground.ts';
import { ordersOf } from './orders.ts';
import { until } from './until.ts';

const ROUNDS = 2 * effort();
const ORDERS = 120;
const RECOVERED_WITHIN_MS = 60_000;

let ground: Ground;
beforeAll(async () => {
  ground = await Ground.open();
});
afterAll(() => ground?.close());

describe('kill -9 of the database under load', () => {
  it(
    'is survived by the server, which loses nothing and charges nobody twice',
    async ({ onTestFailed }) => {
      onTestFailed(() => ground.tell());
      const { server, dice, traffic, accounts, seed } = ground;
      const { pid } = server;
      const outages: number[] = [];
      let probes = 0;
      for (let round = 0; round < ROUNDS; round += 1) {
        const running = traffic.send(ordersOf(dice, accounts, round * ORDERS, ORDERS));
        await traffic.acknowledged(dice.below(Math.floor(ORDERS * 0.8)));
        const killedMs = Date.now();
        server.killPostgres();
        await until('the server has a database again', RECOVERED_WITHIN_MS, async () => {
          const probe = await traffic.tryOne(ordersOf(dice, accounts, 10_000 + probes++, 1)[0]!);
          return probe !== null && probe < 300;
        });
        outages.push(Date.now() - killedMs);
        await running;
      }
      expect({ pid: server.pid, lives: server.lives }).toEqual({ pid, lives: true });
      const { creates, acknowledged } = traffic.count();
      const statuses = traffic.statuses();
      const unfit = Object.keys(statuses).filter((one) => !/^(2..|400|409|503)$/.test(one));
      expect(unfit, 'everything is answered, and nothing but 503 for want of a database').toEqual(
        [],
      );
      const { figures } = await aftermath(ground);
      console.info(
        `kill -9 of the database (seed ${seed}): ${ROUNDS} kills, ${creates} creates, ${acknowledged} acknowledged, ` +
          `answers ${JSON.stringify(statuses)}, payments taken again ${outages.join(', ')} ms after; ` +
          `${figures}`,
      );
    },
    TEST_MS,
  );
});
