import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, House } from '../../../../test/house-server.ts';
import { connectionRoutes } from '../connections/routes.ts';
import { routingRuleRoutes } from './routes.ts';

let house: House;
let merchant: Client;
let id: string;
beforeAll(async () => {
  house = await House.open({ nouns: [connectionRoutes, routingRuleRoutes] });
  merchant = await house.merchant();
  await merchant.post('/connections', {
    id: 'paystack_gh',
    provider: 'paystack',
    credentials: { secret_key: 'sk_test_0123456789abcdef0123456789abcdef01234567' },
  });
  id = await rule({ name: 'Low', priority: 1 });
  await rule({ name: 'High', priority: 9 });
  await rule({ name: 'Low too', priority: 1 });
});
afterAll(() => house.close());

async function rule(change: object): Promise<string> {
  const sent = { countries: ['GH'], connection_id: 'paystack_gh', ...change };
  return (await merchant.post('/routing-rules', sent)).body.id;
}

describe('the list', () => {
  it('is in the order in which rules are asked, with the total', async () => {
    const { body } = await merchant.get('/routing-rules?limit=2');
    expect(body.rules.map(({ name }: { name: string }) => name)).toEqual(['High', 'Low']);
    expect(body.pagination).toEqual({ total: 3, limit: 2, offset: 0 });
    const past = await merchant.get('/routing-rules?offset=50');
    expect(past.body).toEqual({ rules: [], pagination: { total: 3, limit: 50, offset: 50 } });
  });

  it('has pages of at most 100', async () => {
    expect((await merchant.get('/routing-rules?limit=101')).status).toBe(400);
  });
});

describe('a change', () => {
  it('touches only what was sent', async () => {
    const before = (await merchant.get(`/routing-rules/${id}`)).body;
    const { status, body } = await merchant.patch(`/routing-rules/${id}`, { priority: 2 });
    expect(status).toBe(200);
    expect(body).toEqual({ ...before, priority: 2, updated_at: body.updated_at });
  });

  it('may have the shape of the Go SDK, and may send a whole rule back', async () => {
    const go = { status: 'inactive', conditions: { countries: ['NG'] } };
    const { body } = await merchant.patch(`/routing-rules/${id}`, go);
    expect(body).toMatchObject({ enabled: false, countries: ['NG'], name: 'Low' });
    const same = await merchant.patch(`/routing-rules/${id}`, body);
    expect(same.body).toEqual({ ...body, updated_at: same.body.updated_at });
  });

  it('takes our conditions away with null or an empty object', async () => {
    const conditional = await merchant.patch(`/routing-rules/${id}`, {
      conditions: { amount_min: 5 },
    });
    expect(conditional.body.conditions.amount_min).toBe(5);
    const without = await merchant.patch(`/routing-rules/${id}`, { conditions: {} });
    expect(without.body.conditions).not.toHaveProperty('amount_min');
  });

  it.each([
    [{ name: '' }, 'missing_name'],
    [{ countries: [] }, 'missing_countries'],
    [{ connection_id: 'none_such' }, 'connection_not_found'],
    [{ priority: -1 }, 'invalid_priority'],
  ])('to %j is refused', async (change, code) => {
    const { status, body } = await merchant.patch(`/routing-rules/${id}`, change);
    expect([status, body.code]).toEqual([400, code]);
  });
});

describe('a rule that is not there, or another organization’s', () => {
  it.each(['GET', 'PATCH', 'DELETE'] as const)('is not found by %s', async (method) => {
    const stranger = await house.merchant();
    for (const [client, path] of [
      [merchant, '/routing-rules/rr_none'],
      [stranger, `/routing-rules/${id}`],
    ] as const) {
      const reply = await client.send(
        method,
        path,
        method === 'PATCH' ? { priority: 1 } : undefined,
      );
      expect([reply.status, reply.body.code]).toEqual([404, 'rule_not_found']);
    }
  });

  it('is what a deleted rule becomes', async () => {
    const gone = await rule({ name: 'Gone' });
    expect((await merchant.delete(`/routing-rules/${gone}`)).status).toBe(204);
    expect((await merchant.delete(`/routing-rules/${gone}`)).status).toBe(404);
  });
});
