// F9: refunds and captures at once, in several processes. What is given back or taken is reserved under the row's lock,
// and a reservation is released only by proof: never more than was captured, at no moment, whatever is unknown.
// Mutations: let amountsOf (derive.ts) not count `unknown` refunds; decide refunds on the record that was read before.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openProcess, type Process } from './process.ts';
import { AMOUNT, openScene, PROVIDERS, type Scene, SECOND, type Shop } from './scene.ts';
import { MANUAL } from './shop.ts';

let scene: Scene;
let others: Process[];
beforeAll(async () => {
  scene = await openScene();
  others = [openProcess(scene.stage), openProcess(scene.stage)];
});
afterAll(async () => {
  for (const one of others ?? []) await one.close();
  await scene?.close();
});

/** The same request many times, at three processes. */
async function flood(shop: Shop, path: string, bodies: readonly object[]): Promise<number[]> {
  const senders = [shop.post, ...others.map((one) => one.post.bind(one, shop))];
  const answers = await Promise.all(
    bodies.map((body, index) => senders[index % senders.length]!(path, body)),
  );
  return answers.map((answer) => answer!.status);
}

const of = (count: number, amount: number) => Array.from({ length: count }, () => ({ amount }));

describe.each(PROVIDERS)('at %s', (provider) => {
  it('refunds at most what was captured', async () => {
    const shop = await scene.shop(provider);
    const { body } = await shop.pay();
    const codes = await flood(shop, `/payments/${body.id}/refund`, of(9, 1_500));
    expect(codes.filter((code) => code === 201)).toHaveLength(3); // 4500 of 5000
    expect(codes.filter((code) => code === 400)).toHaveLength(6);
    expect((await shop.post(`/payments/${body.id}/refund`, { amount: 501 })).status).toBe(400);
    expect((await shop.post(`/payments/${body.id}/refund`, { amount: 500 })).status).toBe(201);
    await scene.rest({ shop, id: body.id });
    expect(scene.money(body.id)).toMatchObject({ charged: AMOUNT, refunded: AMOUNT, refunds: 4 });
    expect((await shop.get(`/payments/${body.id}`)).body.status).toBe('refunded');
  });

  it('keeps what is reserved while nobody knows whether it was refunded', async () => {
    const shop = await scene.shop(provider);
    const { body } = await shop.pay();
    shop.psp.treat(shop.firstKey, ({ call }) => (call === 'refund' ? 'reply_lost' : 'error_500'));
    expect((await shop.post(`/payments/${body.id}/refund`, { amount: 3_000 })).status).toBe(201);
    for (let round = 0; round < 3; round += 1) {
      const { payment, operations } = await scene.record(shop, body.id);
      expect(operations.map((one) => one.status)).toEqual(['unknown']);
      expect([payment.refundedMinor, payment.refundPendingMinor]).toEqual([0n, 3_000n]);
      expect(await flood(shop, `/payments/${body.id}/refund`, of(3, 2_001))).toEqual([
        400, 400, 400,
      ]);
      await scene.later(30 * SECOND);
    }
    shop.psp.treat(shop.firstKey, () => 'honest');
    await scene.rest({ shop, id: body.id });
    expect(scene.money(body.id)).toMatchObject({ refunded: 3_000, refunds: 1 });
  });

  it('gives back what was reserved once the PSP has refused', async () => {
    const shop = await scene.shop(provider);
    const { body } = await shop.pay();
    shop.psp.treatNext(shop.firstKey, 'refund', 'rate_limited');
    const refused = await shop.post(`/payments/${body.id}/refund`);
    expect([refused.status, refused.body.status]).toEqual([201, 'failed']);
    expect((await shop.post(`/payments/${body.id}/refund`)).status).toBe(201);
    await scene.rest({ shop, id: body.id });
    expect(scene.money(body.id)).toMatchObject({ refunded: AMOUNT, refunds: 1 });
  });

  it('captures an authorisation once', async () => {
    const shop = await scene.shop(provider);
    const { body } = await shop.pay(MANUAL);
    const codes = await flood(shop, `/payments/${body.id}/capture`, of(9, AMOUNT));
    expect(codes.filter((code) => code === 200)).toHaveLength(1);
    expect(codes.filter((code) => code !== 200).every((code) => code === 409 || code === 400)).toBe(
      true,
    );
    await scene.rest({ shop, id: body.id });
    expect(scene.money(body.id)).toMatchObject({ charged: AMOUNT, charges: 1 });
    expect(shop.psp.callsOf(shop.firstKey, 'capture')).toHaveLength(1);
  });

  it('captures no more than was authorised, and refunds no more than was captured', async () => {
    const shop = await scene.shop(provider);
    const { body } = await shop.pay(MANUAL);
    const path = `/payments/${body.id}`;
    expect((await shop.post(`${path}/capture`, { amount: AMOUNT + 1 })).status).toBe(400);
    expect((await shop.post(`${path}/capture`, { amount: 2_000 })).body.captured_amount).toBe(
      2_000,
    );
    expect((await shop.post(`${path}/refund`, { amount: 2_001 })).status).toBe(400);
    const codes = await flood(shop, `${path}/refund`, of(6, 1_500));
    expect(codes.filter((code) => code === 201)).toHaveLength(1);
    await scene.rest({ shop, id: body.id });
    expect(scene.money(body.id)).toMatchObject({ charged: 2_000, refunded: 1_500 });
  });
});

it('holds in the database whatever the code believes', async () => {
  const shop = await scene.shop('stripe');
  const { body } = await shop.pay();
  const set = (column: string) =>
    scene.stage.context.db.run(
      {
        name: `f09_${column}`,
        text: `UPDATE payments SET ${column} = captured_minor + 1 WHERE id = $1`,
      },
      [body.id],
    );
  await expect(set('refunded_minor')).rejects.toThrow(/refunds_within_capture/);
  await expect(set('refund_pending_minor')).rejects.toThrow(/refunds_within_capture/);
});

describe('two refunds of 60 % at the same instant', () => {
  it('never come to more than all of it, a thousand times over', { timeout: 300_000 }, async () => {
    const shop = await scene.shop('stripe');
    const races = await inTurns(1_000, 25, async () => {
      const { body } = await shop.pay();
      const codes = await flood(shop, `/payments/${body.id}/refund`, of(2, 0.6 * AMOUNT));
      return { id: body.id as string, codes: codes.sort() };
    });
    expect(races.filter(({ codes }) => codes[0] !== 201 || codes[1] !== 400)).toEqual([]);
    const books = scene.stage.simulators.books('stripe', shop.firstKey).references;
    const given = new Map(books.map((line) => [line.payment_id, Number(line.refunded)]));
    expect(races.filter(({ id }) => given.get(id) !== 0.6 * AMOUNT)).toEqual([]);
  });
});

/** So many times, so many of them at once. */
async function inTurns<T>(times: number, atOnce: number, run: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let done = 0; done < times; done += atOnce)
    results.push(...(await Promise.all(Array.from({ length: atOnce }, run))));
  return results;
}
