import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client, House } from '../../../../test/house-server.ts';
import { connectionRoutes } from '../connections/routes.ts';
import { apiKeyRoutes } from './routes.ts';

let house: House;
let merchant: Client;
beforeAll(async () => {
  house = await House.open({ nouns: [apiKeyRoutes, connectionRoutes] });
  merchant = await house.merchant();
});
afterAll(() => house.close());

const withKey = (key: string) =>
  new Client(house.app, key, merchant.organizationId, merchant.environmentId);

describe('a made key', () => {
  it('is shown once, as raw and key, with the scopes that the CLI expects', async () => {
    const { status, body } = await merchant.post('/api-keys', { name: 'Server' });
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.stringMatching(/^key_[0-9a-f]{32}$/),
      org_id: merchant.organizationId,
      name: 'Server',
      scopes: ['payments:read', 'payments:write'],
      created_at: expect.stringMatching(/Z$/),
      last_used_at: null,
      revoked_at: null,
      raw: expect.stringMatching(/^pfk_test_[0-9a-f]{32}\.[0-9A-Za-z]{43}$/),
      key: body.raw,
    });
    const listed = await merchant.get('/api-keys');
    expect(listed.text).not.toContain(body.key);
    expect(listed.body[0]).toEqual({ ...body, raw: undefined, key: undefined });
  });

  it('lets in where its scopes do, and nowhere else', async () => {
    const { body } = await merchant.post('/api-keys', { name: 'R', scopes: ['connections:read'] });
    const reader = withKey(body.key);
    expect((await reader.get('/connections')).status).toBe(200);
    const refused = await reader.delete('/connections/x');
    expect([refused.status, refused.body]).toEqual([
      403,
      {
        error: 'forbidden',
        code: 'insufficient_scopes',
        message: 'API key missing required scope: connections:write',
        details: { required_scopes: ['connections:write'] },
      },
    ]);
  });

  it('may be a browser key, made by a server key', async () => {
    const { status, body } = await merchant.post('/api-keys', {
      name: 'Browser',
      scopes: ['checkout:write'],
    });
    expect([status, body.scopes]).toEqual([201, ['checkout:write']]);
  });

  it('cannot do more than the key that made it, and only what there is', async () => {
    const { body } = await merchant.post('/api-keys', { name: 'M', scopes: ['api_keys:write'] });
    const escalated = await withKey(body.key).post('/api-keys', {
      name: 'Up',
      scopes: ['payments:write'],
    });
    expect([escalated.status, escalated.body.code]).toEqual([403, 'insufficient_scopes']);
    const unknown = await merchant.post('/api-keys', { name: 'U', scopes: ['world:write'] });
    expect([unknown.status, unknown.body.details]).toEqual([400, { field: 'scopes' }]);
    const nameless = await merchant.post('/api-keys', { scopes: [] });
    expect([nameless.status, nameless.body.code]).toEqual([400, 'missing_name']);
  });

  it('repeated under its Idempotency-Key shows the same secret, which is nowhere in the database', async () => {
    const headers = { 'idempotency-key': 'new-key' };
    const first = await merchant.post('/api-keys', { name: 'Once' }, headers);
    const second = await merchant.post('/api-keys', { name: 'Once' }, headers);
    expect(second.text).toBe(first.text);
    const secret = first.body.key.split('.')[1];
    const rows = await house.db.run<{ all: string }>(
      {
        name: 'test_dump',
        text: `SELECT (SELECT string_agg(k::text, ' ') FROM idempotency_keys k) || (SELECT string_agg(a::text, ' ') FROM api_keys a) AS all`,
      },
      [],
    );
    expect(rows[0]!.all).not.toContain(secret);
    expect(house.logged.join('')).not.toContain(secret);
  });
});

describe('a revoked key', () => {
  it('is refused from the next request on, and stays in the list', async () => {
    const { body } = await merchant.post('/api-keys', {
      name: 'Old',
      scopes: ['connections:read'],
    });
    expect((await merchant.delete(`/api-keys/${body.id}`)).status).toBe(204);
    const refused = await withKey(body.key).get('/connections');
    expect([refused.status, refused.body.code]).toEqual([401, 'api_key_revoked']);
    const { body: keys } = await merchant.get('/api-keys');
    const old = keys.find(({ id }: { id: string }) => id === body.id);
    expect(old.revoked_at).toMatch(/Z$/);
  });

  it('cannot be revoked twice, nor by another organization', async () => {
    const { body } = await merchant.post('/api-keys', { name: 'Mine' });
    const stranger = await house.merchant();
    expect((await stranger.delete(`/api-keys/${body.id}`)).status).toBe(404);
    expect((await merchant.delete(`/api-keys/${body.id}`)).status).toBe(204);
    expect((await merchant.delete(`/api-keys/${body.id}`)).status).toBe(404);
  });
});
