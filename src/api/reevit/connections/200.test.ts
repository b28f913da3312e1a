import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, House } from '../../../../test/house-server.ts';
import type { Transmission } from '../../../connectors/transport.ts';
import { connectionRoutes } from './routes.ts';

const credentials = { secret_key: 'sk_test_0123456789abcdef0123456789abcdef01234567' };
const stripe = { secret_key: 'sk_test_51Hb0a1b2c3d4e5f6g7h8' };

let house: House;
let merchant: Client;
let answer: Transmission;

beforeAll(async () => {
  house = await House.open({ nouns: [connectionRoutes], send: async () => answer });
  merchant = await house.merchant();
  const make = (id: string, more: object) =>
    merchant.post('/connections', { id, provider: 'paystack', credentials, ...more });
  await make('one', { labels: ['primary', 'ghana'] });
  await make('two', { labels: ['ghana'], status: 'inactive' });
  await make('three', { provider: 'stripe', credentials: stripe, labels: ['cards'] });
});
afterAll(() => house.close());

const ids = async (query: string) =>
  (await merchant.get(`/connections${query}`)).body.connections.map(({ id }: { id: string }) => id);

describe('the list', () => {
  it.each([
    ['', ['one', 'two', 'three']],
    ['?label=ghana', ['one', 'two']],
    ['?label=GHANA', ['one', 'two']],
    ['?label=ghan', []],
    ['?provider=PayStack', ['one', 'two']],
    ['?status=active', ['one', 'three']],
    ['?status=inactive&provider=stripe', []],
    ['?mode=test', ['one', 'two', 'three']],
    ['?mode=live', []],
    ['?label=&provider=', ['one', 'two', 'three']],
    ['?limit=2', ['one', 'two']],
    ['?limit=2&offset=2', ['three']],
  ])('%s shows %j', async (query, expected) => {
    expect(await ids(query)).toEqual(expected);
  });

  it('has the whole total, also on a page past the end', async () => {
    expect((await merchant.get('/connections?label=ghana&limit=1')).body.pagination).toEqual({
      total: 2,
      limit: 1,
      offset: 0,
    });
    expect((await merchant.get('/connections?offset=100')).body).toEqual({
      connections: [],
      pagination: { total: 3, limit: 50, offset: 100 },
    });
  });

  it('is empty for another environment and another organization', async () => {
    for (const other of [await house.merchant(), await house.merchant('live')])
      expect((await other.get('/connections?provider=paystack')).body.pagination.total).toBe(0);
  });

  it('counts calls as soon as they were made', async () => {
    const call = {
      environmentId: merchant.environmentId,
      connectionId: 'one',
      latencyMs: 120,
      at: house.context.ports.clock.nowMs(),
    };
    house.context.calls.record({ ...call, ok: true, pspFailure: false });
    house.context.calls.record({ ...call, ok: false, pspFailure: true });
    const { body } = await merchant.get('/connections/one');
    expect(body).toMatchObject({
      total_calls: 2,
      successful_calls: 1,
      failed_calls: 1,
      total_latency_ms: 240,
      health_score: 0.5,
      health_status: 'unhealthy',
    });
    expect(Date.parse(body.last_success_at)).toBe(call.at);
    expect(body.last_failure_at).toMatch(/Z$/);
  });
});

