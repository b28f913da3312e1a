// The database is away for half a minute while clients keep asking: what they are answered meanwhile, what the health
// routes say, and that all of it comes back by itself, as the PSPs' books have it.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aftermath } from './aftermath.ts';
import { Deliveries } from './deliveries.ts';
import { Ground, TEST_MS } from './ground.ts';
import { ordersOf } from './orders.ts';
import { SharedPostgres } from './postgres.ts';
import { until } from './until.ts';

const AWAY_MS = 30_000;
const ORDERS = 100;
/** A request that was accepted is answered within 30 s (DESIGN section 1); the machine may be busy. */
const ANSWERED_WITHIN_MS = 40_000;
const RECOVERED_WITHIN_MS = 60_000;
/** SWITCHYARD_DATABASE_CONNECTIONS by default. */
const CONNECTIONS_MAX = 20;

interface Outage {
  readonly name: string;
  begin(): Promise<void> | void;
  end(): Promise<void> | void;
}

interface Seen {
  readonly notReady: number;
  readonly connectionsMax: number;
  readonly waitingMax: number;
}

/** The tests of one kind of outage: a server on a Postgres of its own, and that one away for half a minute. */
export function testOutage(outageOf: (postgres: SharedPostgres) => Outage): void {
  let postgres: SharedPostgres;
  let ground: Ground;
  let deliveries: Deliveries;
  let outage: Outage;
  beforeAll(async () => {
    postgres = await SharedPostgres.start({ bundled: true });
    outage = outageOf(postgres);
    ground = await Ground.open({ env: postgres.env });
    deliveries = await Deliveries.open(ground.merchant);
  });
  afterAll(async () => {
    postgres?.thaw();
    await ground?.close();
    await deliveries?.close();
    await postgres?.remove();
  });

  describe('the database is away for 30 s', () => {
    it(
      'is answered with 503 meanwhile, and nothing is lost or charged twice',
      async ({ onTestFailed }) => {
        onTestFailed(() => ground.tell());
        console.info(await survive(ground, deliveries, outage));
      },
      TEST_MS,
    );
  });
}

async function survive(ground: Ground, deliveries: Deliveries, outage: Outage): Promise<string> {
  const { server, dice, traffic, accounts, seed } = ground;
  const running = traffic.send(ordersOf(dice, accounts, 0, ORDERS));
  await traffic.acknowledged(ORDERS >> 1);
  const { pid } = server;
  await outage.begin();
  ground.step('the database is away');
  const beganMs = Date.now();
  const seen = { notReady: 0, connectionsMax: 0, waitingMax: 0 };
  const probes: Promise<unknown>[] = [];
  for (let count = 0; Date.now() - beganMs < AWAY_MS; count += 1) {
    probes.push(traffic.send(ordersOf(dice, accounts, 10_000 + count, 1)));
    await look(ground, seen);
    await sleep(300);
  }
  const within = traffic.calls.filter(({ order }) => order.number >= 10_000).length;
  await outage.end();
  ground.step('the database is back');
  const backMs = Date.now();
  await until('the server is ready again', RECOVERED_WITHIN_MS, () => server.isReady(), 100);
  const readyMs = Date.now() - backMs;
  await Promise.all([running, ...probes]);
  ground.step('everything was answered');
  expect({ pid: server.pid, lives: server.lives }).toEqual({ pid, lives: true });
  expect(seen.notReady, 'readiness says that there is no database').toBeGreaterThan(0);
  expect(within, 'some were answered while the database was away').toBeGreaterThan(0);
  checkAnswers(ground);
  const { creates, acknowledged } = traffic.count();
  const statuses = traffic.statuses();
  const { figures } = await aftermath(ground, deliveries);
  return (
    `${outage.name} (seed ${seed}): ${creates} creates, ${acknowledged} acknowledged, answers ${JSON.stringify(statuses)}, ` +
    `at most ${seen.connectionsMax} connections and ${seen.waitingMax} requests waiting for one, ready ${readyMs} ms after; ` +
    figures
  );
}

/** It lives, says that it is not ready, and what it holds is bounded. */
async function look(
  { server }: Ground,
  seen: { -readonly [K in keyof Seen]: Seen[K] },
): Promise<void> {
  const get = (path: string) =>
    fetch(`${server.url}${path}`, { signal: AbortSignal.timeout(ANSWERED_WITHIN_MS) });
  expect((await get('/healthz')).status).toBe(200);
  if ((await get('/readyz')).status === 503) seen.notReady += 1;
  const text = await (await get('/metrics')).text();
  const count = (state: string) =>
    Number(
      new RegExp(`^switchyard_database_connections{state="${state}"} (\\d+)`, 'm').exec(text)?.[1],
    );
  seen.connectionsMax = Math.max(seen.connectionsMax, count('total'));
  seen.waitingMax = Math.max(seen.waitingMax, count('waiting'));
  expect(seen.connectionsMax).toBeLessThanOrEqual(CONNECTIONS_MAX);
}

/** Every request has an answer in time, and the only one for want of a database is 503 with a time to come back. */
export function checkAnswers({ traffic }: Ground): void {
  const unfit = traffic.calls.filter(({ answer: { reply }, tookMs }) => {
    if (reply === null || tookMs > ANSWERED_WITHIN_MS) return true;
    if (reply.status === 503) return !(Number(reply.retryAfter) > 0);
    return !(reply.status < 300 || [400, 409].includes(reply.status));
  });
  const told = unfit.map(
    ({ what, answer: { reply, lost }, tookMs }) =>
      `${what} after ${tookMs} ms: ${reply ? `${reply.status} ${reply.text}` : lost?.reason}`,
  );
  expect(told).toEqual([]);
}
