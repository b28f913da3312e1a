// A transaction whose PSP does not answer: silence says neither that nobody has paid nor that it was refused, whatever the
// connector makes of it.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Client, type Desk, openDesk, transaction } from '../../../../test/connxt-desk.ts';
import { HostilePsp } from '../../../../test/hostile-psp.ts';

let desk: Desk;
let client: Client;
let psp: HostilePsp;

beforeAll(async () => {
  psp = await HostilePsp.open();
  desk = await openDesk({ providerUrls: { paymaxis: psp.url }, deliver: async () => 200 });
  psp.standBefore(`${desk.stage.pspUrl}/simulators/paymaxis`);
  client = await desk.client();
}, 60_000);
afterAll(async () => {
  await desk?.close();
  await psp?.close();
});

it('is not ABANDONED before the PSP was heard, and what was paid meanwhile is no late success', async () => {
  const id = await client.psp();
  const { body } = await client.send('POST', '/transactions', transaction(id));
  const { txnId } = body.data;
  const status = async () => (await client.send('GET', `/transactions/${txnId}`)).body.data.status;
  const { key } = psp.seen.at(-1)!;
  psp.treat(key, () => 'html_502');
  const page = body.data.data.data.navigation.value;
  await desk.pay(page);
  await desk.stage.later(25 * 60 * 60_000);
  expect(psp.callsOf(key, 'verify').length).toBeGreaterThan(0);
  expect(await status()).not.toBe('ABANDONED');
  psp.treat(key, () => 'honest');
  await desk.stage.later(25 * 60 * 60_000);
  expect(await status()).toBe('SUCCESS');
  const [payment] = JSON.parse((await client.reevit('GET', '/payments')).text);
  const events = await desk.stage.context.db.run<{ type: string }>(
    { name: 'silent_psp_events', text: 'SELECT type FROM events WHERE payment_id = $1' },
    [payment.id],
  );
  expect(events.map(({ type }) => type)).not.toContain('payment.expired');
});
