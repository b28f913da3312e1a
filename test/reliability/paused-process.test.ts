// A process that is paused (a machine that is moved, a debugger) between the commit of a call and the call itself. Others
// take it for dead and ask the PSP, which has proof of nothing by then; when it goes on it must not send any more.
// Mutation: take the look at nextSyncAt out of sendOperation.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Context } from '../../src/flows/context.ts';
import { refundPayment } from '../../src/flows/operation/refund-payment.ts';
import { findEnvironment } from '../../src/store/environments.ts';
import { MINUTE, openScene, type Scene, SECOND } from './scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene?.close());

/** A process whose next look at the configuration takes as long as `meanwhile`. */
function pausedOver(context: Context, meanwhile: () => Promise<void>): Context {
  const get: Context['configurations']['get'] = async (environment) => {
    const configuration = await context.configurations.get(environment);
    await meanwhile();
    return configuration;
  };
  return { ...context, configurations: { get } as Context['configurations'] };
}

it('a refund that was taken for lost is not sent when its process goes on', async () => {
  const shop = await scene.shop('paystack');
  const { body } = await shop.pay();
  const { context } = scene.stage;
  const environment = await findEnvironment(context.db, shop.environmentId);
  const paused = pausedOver(context, async () => {
    for (const ms of [26 * SECOND, 11 * SECOND, 31 * SECOND, 3 * MINUTE]) await scene.later(ms);
  });
  const request = { amountMinor: 5_000n, reason: '' };
  const { operation } = await refundPayment(paused, environment!, body.id, request);
  expect(operation.status).toBe('failed');
  expect(scene.money(body.id).refunds).toBe(0);
  await shop.post(`/payments/${body.id}/refund`);
  await scene.rest({ shop, id: body.id });
  expect((await scene.record(shop, body.id)).payment.refundedMinor).toBe(5_000n);
  expect(scene.money(body.id)).toMatchObject({ refunded: 5_000, refunds: 1 });
});
