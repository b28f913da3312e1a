// The disk of the database is full, under load, and then there is space again. What cannot be written is answered with
// 503, nothing that was acknowledged is gone, nothing is charged that is not recorded, and nobody has to help.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aftermath } from './aftermath.ts';
import { Deliveries } from './deliveries.ts';
import { Ground, TEST_MS } from './ground.ts';
import { ordersOf } from './orders.ts';
import { checkAnswers } from './outage.ts';
import { SharedPostgres } from './postgres.ts';
import { SmallDisk } from './small-disk.ts';
import { until } from './until.ts';

const ORDERS = 60;
/** How many have to be refused before there is space again. */
const REFUSED = 40;
/** Where nothing can be mounted: how long a file of Postgres may be. */
const LIMIT_BYTES = 64 * 1024;
const NOTICED_WITHIN_MS = 120_000;
const RECOVERED_WITHIN_MS = 90_000;

/** Where the database is that can be full. */
interface Place {
  readonly what: string;
  fill(): void;
  /** Makes it so full that Postgres ends. */
  exhaust(): Promise<void>;
  free(): Promise<void>;
}

let ground: Ground;
let place: Place;
let deliveries: Deliveries;
const opened: (() => unknown)[] = [];
beforeAll(async () => {
  const disk = SmallDisk.make();
  if (disk === null) place = await onLimitedFiles();
  else place = await onSmallDisk(disk);
  deliveries = await Deliveries.open(ground.merchant);
});
afterAll(async () => {
  await ground?.close();
  await deliveries?.close();
  for (const close of opened.reverse()) await close();
});

async function onSmallDisk(disk: SmallDisk): Promise<Place> {
  opened.push(() => disk.remove());
  ground = await Ground.open({
    servers: [{ SWITCHYARD_DATA_DIR: disk.dir }],
    around: disk.around,
  });
  const { server } = ground;
  return {
    what: 'the bundled Postgres on a small disk',
    fill: () => disk.fill(server.pid),
    exhaust: async () => {
      await disk.useUpLog(server.pid);
      const waits = () => server.said(/waiting for space/);
      await until('the server waits for space', NOTICED_WITHIN_MS, waits, 100);
    },
    free: async () => disk.free(),
  };
}

async function onLimitedFiles(): Promise<Place> {
  const postgres = await SharedPostgres.start({ bundled: true });
  opened.push(() => postgres.remove());
  ground = await Ground.open({ env: postgres.env });
  return {
    what: 'an outer Postgres that may make no file longer',
    fill: () => postgres.limitFiles(LIMIT_BYTES),
    exhaust: async () => {},
    free: async () => {
      postgres.limitFiles(null);
      await postgres.start(); // should it have ended
    },
  };
}

describe('a full disk', () => {
  it(
    'is answered with 503 and said clearly; nothing is lost, and all goes on when there is space',
    async ({ onTestFailed }) => {
      onTestFailed(() => ground.tell());
      const { server, dice, traffic, accounts, seed } = ground;
      const { pid } = server;
      await traffic.send(ordersOf(dice, accounts, 0, ORDERS));
      ground.step('filling');
      place.fill();
      const reasons = new Set<string>();
      const refused = () => traffic.statuses()['503'] ?? 0;
      let sent = ORDERS;
      await until('the full disk was noticed', NOTICED_WITHIN_MS, async () => {
        const some = traffic.send(ordersOf(dice, accounts, sent, 10));
        sent += 10;
        await some;
        const health = await fetch(`${server.url}/healthz`);
        expect(health.status).toBe(200);
        const ready = await fetch(`${server.url}/readyz`);
        if (ready.status === 503) reasons.add(((await ready.json()) as { status: string }).status);
        place.fill(); // whatever Postgres gave back meanwhile
        await sleep(100);
        return refused() >= REFUSED && reasons.size > 0;
      });
      ground.step('exhausting');
      await place.exhaust();
      await traffic.send(ordersOf(dice, accounts, sent, 10));
      expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
      expect(await server.isReady()).toBe(false);
      sent += 10;
      ground.step('freeing');
      await place.free();
      const freedMs = Date.now();
      await until('the server is ready again', RECOVERED_WITHIN_MS, () => server.isReady(), 100);
      const readyMs = Date.now() - freedMs;
      await traffic.send(ordersOf(dice, accounts, sent, ORDERS));
      expect({ pid: server.pid, lives: server.lives }).toEqual({ pid, lives: true });
      expect(server.said(/no space left|disk.*full|file too large|could not (extend|write)/i)).toBe(
        true,
      );
      checkAnswers(ground);
      const { creates, acknowledged } = traffic.count();
      const statuses = traffic.statuses();
      const { figures } = await aftermath(ground, deliveries);
      console.info(
        `a full disk (seed ${seed}, ${place.what}): ${creates} creates, ${acknowledged} acknowledged, answers ` +
          `${JSON.stringify(statuses)}, not ready because of: ${[...reasons].join(', ')}; ready ${readyMs} ms after there was ` +
          `space; ${figures}`,
      );
    },
    TEST_MS,
  );
});
