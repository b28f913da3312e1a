// Postgres is stopped for half a minute and started again, under load: connections break, and new ones are refused.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { Deliveries } from './deliveries.ts';
import { Ground, TEST_MS } from './ground.ts';
import { survive } from './outage.ts';
import { SharedPostgres } from './postgres.ts';

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

describe('the database is stopped for 30 s', () => {
  it(
    'is answered with 503 meanwhile, and nothing is lost or charged twice',
    async ({ onTestFailed }) => {
      onTestFailed(() => ground.tell());
      const outage = {
        name: 'Postgres stopped for 30 s',
        begin: () => postgres.stop(),
        end: () => postgres.start(),
      };
      console.info(await survive(ground, deliveries, outage));
    },
    TEST_MS,
  );
});
