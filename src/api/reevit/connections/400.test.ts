import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, House } from '../../../../test/house-server.ts';
import { connectionRoutes } from './routes.ts';

const credentials = { secret_key: 'sk_test_0123456789abcdef0123456789abcdef01234567' };
const minimal = { provider: 'paystack', credentials };

let house: House;
let merchant: Client;
beforeAll(async () => {
  house = await House.open({ nouns: [connectionRoutes] });
  merchant = await house.merchant();
});
afterAll(() => house.close());

describe('a posted connection is refused with', () => {
  it.each([
    ['no provider', { provider: undefined }, 'missing_required_field', 'provider'],
    ['an unknown provider', { provider: 'adyen' }, 'validation_error', 'provider'],
    ['no credentials', { credentials: undefined }, 'missing_required_field', 'credentials'],
    ['text as credentials', { credentials: 'sk_test_x' }, 'validation_error', 'credentials'],
    ['empty credentials', { credentials: {} }, 'invalid_credentials', 'credentials.secret_key'],
    [
      'a live key in the sandbox',
      { credentials: { secret_key: credentials.secret_key.replace('test', 'live') } },
      'invalid_credentials',
      'credentials.secret_key',
    ],
    ['mode test', { mode: 'test' }, 'validation_error', 'mode'],
    ['a mode that contradicts the key', { mode: 'live' }, 'validation_error', 'mode'],
    ['an unknown status', { status: 'enabled' }, 'validation_error', 'status'],
    ['an upper-case label', { labels: ['Primary'] }, 'validation_error', 'labels[0]'],
    ['a label with a dot', { labels: ['ok', 'a.b'] }, 'validation_error', 'labels[1]'],
    ['text as labels', { labels: 'primary' }, 'validation_error', 'labels'],
    [
      '21 labels',
      { labels: Array.from({ length: 21 }, (_, i) => `l${i}`) },
      'validation_error',
      'labels',
    ],
    ['a list as capabilities', { capabilities: ['card'] }, 'validation_error', 'capabilities'],
    [
      'an unknown country',
      { capabilities: { countries: ['XX'] } },
      'validation_error',
      'capabilities.countries[0]',
    ],
    ['text as hints', { routing_hints: 'GH' }, 'validation_error', 'routing_hints'],
    [
      'an unknown bias',
      { routing_hints: { method_bias: { card: 'best' } } },
      'validation_error',
      'routing_hints.method_bias.card',
    ],
    [
      'a negative fee',
      { fee_structure: { percentage: -1 } },
      'validation_error',
      'fee_structure.percentage',
    ],
    ['an id with a slash', { id: 'a/b' }, 'validation_error', 'id'],
    ['the id of another resource', { id: 'labels' }, 'validation_error', 'id'],
    [
      'a huge object',
      { capabilities: { x: 'y'.repeat(20_000) } },
      'validation_error',
      'capabilities',
    ],
  ])('%s', async (_what, change, code, field) => {
    const { status, body } = await merchant.post('/connections', { ...minimal, ...change });
    expect([status, body.error, body.code, body.details.field]).toEqual([
      400,
      'invalid_request',
      code,
      field,
    ]);
    expect(body.message).toContain(field.split('.').at(-1));
  });

  it('names every missing credential, and no value', async () => {
    const { body, text } = await merchant.post('/connections', {
      provider: 'hubtel',
      credentials: { client_id: 'only-this' },
    });
    expect(body.message).toMatch(/client_secret.*merchant_account/);
    expect(text).not.toContain('only-this');
  });

  it('makes nothing', async () => {
    expect((await merchant.get('/connections')).body.pagination.total).toBe(0);
  });
});

describe('other requests are refused', () => {
  it.each(['?limit=0', '?limit=201', '?limit=-1', '?limit=many', '?offset=-1', '?offset=x'])(
    'GET /connections%s',
    async (query) => {
      const { status, body } = await merchant.get(`/connections${query}`);
      expect([status, body.code]).toEqual([400, 'validation_error']);
    },
  );

  it.each(['?status=on', '?mode=production'])('GET /connections%s', async (query) => {
    expect((await merchant.get(`/connections${query}`)).status).toBe(400);
  });

  it('PATCH status and labels with wrong values', async () => {
    await merchant.post('/connections', { ...minimal, id: 'mine' });
    expect((await merchant.patch('/connections/mine/status', { status: 'off' })).status).toBe(400);
    expect((await merchant.patch('/connections/mine/status', {})).body.details.field).toBe(
      'status',
    );
    expect((await merchant.patch('/connections/mine/labels', { labels: ['A'] })).status).toBe(400);
  });

  it('an Idempotency-Key that is empty or too long', async () => {
    for (const key of ['""', ' ', 'k'.repeat(256)]) {
      const { body } = await merchant.post('/connections', minimal, { 'idempotency-key': key });
      expect(body.code).toBe('invalid_idempotency_key');
    }
  });
});
