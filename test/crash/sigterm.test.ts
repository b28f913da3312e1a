// SIGTERM under load, as supervisors stop a server: whatever was accepted is answered, the exit status is 0, the
// database is gone with the server, and the next start finds everything in order.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aftermath } from './aftermath.ts';
import { Audit } from './audit.ts';
import { effort, Ground, TEST_MS } from './ground.ts';
import { KINDS, type Kind, ordersOf } from './orders.ts';

const ROUNDS = 2 * effort();
const ORDERS = 150;

/** The PSP takes its time: these are under way when the signal comes. */
const SLOW: Kind = {
  name: 'very slow card',
  weight: 12,
  body: ({ stripe }) => ({
    connection_id: stripe,
    payment_method_id: 'pm_card_visa',
    metadata: { simulate: 'latency:2500' },
  }),
};

/** The PSP does not answer before the server has to end: it charges, and nobody hears of it. */
const HANGING: Kind = {
  name: 'card of a PSP that hangs',
  weight: 12,
  body: ({ stripe }) => ({
    connection_id: stripe,
    payment_method_id: 'pm_card_visa',
    metadata: { simulate: 'latency:60000' },
  }),
};

let ground: Ground;
beforeAll(async () => {
  ground = await Ground.open();
});
afterAll(() => ground?.close());

describe('SIGTERM under load', () => {
  it(
    'answers what was accepted, ends with 0, and leaves nothing running',
    async ({ onTestFailed }) => {
      onTestFailed(() => ground.tell());
      const { server, dice, traffic, accounts, seed } = ground;
      const audit = new Audit(ground);
      const stops: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        const kinds = [...KINDS, round % 2 === 0 ? SLOW : HANGING];
        const running = traffic.send(ordersOf(dice, accounts, round * ORDERS, ORDERS, kinds));
        await traffic.acknowledged(1 + dice.below(ORDERS >> 1));
        expect(server.postgresPid()).not.toBeNull();
        const signalledMs = Date.now();
        expect(await server.terminate()).toEqual({ code: 0, signal: null });
        stops.push(Date.now() - signalledMs);
        expect(server.postgresPid()).toBeNull();
        await running;
        await server.start();
      }
      const { creates, acknowledged } = traffic.count();
      const statuses = traffic.statuses();
      // A connection may be closed on a request that nobody has read yet, never on one that had an effect.
      expect(await audit.effectsWithoutAnswer()).toEqual([]);
      const { figures } = await aftermath(ground);
      console.info(
        `SIGTERM under load (seed ${seed}): ${ROUNDS} stops of ${stops.join(', ')} ms, ${creates} creates, ` +
          `${acknowledged} acknowledged, answers ${JSON.stringify(statuses)}; ${figures}`,
      );
    },
    TEST_MS,
  );
});
