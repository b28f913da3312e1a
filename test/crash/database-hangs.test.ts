// Postgres hangs for half a minute under load: its connections stay, new ones are taken, and nothing is answered. Nobody
// but the client's own patience tells.
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
  postgres?.thaw();
  await ground?.close();
  await deliveries?.close();
  await postgres?.remove();
});

describe('the database does not answer for 30 s', () => {
  it(
    'is answered with 503 meanwhile, and nothing is lost or charged twice',
    async ({ onTestFailed }) => {
      onTestFailed(() => ground.tell());
      const outage = {
        name: 'Postgres frozen for 30 s',
        begin: () => postgres.freeze(),
        end: () => postgres.thaw(),
      };
      console.info(await survive(ground, deliveries, outage));
    },
    TEST_MS,
  );
});
