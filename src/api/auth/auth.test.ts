import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  ADMIN_TOKEN,
  type Client,
  House,
  type MadeOrganization,
} from '../../../test/house-server.ts';
import { authenticate } from '../../store/api-keys.ts';
import { apiKeyRoutes } from '../reevit/api-keys/routes.ts';
import { connectionRoutes } from '../reevit/connections/routes.ts';

let house: House;
let organization: MadeOrganization;
let merchant: Client;
beforeAll(async () => {
  house = await House.open({ nouns: [connectionRoutes, apiKeyRoutes] });
  organization = await house.organization();
  merchant = house.client(organization);
});
afterAll(() => house.close());

describe('a Reevit request is refused with 401', () => {
  it('without a key', async () => {
    const { status, body } = await merchant.get('/connections', { 'x-reevit-key': undefined });
    expect([status, body.error, body.code]).toEqual([401, 'unauthorized', 'unauthorized']);
  });

  it.each([
    ['an unknown key', () => 'pfk_test_nobody.0123456789abcdef'],
    ['an unknown id', () => merchant.key.replace(/_[0-9a-f]{4}/, '_ffff')],
    [
      'a wrong secret',
      () => `${merchant.key.slice(0, -1)}${merchant.key.endsWith('0') ? '1' : '0'}`,
    ],
    ['a secret cut short', () => merchant.key.slice(0, -1)],
    ['the other mode', () => merchant.key.replace('_test_', '_live_')],
    ['a Connxt token', () => organization.environments[0]!.connxt_secret_token],
    ['an enormous key', () => 'x'.repeat(5_000)],
    [
      'the secret of another kind of key',
      () => {
        const { client_id, client_secret } = organization.environments[0]!.formance_client;
        return `pfk_test_${client_id.slice(4)}.${client_secret}`;
      },
    ],
  ])('for %s', async (_what, key) => {
    const { status, body } = await merchant.get('/connections', { 'x-reevit-key': key() });
    expect(status).toBe(401);
    expect(body.error).toBe('unauthorized');
  });

  it('before its body is read', async () => {
    const { status } = await merchant.post('/connections', '{"broken', {
      'x-reevit-key': 'pfk_test_x.y',
      'content-type': 'application/json',
    });
    expect(status).toBe(401);
  });
});

describe('a Reevit request is let in', () => {
  it('with the key as a bearer, when X-Reevit-Key is absent', async () => {
    const headers = { 'x-reevit-key': undefined, authorization: `Bearer ${merchant.key}` };
    expect((await merchant.get('/connections', headers)).status).toBe(200);
  });

  it('without X-Org-Id, and whatever mode the CLI states', async () => {
    const headers = { 'x-org-id': undefined, 'x-reevit-mode': 'live' };
    expect((await merchant.get('/connections', headers)).status).toBe(200);
  });

  it('and the use of its key is noted, at most once a minute', async () => {
    const id = `key_${/_([0-9a-f]{32})\./.exec(merchant.key)![1]}`;
    const lastUse = async () => (await authenticate(house.db, id))!.lastUsedAt;
    await merchant.get('/connections');
    const first = await vi.waitUntil(lastUse);
    await merchant.get('/connections');
    expect(await lastUse()).toBe(first);
    house.passMs(61_000);
    await merchant.get('/connections');
    await vi.waitUntil(async () => (await lastUse())! > first!);
  });
});

describe('a Reevit request is refused with 403', () => {
  it.each(['org_none_such', 'another'])('for X-Org-Id %s', async (id) => {
    const other = id === 'another' ? (await house.organization()).id : id;
    const { status, body } = await merchant.get('/connections', { 'x-org-id': other });
    expect([status, body.error, body.code]).toEqual([403, 'forbidden', 'forbidden']);
  });
});

describe('the admin API', () => {
  const post = (headers: Record<string, string>, payload: object = { name: 'Acme' }) =>
    house.app.inject({ method: 'POST', url: '/admin/v1/organizations', headers, payload });
  const admin = { authorization: `Bearer ${ADMIN_TOKEN}` };

  it('lets nobody in without its token, not even to a path that does not exist', async () => {
    for (const headers of [
      {},
      { authorization: `Bearer ${ADMIN_TOKEN}x` },
      { authorization: ADMIN_TOKEN },
      { authorization: `Bearer ${merchant.key}` },
    ]) {
      const reply = await post(headers as Record<string, string>);
      expect([reply.statusCode, reply.json().code]).toEqual([401, 'unauthorized']);
    }
    expect((await house.app.inject({ url: '/admin/v1/secrets' })).statusCode).toBe(401);
  });

  it('makes an organization whose keys all differ', async () => {
    const reply = await post(admin);
    expect(reply.statusCode).toBe(201);
    const made: MadeOrganization = reply.json();
    expect(made).toMatchObject({
      id: expect.stringMatching(/^org_/),
      name: 'Acme',
      brand_id: expect.stringMatching(/^brn_/),
      environments: ['sandbox', 'live'].map((mode) => ({
        id: expect.stringMatching(/^env_/),
        mode,
        reevit_api_key: expect.stringMatching(
          mode === 'live' ? /^pfk_live_[^.]+\../ : /^pfk_test_[^.]+\../,
        ),
        connxt_secret_token: expect.stringMatching(/^sec_[0-9A-Za-z]{26}$/),
        formance_client: { client_id: expect.any(String), client_secret: expect.any(String) },
      })),
    });
    const [sandbox, live] = made.environments;
    expect(sandbox!.reevit_api_key).not.toBe(live!.reevit_api_key);
    expect(house.logged.join('')).not.toContain(sandbox!.connxt_secret_token);
  });

  it('shows organizations without their secrets', async () => {
    const made: MadeOrganization = (
      await post(admin, { name: 'Shown', default_country: 'gh' })
    ).json();
    const one = await house.app.inject({
      url: `/admin/v1/organizations/${made.id}`,
      headers: admin,
    });
    expect(one.json()).toEqual({
      id: made.id,
      name: 'Shown',
      brand_id: made.brand_id,
      default_country: 'GH',
      created_at: expect.stringMatching(/Z$/),
      environments: made.environments.map(({ id, mode }) => ({ id, mode })),
    });
    const list = await house.app.inject({ url: '/admin/v1/organizations?limit=1', headers: admin });
    expect(list.json().organizations).toEqual([one.json()]);
    expect(list.json().pagination).toMatchObject({ limit: 1, offset: 0 });
    const none = await house.app.inject({ url: '/admin/v1/organizations/org_x', headers: admin });
    expect(none.statusCode).toBe(404);
  });

  it('refuses a nameless organization and an unknown country', async () => {
    expect((await post(admin, {})).json().code).toBe('missing_name');
    expect((await post(admin, { name: ' ' })).json().code).toBe('missing_name');
    expect((await post(admin, { name: 'X', default_country: 'XX' })).statusCode).toBe(400);
  });

  it('under one Idempotency-Key makes one, shows its keys again, and refuses another with 422', async () => {
    const keyed = { ...admin, 'idempotency-key': 'acme' };
    const first = await post(keyed);
    expect((await post(keyed)).body).toBe(first.body);
    const conflict = await post(keyed, { name: 'Other' });
    expect([conflict.statusCode, conflict.json().code]).toEqual([422, 'idempotency_conflict']);
  });
});
