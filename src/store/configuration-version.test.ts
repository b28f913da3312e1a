import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Client, House } from '../../test/house-server.ts';
import { connectionRoutes } from '../api/reevit/connections/routes.ts';
import { routingRuleRoutes } from '../api/reevit/routing-rules/routes.ts';
import { listAudit } from './audit.ts';
import { findEnvironment } from './environments.ts';

const connection = {
  id: 'c',
  provider: 'paystack',
  credentials: { secret_key: 'sk_test_0123456789abcdef0123456789abcdef01234567' },
};

const rule = { name: 'R', countries: ['GH'], connection_id: 'c' };

let house: House;
let merchant: Client;
let ruleId = '';
beforeAll(async () => {
  house = await House.open({ nouns: [connectionRoutes, routingRuleRoutes] });
});
beforeEach(async () => {
  merchant = await house.merchant();
  await merchant.post('/connections', connection);
  ruleId = (await merchant.post('/routing-rules', rule)).body.id;
});
afterAll(() => house.close());

const version = async () =>
  (await findEnvironment(house.db, merchant.environmentId))!.configVersion;

async function newest(type: 'connection' | 'routing_rule', id: string) {
  const page = { limit: 1, offset: 0 };
  const { entries } = await listAudit(house.db, merchant.environmentId, { type, id }, page);
  return entries[0];
}

describe('the configuration version rises by one, and the audit says so, when', () => {
  it.each([
    ['created', 'new', () => merchant.post('/connections', { ...connection, id: 'new' })],
    ['updated', 'c', () => merchant.post('/connections', connection)],
    ['labels_changed', 'c', () => merchant.patch('/connections/c/labels', { labels: ['x'] })],
    ['status_changed', 'c', () => merchant.patch('/connections/c/status', { status: 'inactive' })],
    ['deleted', 'c', () => merchant.delete('/connections/c')],
  ])('a connection is %s', async (action, id, change) => {
    const before = await version();
    expect((await change()).status).toBeLessThan(300);
    expect(await version()).toBe(before + 1n);
    expect((await newest('connection', id))?.action).toBe(action);
  });

  it.each([
    ['created', () => merchant.post('/routing-rules', rule)],
    ['updated', () => merchant.patch(`/routing-rules/${ruleId}`, { priority: 3 })],
    ['deleted', () => merchant.delete(`/routing-rules/${ruleId}`)],
  ])('a rule is %s', async (action, change) => {
    const before = await version();
    const { status, body } = await change();
    expect(status).toBeLessThan(300);
    expect(await version()).toBe(before + 1n);
    expect((await newest('routing_rule', body?.id ?? ruleId))?.action).toBe(action);
  });

  it('and stays when a change is refused, finds nothing, or is repeated under its key', async () => {
    const keyed = { 'idempotency-key': 'once' };
    await merchant.patch('/connections/c/labels', { labels: ['y'] }, keyed);
    const before = await version();
    await merchant.patch('/connections/c/labels', { labels: ['y'] }, keyed);
    await merchant.patch('/connections/none/labels', { labels: ['y'] });
    await merchant.post('/connections', { ...connection, labels: ['WRONG'] });
    await merchant.post('/connections', { ...connection, provider: 'stripe' });
    await merchant.delete('/routing-rules/none');
    expect(await version()).toBe(before);
  });

  it('two change at once, and both changes count', async () => {
    const before = await version();
    await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        merchant.post('/connections', { ...connection, id: `c${i % 2}` }),
      ),
    );
    expect(await version()).toBe(before + 8n);
  });
});
