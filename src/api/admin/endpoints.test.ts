import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MerchantEndpoint, openEndpoint } from '../../../test/endpoint.ts';
import { type Merchant, openStage, type Stage } from '../../../test/stage.ts';

const PAY = { amount: 5_000, currency: 'GHS', country: 'GH', method: 'card' };

let stage: Stage;
let merchant: Merchant;
let endpoint: MerchantEndpoint;
let base: string;
beforeAll(async () => {
  stage = await openStage();
  endpoint = await openEndpoint();
  merchant = await stage.merchant();
  await merchant.connect('paystack');
  await merchant.send('POST', '/webhooks/config', { url: endpoint.url });
  await merchant.send('POST', '/payments/intents', PAY);
  await stage.work();
  base = `/environments/${merchant.organization.environments[0]!.id}`;
});
afterAll(async () => {
  await stage?.close();
  await endpoint?.close();
});

async function admin(method: 'GET' | 'POST', path: string, json?: object) {
  const reply = await stage.app.inject({
    method,
    url: `/admin/v1${path}`,
    headers: { authorization: 'Bearer test-admin-token', 'x-actor-id': 'ama' },
    ...(json === undefined ? {} : { payload: json }),
  });
  return { status: reply.statusCode, body: reply.json() };
}

describe('endpoints, as an operator sees them', () => {
  it('show how they answer and hide their secrets', async () => {
    const { body } = await admin('GET', `${base}/endpoints`);
    expect(body.endpoints).toMatchObject([
      { url: endpoint.url, status: 'active', pace: 'fast', failures: 0, failing_since: null },
    ]);
    expect(body.endpoints[0].last_success_at).toMatch(/Z$/);
    expect(JSON.stringify(body)).not.toContain('whsec_');
    expect((await admin('GET', '/environments/env_x/endpoints')).status).toBe(404);
  });

  it('get a time range or one delivery again, and the audit log says by whom', async () => {
    const first = endpoint.received.length;
    const [{ id, endpoint_id }] = (await merchant.send('GET', '/webhooks/outbound')).body;
    const replay = `${base}/endpoints/${endpoint_id}/replay`;
    expect((await admin('POST', replay, { from: '2000-01-01' })).body).toEqual({
      replayed: first,
      complete: true,
    });
    await stage.work();
    expect(endpoint.received).toHaveLength(2 * first);
    expect((await admin('POST', `${base}/deliveries/${id}/retry`)).status).toBe(200);
    await stage.work();
    expect(endpoint.received).toHaveLength(2 * first + 1);
    const audited = await admin(
      'GET',
      `/audit?environment_id=${base.slice(14)}&subject_type=endpoint`,
    );
    const actions = audited.body.entries.map((one: { action: string; actor_id: string }) => [
      one.action,
      one.actor_id,
    ]);
    expect(actions.slice(0, 2)).toEqual([
      ['delivery retried', 'ama'],
      ['replayed', 'ama'],
    ]);
  });

  it('refuse what is no time and what is nobody’s', async () => {
    const [{ endpoint_id }] = (await merchant.send('GET', '/webhooks/outbound')).body;
    const replay = (of: string, from: string) =>
      admin('POST', `${base}/endpoints/${of}/replay`, { from });
    expect((await replay(endpoint_id, 'soon')).status).toBe(400);
    expect((await replay('wh_x', '2000-01-01')).status).toBe(404);
    expect((await admin('POST', `${base}/deliveries/evtd_x/retry`)).status).toBe(404);
  });
});
