// What /metrics tells of events on their way out and of webhooks on their way in.
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type MerchantEndpoint, openEndpoint } from '../../test/endpoint.ts';
import { type Merchant, openStage, type Stage } from '../../test/stage.ts';

let stage: Stage;
let merchant: Merchant;
let endpoint: MerchantEndpoint;
beforeAll(async () => {
  stage = await openStage();
  endpoint = await openEndpoint();
  merchant = await stage.merchant();
});
afterAll(async () => {
  await endpoint?.close();
  await stage?.close();
});

/** The value of one line; null: there is none. */
async function metric(line: string): Promise<number | null> {
  stage.clock.advance(5_000); // what was measured is kept for so long
  const { payload } = await stage.app.inject({ url: '/metrics' });
  const found = payload.split('\n').find((one) => one.startsWith(`${line} `));
  return found === undefined ? null : Number(found.slice(line.length + 1));
}

it('counts deliveries, and what waits for one', async () => {
  await merchant.connect('paystack');
  await merchant.send('POST', '/webhooks/config', { url: endpoint.url });
  endpoint.answer = (_one, count) => (count === 1 ? 500 : 204);
  const pay = { amount: 5_000, currency: 'GHS', country: 'GH', method: 'card' };
  await merchant.send('POST', '/payments/intents', pay);
  expect(await metric('switchyard_queue_due{queue="deliveries"}')).toBe(2);
  expect(await metric('switchyard_queue_late_seconds{queue="deliveries"}')).toBeGreaterThan(4);
  await stage.work();
  expect(await metric('switchyard_deliveries_total{result="again"}')).toBe(1);
  expect(await metric('switchyard_deliveries_total{result="delivered"}')).toBe(1);
  expect(await metric('switchyard_delivery_wait_seconds_count')).toBe(2);
  await stage.later(60_000);
  expect(await metric('switchyard_deliveries_total{result="delivered"}')).toBe(2);
  expect(await metric('switchyard_queue_due{queue="deliveries"}')).toBe(0);
  expect(await metric('switchyard_queue_late_seconds{queue="deliveries"}')).toBe(0);
});

it('counts webhooks by how they were received, and takes no label from strangers', async () => {
  const connection = await merchant.connect('paystack', { id: 'inbound' });
  const payload = JSON.stringify({ event: 'charge.success', data: { reference: 'nobody' } });
  const post = (provider: string, secret: string) => {
    const signature = createHmac('sha512', secret).update(payload).digest('hex');
    const headers = { 'content-type': 'application/json', 'x-paystack-signature': signature };
    const url = `/v1/webhooks/incoming/${provider}/${connection}`;
    return stage.app.inject({ method: 'POST', url, headers, payload });
  };
  await post('paystack', merchant.secretKeyOf(connection));
  await post('paystack', 'wrong');
  await post('whatever-a-stranger-says', 'wrong');
  const received = (provider: string, result: string) =>
    metric(`switchyard_inbound_webhooks_total{provider="${provider}",result="${result}"}`);
  expect(await received('paystack', 'accepted')).toBe(1);
  expect(await received('paystack', 'forged')).toBe(1);
  expect(await received('unknown', 'unknown_provider')).toBe(1);
  expect(await metric('switchyard_queue_due{queue="webhooks"}')).toBe(1);
  await stage.work();
  expect(await metric('switchyard_inbound_webhooks_applied_total{result="parked"}')).toBe(1);
});
