// F14: what a consumer gets is the payment as it was in the transaction of the change, under a sequence of its own that
// only rises: a late delivery can be told from a new one, and the last one is the truth.
// Mutations: number each change's events from 1 (change-payment.ts); leave `p.version = n.version` out of payments_commit.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mayMove, type PaymentStatus } from '../../src/domain/payment/status.ts';
import { workDue } from '../../src/flows/sync/work-due.ts';
import { openProcess, type Process } from './process.ts';
import { AMOUNT, openScene, PROVIDERS, type Scene, SECOND } from './scene.ts';
import { MANUAL, PAGE } from './shop.ts';

let scene: Scene;
let other: Process;
beforeAll(async () => {
  scene = await openScene();
  other = openProcess(scene.stage);
});
afterAll(async () => {
  await other?.close();
  await scene?.close();
});

async function checkEvents(id: string): Promise<string[]> {
  const events = await scene.events(id);
  expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
  const statuses = events.map(({ snapshot }) => String(snapshot.status) as PaymentStatus);
  const moves = statuses.filter((status, index) => status !== statuses[index - 1]);
  for (const [index, status] of moves.entries())
    if (index > 0) expect(mayMove(moves[index - 1]!, status)).toBe(true);
  for (const { snapshot } of events) {
    expect(snapshot.id).toBe(id);
    expect(Object.keys(snapshot).join(' ')).not.toMatch(/secret|plan\b|request\b/i);
  }
  return moves;
}

describe.each(PROVIDERS)('at %s', (provider) => {
  it('tells each step as it was when it was made', async () => {
    const shop = await scene.shop(provider);
    const { body } = await shop.pay(PAGE);
    await scene.press(body.next_action.url, 'success');
    await shop.post(`/payments/${body.id}/confirm`);
    await shop.post(`/payments/${body.id}/refund`, { amount: 2_000 });
    await scene.rest({ shop, id: body.id });
    await shop.post(`/payments/${body.id}/refund`);
    await scene.rest({ shop, id: body.id });
    expect(await checkEvents(body.id)).toEqual([
      'pending',
      'requires_action',
      'succeeded',
      'partially_refunded',
      'refunded',
    ]);
    const events = await scene.events(body.id);
    const succeeded = events.find(({ type }) => type === 'payment.succeeded')!;
    // Not as it is now.
    expect(succeeded.snapshot).toMatchObject({ status: 'succeeded', refundedMinor: '0' });
    expect(events.at(-1)!.snapshot).toMatchObject({
      status: 'refunded',
      refundedMinor: String(AMOUNT),
    });
  });

  it('numbers without a gap and without a double while everything happens at once', async () => {
    const shop = await scene.shop(provider);
    const { body } = await shop.pay(MANUAL);
    const path = `/payments/${body.id}`;
    await Promise.all([
      shop.post(`${path}/capture`),
      other.post(shop, `${path}/capture`),
      shop.merchant.send('PATCH', `/payments/intents/${body.id}`, { metadata: { a: 1 } }),
      scene.stage.work(),
    ]);
    await Promise.all(
      [1, 2, 3, 4, 5, 6].map((index) =>
        index % 2 === 0
          ? shop.post(`${path}/refund`, { amount: 700 })
          : other.post(shop, `${path}/refund`, { amount: 700 }),
      ),
    );
    scene.stage.clock.advance(11 * SECOND);
    await Promise.all([scene.stage.work(), workDue(other.context), shop.post(`${path}/confirm`)]);
    await scene.rest({ shop, id: body.id });
    await checkEvents(body.id);
    const { payment } = await scene.record(shop, body.id);
    const last = (await scene.events(body.id)).at(-1)!;
    expect(last.sequence).toBe(payment.eventSequence);
    expect(last.snapshot.status).toBe(payment.status);
  });
});