describe('labels', () => {
  it('are counted', async () => {
    expect((await merchant.get('/connections/labels')).body).toEqual([
      { label: 'cards', total: 1, providers: { stripe: 1 }, statuses: { active: 1 } },
      {
        label: 'ghana',
        total: 2,
        providers: { paystack: 2 },
        statuses: { active: 1, inactive: 1 },
      },
      { label: 'primary', total: 1, providers: { paystack: 1 }, statuses: { active: 1 } },
    ]);
  });

  it('and the status are changed, and the audit says by whom', async () => {
    await merchant.post('/connections', { id: 'changed', provider: 'paystack', credentials });
    const labelled = await merchant.patch(
      '/connections/changed/labels',
      { labels: ['x', 'x', 'y'] },
      { 'x-actor-id': 'ama' },
    );
    expect(labelled.body.labels).toEqual(['x', 'y']);
    const stopped = await merchant.patch('/connections/changed/status', { status: 'inactive' });
    expect(stopped.body).toMatchObject({ status: 'inactive', labels: ['x', 'y'] });
    const { body, headers } = await merchant.get('/connections/changed/audit?limit=2');
    expect(headers['x-total-count']).toBe('3');
    const keyId = `key_${/_([0-9a-f]{32})\./.exec(merchant.key)![1]}`;
    expect(body).toMatchObject([
      { action: 'status_changed', actor_type: 'api_key', actor_id: keyId },
      {
        action: 'labels_changed',
        actor_type: 'user',
        actor_id: 'ama',
        metadata: { key_id: keyId },
      },
    ]);
    expect(typeof body[0].id).toBe('string');
  });
});

const replied = (status: number, body: object): Transmission => ({
  sent: 'replied',
  status,
  headers: { 'content-type': 'application/json' },
  text: JSON.stringify(body),
});

describe('validate', () => {
  it('notes that the credentials are right', async () => {
    answer = replied(200, { status: true, message: 'Balances retrieved', data: [] });
    const { status, body } = await merchant.post('/connections/one/validate');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id: 'one',
      last_validation_status: 'valid',
      last_validation_error: '',
      validation_failures: 0,
    });
    expect(body.last_validated_at).toMatch(/Z$/);
  });

  it('notes that they are wrong, and counts', async () => {
    answer = replied(401, { status: false, message: 'Invalid key' });
    await merchant.post('/connections/one/validate', {});
    const { body } = await merchant.post('/connections/one/validate', {});
    expect(body).toMatchObject({ last_validation_status: 'invalid', validation_failures: 2 });
    expect(body.last_validation_error).not.toBe('');
  });

  it('notes that the PSP was not reached', async () => {
    answer = { sent: 'not_sent', reason: 'ECONNREFUSED' };
    const { body } = await merchant.post('/connections/one/validate', {});
    expect(body.last_validation_status).toBe('unreachable');
  });

  it('under one Idempotency-Key asks the PSP once', async () => {
    const headers = { 'idempotency-key': 'validate-1' };
    answer = replied(200, { status: true, message: 'ok', data: [] });
    const first = await merchant.post('/connections/one/validate', {}, headers);
    answer = replied(401, { status: false, message: 'Invalid key' });
    const second = await merchant.post('/connections/one/validate', {}, headers);
    expect(second.text).toBe(first.text);
    expect(second.headers['idempotent-replayed']).toBe('true');
  });
});

describe('test', () => {
  it('says that credentials are right, and stores nothing', async () => {
    answer = replied(200, { status: true, message: 'Balances retrieved', data: [] });
    const { total } = (await merchant.get('/connections')).body.pagination;
    const { status, body } = await merchant.post('/connections/test', {
      provider: 'paystack',
      credentials,
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      ok: true,
      success: true,
      message: 'Connection validated successfully',
      capabilities: { methods: expect.arrayContaining(['card']) },
      validation: {
        payments: { supported: true, ready: true, missing_fields: [], message: '' },
        payouts: { required_fields: ['secret_key'] },
      },
    });
    expect((await merchant.get('/connections')).body.pagination.total).toBe(total);
  });

  it('says with 200 that they are wrong, missing, or of a provider that cannot be called', async () => {
    answer = replied(401, { status: false, message: 'Invalid key' });
    const wrong = await merchant.post('/connections/test', { provider: 'paystack', credentials });
    expect([wrong.status, wrong.body.ok, wrong.body.success]).toEqual([200, false, false]);
    const missing = await merchant.post('/connections/test', {
      provider: 'paystack',
      credentials: {},
    });
    expect(missing.body.validation.payments).toMatchObject({
      ready: false,
      missing_fields: ['secret_key'],
    });
    const later = await merchant.post('/connections/test', {
      provider: 'hubtel',
      credentials: { client_id: 'a', client_secret: 'b', merchant_account: '1' },
    });
    expect([later.status, later.body.ok]).toEqual([200, false]);
  });
});
