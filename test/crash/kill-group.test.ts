// kill -9 of the server's whole process group in the middle of 200 concurrent creates, again and again, and a restart
// on the same data directory: nothing acknowledged is lost, nobody is charged twice (reliability.md F1, F2, F9).
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aftermath } from './aftermath.ts';
import { Deliveries } from './deliveries.ts';
import { effort, Ground, TEST_MS } from './ground.ts';
import { ordersOf } from './orders.ts';

const ROUNDS = 5 * effort();
const ORDERS = 200;

let ground: Ground;
let deliveries: Deliveries;
beforeAll(async () => {
  ground = await Ground.open();
  deliveries = await Deliveries.open(ground.merchant);
});
afterAll(async () => {
  await ground?.close();
  await deliveries?.close();
});

describe('kill -9 of the process group in the middle of 200 creates', () => {
  it(
    'loses nothing acknowledged and charges nobody twice',
    async ({ onTestFailed }) => {
      onTestFailed(() => ground.tell());
      const { server, dice, traffic, accounts, seed } = ground;
      const restarts: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        const running = traffic.send(ordersOf(dice, accounts, round * ORDERS, ORDERS));
        // From before the first answer to shortly before the last; then within the turn of a few writes.
        await traffic.acknowledged(dice.below(Math.floor(ORDERS * 0.9)));
        await sleep(dice.below(25));
        ground.step('kill');
        const killed = server.kill();
        // Every other time the database is killed with it, as when the machine stops.
        if (round % 2 === 1) server.killPostgres();
        await killed;
        await running;
        restarts.push(await server.start());
        ground.step('started again');
        // Half of the clients without an answer repeat at once, while the server is still recovering.
        await traffic.repeatAll(traffic.unanswered().filter(() => dice.happens(0.5)));
      }
      const { creates, acknowledged } = traffic.count();
      const { figures } = await aftermath(ground, deliveries);
      console.info(
        `kill -9 of the group (seed ${seed}): ${ROUNDS} kills, ${creates} creates, ${acknowledged} acknowledged, ` +
          `restarts took ${restarts.join(', ')} ms; ${figures}`,
      );
      expect(acknowledged).toBeGreaterThan(0);
      expect(creates).toBe(ROUNDS * ORDERS);
    },
    TEST_MS,
  );
});
