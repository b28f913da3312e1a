import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, House } from '../../../../test/house-server.ts';
import { connectionRoutes } from '../connections/routes.ts';
import { routingRuleRoutes } from './routes.ts';

let house: House;
let merchant: Client;
beforeAll(async () => {
  house = await House.open({ nouns: [connectionRoutes, routingRuleRoutes] });
  merchant = await house.merchant();
  for (const id of ['paystack_gh', 'backup'])
    await merchant.post('/connections', {
      id,
      provider: 'paystack',
      credentials: { secret_key: 'sk_test_0123456789abcdef0123456789abcdef01234567' },
    });
});
afterAll(() => house.close());

const minimal = { name: 'Ghana', countries: ['GH'], connection_id: 'paystack_gh' };

describe('a posted rule', () => {
  it('is answered in the union of both shapes, defaults filled in', async () => {
    const { status, body } = await merchant.post('/routing-rules', minimal);
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.stringMatching(/^rr_[0-9a-f]{32}$/),
      name: 'Ghana',
      countries: ['GH'],
      methods: [],
      connection_id: 'paystack_gh',
      priority: 0,
      fallback_to_default: true,
      enabled: true,
      status: 'active',
      conditions: { countries: ['GH'], methods: [] },
      action: { connection_id: 'paystack_gh', fallback_to_default: true },
      metadata: {},
      created_at: expect.stringMatching(/Z$/),
      updated_at: expect.stringMatching(/Z$/),
    });
  });

  it('keeps every field of the seed', async () => {
    const sent = {
      ...minimal,
      countries: ['GH', 'NG'],
      methods: ['card', 'mobile_money'],
      priority: 7,
      fallback_to_default: false,
      enabled: false,
    };
    const { body } = await merchant.post('/routing-rules', sent);
    expect(body).toMatchObject({ ...sent, status: 'inactive' });
  });

  it('may have the shape of the Go SDK', async () => {
    const { status, body } = await merchant.post('/routing-rules', {
      name: 'Go',
      status: 'inactive',
      priority: 3,
      conditions: { countries: ['ng'], methods: ['momo'] },
      action: { connection_id: 'paystack_gh', fallback_to_default: false },
      metadata: { owner: 'ops' },
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      countries: ['NG'],
      methods: ['momo'],
      connection_id: 'paystack_gh',
      fallback_to_default: false,
      enabled: false,
      metadata: { owner: 'ops' },
    });
  });

  it('may have conditions, an order and a split of ours', async () => {
    const sent = {
      ...minimal,
      conditions: { amount_min: 1000, currencies: ['GHS'], time: { days: ['mon'], from: '08:00' } },
      connections: ['backup'],
      split: [
        { connection_id: 'paystack_gh', weight: 3 },
        { connection_id: 'backup', weight: 1 },
      ],
    };
    const { body } = await merchant.post('/routing-rules', sent);
    expect(body).toMatchObject(sent);
    expect((await merchant.get(`/routing-rules/${body.id}`)).body).toEqual(body);
  });

  it('under one Idempotency-Key is one rule', async () => {
    const headers = { 'idempotency-key': 'rule-1' };
    const first = await merchant.post('/routing-rules', { ...minimal, name: 'Once' }, headers);
    const second = await merchant.post('/routing-rules', { ...minimal, name: 'Once' }, headers);
    expect(second.text).toBe(first.text);
    const other = await merchant.post('/routing-rules', { ...minimal, name: 'Twice' }, headers);
    expect([other.status, other.body.code]).toEqual([409, 'idempotency_conflict']);
  });

  it('is in force for the next payment', async () => {
    const client = await house.merchant();
    const { findEnvironment } = await import('../../../store/environments.ts');
    const configuration = async () =>
      house.context.configurations.get((await findEnvironment(house.db, client.environmentId))!);
    expect((await configuration()).rules).toEqual([]);
    await client.post('/connections', {
      id: 'c',
      provider: 'paystack',
      credentials: { secret_key: 'sk_test_0123456789abcdef0123456789abcdef01234567' },
    });
    const { body } = await client.post('/routing-rules', {
      ...minimal,
      connection_id: 'c',
      priority: 4,
    });
    const { rules, routing } = await configuration();
    expect(rules).toMatchObject([{ id: body.id, connectionId: 'c', priority: 4, enabled: true }]);
    expect(routing.connections.map(({ connection }) => connection.id)).toEqual(['c']);
  });
});
