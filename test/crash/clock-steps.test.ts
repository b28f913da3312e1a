// The clock of the server's machine is stepped an hour ahead and an hour back, and slewed, under load and across a kill.
// The database's clock stays. No rule may notice: nothing expires, nothing is left lying for an hour, keys stay valid,
// signatures are believed and made as ever, and the books agree.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aftermath } from './aftermath.ts';
import { Deliveries } from './deliveries.ts';
import { Ground, TEST_MS } from './ground.ts';
import type { Json } from './merchant.ts';
import { ordersOf } from './orders.ts';
import { SharedPostgres } from './postgres.ts';

const HOUR_MS = 3_600_000;
const ORDERS = 60;
/** Two seconds ahead in four, as no kept clock is slewed. */
const SLEW_STEPS = 20;
const SLEW_MS = 100;
/** What both sides of a webhook allow (Standard Webhooks, Stripe). */
const TOLERANCE_MS = 300_000;

let postgres: SharedPostgres;
let ground: Ground;
let deliveries: Deliveries;
let clockFile: string;
beforeAll(async () => {
  postgres = await SharedPostgres.start({ bundled: true });
  clockFile = join(postgres.dir, 'clock');
  ground = await Ground.open({
    env: {
      ...postgres.env,
      NODE_OPTIONS: `--import=${join(import.meta.dirname, 'stepped-clock.ts')}`,
      CRASH_TEST_CLOCK: clockFile,
    },
  });
  deliveries = await Deliveries.open(ground.merchant);
});
afterAll(async () => {
  await ground?.close();
  await deliveries?.close();
  await postgres?.remove();
});

/** This machine's clock shows that much more. The server has it before its next request. */
async function set(errorMs: number): Promise<void> {
  ground.step(`the clock shows ${errorMs} ms more`);
  writeFileSync(clockFile, String(errorMs));
  await sleep(120);
}

async function slew(): Promise<void> {
  for (let step = 1; step <= SLEW_STEPS; step += 1) {
    writeFileSync(clockFile, String(step * SLEW_MS));
    await sleep(2 * SLEW_MS);
  }
}

describe('a stepped clock', () => {
  it(
    'moves no rule: nothing expires, waits, is believed less or is charged twice',
    async ({ onTestFailed }) => {
      onTestFailed(() => ground.tell());
      const { server, dice, traffic, accounts, merchant, seed } = ground;
      const openedMs = Date.now();
      let sent = 0;
      const orders = () => {
        sent += ORDERS;
        return ordersOf(dice, accounts, sent - ORDERS, ORDERS);
      };
      /** While orders are under way, then repeats of some of them. */
      const during = async (change: () => Promise<unknown>) => {
        const running = traffic.send(orders());
        await traffic.acknowledged(ORDERS >> 2);
        await change();
        await running;
        const again = traffic.answered().filter(() => dice.happens(0.2));
        await traffic.repeatAll(again);
      };
      await during(() => set(HOUR_MS));
      // What it holds when it dies has to be taken up an hour earlier by its clock.
      await during(() => server.kill().then(() => server.start()));
      await during(() => set(0));
      await during(() => set(-HOUR_MS));
      await during(() => set(HOUR_MS));
      await during(slew);
      await set(0);
      const { creates, acknowledged } = traffic.count();
      const statuses = traffic.statuses();
      const { payments, figures } = await aftermath(ground, deliveries);
      const [fromMs, toMs] = [openedMs - 60_000, Date.now() + 60_000];
      const misdated = payments.filter(
        ({ created_at }: Json) => !isBetween(created_at, fromMs, toMs),
      );
      expect(misdated.map(({ id, created_at }: Json) => [id, created_at])).toEqual([]);
      expect(payments.filter(({ status }: Json) => status === 'expired')).toEqual([]);
      expect(deliveries.misdated(TOLERANCE_MS), 'what merchants would not believe').toEqual([]);
      const inbound = await merchant.get('/v1/webhooks/events?limit=100');
      expect(forgeriesIn(inbound), 'what we did not believe').toEqual([]);
      console.info(
        `a clock stepped by an hour, 4 times, and slewed (seed ${seed}): ${creates} creates, ${acknowledged} acknowledged, ` +
          `answers ${JSON.stringify(statuses)}; ${figures}`,
      );
    },
    TEST_MS,
  );
});

function isBetween(text: string, fromMs: number, toMs: number): boolean {
  const at = Date.parse(text);
  return at >= fromMs && at <= toMs;
}

function forgeriesIn(rows: Json[]): Json[] {
  return rows.filter(({ authenticity }) => authenticity === 'forged');
}
