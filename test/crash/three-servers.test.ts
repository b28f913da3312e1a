// Three servers on one DATABASE_URL; one after the other is killed -9 under load and started again. The others go on
// taking payments, answer the repeats of what a killed one had begun, and their workers find out what became of it.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { aftermath } from './aftermath.ts';
import { Deliveries } from './deliveries.ts';
import { effort, Ground, TEST_MS } from './ground.ts';
import { ordersOf } from './orders.ts';
import { SharedPostgres } from './postgres.ts';
import type { Server } from './server.ts';

const KILLS = 3 * effort();
const ORDERS = 70;

const SHARES = [
  { name: 'each with both roles', roles: ['api,worker', 'api,worker', 'api,worker'] },
  { name: 'two for requests, one for work', roles: ['worker', 'api', 'api'] },
];

let postgres: SharedPostgres;
let ground: Ground | null = null;
let deliveries: Deliveries | null = null;
beforeAll(async () => {
  postgres = await SharedPostgres.start();
});
afterEach(async () => {
  await ground?.close();
  await deliveries?.close();
  [ground, deliveries] = [null, null];
});
afterAll(() => postgres?.remove());

describe('one of three servers is killed, again and again', () => {
  it.each(SHARES)(
    '$name: nothing is lost, nobody is charged twice, the others take over',
    async ({ name, roles }) => {
      await postgres.empty();
      const servers = roles.map((own) => ({ SWITCHYARD_ROLES: own }));
      ground = await Ground.open({ servers, env: postgres.env });
      try {
        await killInTurns(name, roles);
      } catch (error) {
        ground.tell();
        throw error;
      }
    },
    TEST_MS,
  );
});

async function killInTurns(name: string, roles: readonly string[]): Promise<void> {
  const { servers, dice, traffic, accounts, merchant, seed } = ground!;
  deliveries = await Deliveries.open(merchant);
  const down = new Set<Server>();
  const answering = servers.filter((_, index) => roles[index]!.includes('api'));
  let turn = 0;
  merchant.address = () => {
    const up = answering.filter((one) => !down.has(one));
    return up[turn++ % up.length]!.url;
  };
  const killed = new Set<number>();
  for (let round = 0; round < KILLS; round += 1) {
    // Each of them once, and then whichever.
    const victims = servers.filter(
      (_, index) => killed.size === servers.length || !killed.has(index),
    );
    const victim = victims[dice.below(victims.length)]!;
    killed.add(servers.indexOf(victim));
    const running = traffic.send(ordersOf(dice, accounts, round * ORDERS, ORDERS));
    await traffic.acknowledged(dice.below(Math.floor(ORDERS * 0.7)));
    await sleep(dice.below(25));
    down.add(victim);
    await victim.kill();
    ground!.step(`killed ${servers.indexOf(victim)}`);
    await traffic.repeatAll(traffic.unanswered().filter(() => dice.happens(0.5)));
    await running;
    await victim.start();
    down.delete(victim);
  }
  const { creates, acknowledged } = traffic.count();
  const statuses = traffic.statuses();
  const { figures } = await aftermath(ground!, deliveries);
  expect(servers.every((one) => one.lives)).toBe(true);
  console.info(
    `three servers, ${name} (seed ${seed}, Postgres: ${postgres.what}): ${KILLS} kills, ${creates} creates, ` +
      `${acknowledged} acknowledged, answers ${JSON.stringify(statuses)}; ${figures}`,
  );
}
