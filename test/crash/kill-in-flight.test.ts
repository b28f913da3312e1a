// kill -9 while payouts are being sent, their events delivered and a PSP's history read: each payout is paid at most once,
// each is what the PSP's books say in the end, every event arrives, and reading goes on where it was.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Deliveries } from './deliveries.ts';
import { effort, Ground, SETTLED_WITHIN_MS, TEST_MS } from './ground.ts';
import type { Answer, Json } from './merchant.ts';
import { ordersOf } from './orders.ts';
import { until } from './until.ts';

const KILLS = 3 * effort();
const PAYOUTS = 50;
const ORDERS = 20;
/** The PSP pays these and loses the answer, or answers 500. */
const LOST_EACH = 5;
const FAILED_EACH = 7;

/** Every payout has an amount of its own, by which the PSP's books know it. */
const amountOf = (number: number) => 1_000 + number;

interface Payout {
  readonly key: string;
  readonly body: object;
  answer: Answer;
}

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

describe('kill -9 while payouts, deliveries and readings are in flight', () => {
  it(
    'pays each payout at most once, and loses none, no event and no place',
    async ({ onTestFailed }) => {
      onTestFailed(() => ground.tell());
      const { server, dice, traffic, accounts, merchant, psps, seed } = ground;
      const { id: connection, secretKey: key } = await merchant.connect('paystack', psps);
      await psps.fault('paystack', { key, match: ANY_PAYOUT, fault: 'latency', latencyMs: 150 });
      for (let number = 0; number < KILLS * PAYOUTS; number += 1) {
        const fault = faultOf(number);
        const match = { ...ANY_PAYOUT, amount: `${amountOf(number)}` };
        if (fault !== null) await psps.fault('paystack', { key, match, fault });
      }
      const payouts: Payout[] = [];
      const ask = async (one: Payout) => {
        const headers = { 'idempotency-key': one.key };
        one.answer = await merchant.send('POST', '/v1/payouts', one.body, headers);
        if (isKnown(one)) known += 1;
      };
      let known = 0;
      const pay = (count: number) =>
        Array.from({ length: count }, async () => {
          const number = payouts.length;
          const one = newPayout(number, connection);
          payouts.push(one);
          await ask(one);
        });
      const repeatUnknown = async (share: number) => {
        const left = payouts.filter((one) => !isKnown(one) && dice.happens(share));
        await Promise.all(
          left.map((one) =>
            until(
              'an answer to the repeat of a payout',
              SETTLED_WITHIN_MS,
              () => ask(one).then(() => isKnown(one)),
              250,
            ),
          ),
        );
      };
      for (let round = 0; round < KILLS; round += 1) {
        const enough = known + dice.below(Math.floor(PAYOUTS * 0.8));
        const running = Promise.all(pay(PAYOUTS));
        const selling = traffic.send(ordersOf(dice, accounts, round * ORDERS, ORDERS));
        // All that these have is read again from the beginning.
        await Promise.all([accounts.stripe, accounts.paystack].map((one) => merchant.ingest(one)));
        await until('enough payouts were answered', SETTLED_WITHIN_MS, () => known >= enough, 5);
        await sleep(dice.below(25));
        ground.step('kill');
        await server.kill();
        await Promise.all([running, selling]);
        await server.start();
        await repeatUnknown(0.5);
      }
      const acknowledged = known;
      await repeatUnknown(1);
      ground.step('payouts come to an end');
      const states = new Map<string, string>();
      const ended = await until(
        'every payout that the PSP has paid ended',
        SETTLED_WITHIN_MS,
        () => allEnded(payouts, states),
        500,
      );
      const booked = await psps.paidOut('paystack');
      const wrong = payouts.flatMap((one, number) => complaintsAbout(one, number, ended, booked));
      expect(wrong).toEqual([]);
      const ours = new Set(payouts.map((_, number) => amountOf(number)));
      expect([...booked.keys()].filter((amount) => !ours.has(amount))).toEqual([]);
      ground.step('histories were read');
      await until(
        'the histories were read to the end',
        SETTLED_WITHIN_MS,
        () => merchant.hasIngested([accounts.stripe, accounts.paystack]),
        500,
      );
      ground.step('deliveries');
      await traffic.repeatAll(traffic.unanswered());
      const delivered = await deliveries.complete(SETTLED_WITHIN_MS);
      const told = [
        ...Map.groupBy(
          payouts,
          ({ answer }) =>
            ended.get(answer.reply?.body.id) ?? 'still asked about: the PSP has no trace of them',
        ),
      ]
        .map(([status, of]) => `${of.length} ${status}`)
        .join(', ');
      console.info(
        `kill -9 with payouts in flight (seed ${seed}): ${KILLS} kills, ${payouts.length} payouts, ${acknowledged} acknowledged ` +
          `before the last repeats; ${told}; 0 lost, 0 paid twice, all as in the PSP's books; histories read to the end; ${delivered}`,
      );
    },
    TEST_MS,
  );
});

/**
 * The status of each that has ended, when those are all that the PSP has paid; else null. What it has no trace of stays
 * open for minutes, until that is believed.
 */
async function allEnded(
  payouts: readonly Payout[],
  ended: Map<string, string>,
): Promise<Map<string, string> | null> {
  await Promise.all(
    payouts.map(async ({ answer }) => {
      const id = answer.reply?.body.id;
      if (ended.has(id)) return;
      const { status } = await ground.merchant.get(`/v1/payouts/${id}`);
      if (status === 'succeeded' || status === 'failed') ended.set(id, status);
    }),
  );
  const booked = await ground.psps.paidOut('paystack');
  const open = payouts.filter(
    ({ answer }, number) => booked.has(amountOf(number)) && !ended.has(answer.reply?.body.id),
  );
  return open.length === 0 ? ended : null;
}

const ANY_PAYOUT = { operation: 'payout' };

function faultOf(number: number): string | null {
  if (number % LOST_EACH === 0) return 'reply_lost';
  return number % FAILED_EACH === 0 ? 'error_500_after' : null;
}

function newPayout(number: number, connection: string): Payout {
  const beneficiary = {
    type: 'bank',
    name: 'Tunde Bello',
    account_number: `62${String(100_000_000 + number)}`,
    bank_code: '632005',
  };
  const body = {
    connection_id: connection,
    amount: amountOf(number),
    currency: 'ZAR',
    beneficiary,
    narration: `Invoice ${number}`,
  };
  const unasked = { reply: null, lost: { refused: true, reason: 'not asked' } };
  return { key: `payout-${number}`, body, answer: unasked };
}

function isKnown({ answer: { reply } }: Payout): boolean {
  return reply?.status === 201;
}

function complaintsAbout(
  { key, answer }: Payout,
  number: number,
  ended: ReadonlyMap<string, string>,
  booked: ReadonlyMap<number, number>,
): string[] {
  const told: Json = answer.reply?.body;
  const times = booked.get(amountOf(number)) ?? 0;
  const status = ended.get(told.id);
  const wrong: string[] = [];
  if (times > 1) wrong.push(`paid ${times} times`);
  if ((status === 'succeeded') !== times > 0) wrong.push(`${status}, and paid ${times} times`);
  if (told.amount !== amountOf(number)) wrong.push('is another payout than was asked for');
  return wrong.map((what) => `${key} ${told.id}: ${what}`);
}
