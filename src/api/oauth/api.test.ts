import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { House, type MadeOrganization } from '../../../test/house-server.ts';
import { formanceApi } from '../formance/api.ts';
import { formanceNouns } from '../formance/nouns.ts';

let house: House;
let client: MadeOrganization['environments'][number]['formance_client'];

beforeAll(async () => {
  house = await House.open({ surfaces: (context) => formanceApi(context, formanceNouns) });
  client = (await house.organization()).environments[0]!.formance_client;
});
afterAll(() => house.close());

function ask(form: Record<string, string>, headers: Record<string, string> = {}) {
  return house.app.inject({
    method: 'POST',
    url: '/api/auth/oauth/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    payload: new URLSearchParams(form).toString(),
  });
}

const grant = (more: Record<string, string> = {}) =>
  ask({ grant_type: 'client_credentials', ...client, ...more });

async function info(token: string) {
  return house.app.inject({
    url: '/api/payments/_info',
    headers: { authorization: `Bearer ${token}` },
  });
}

describe('POST /api/auth/oauth/token', () => {
  it('trades client credentials for a token that opens the API', async () => {
    const answer = await grant();
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 3600,
      scope: 'payments:read payments:write',
    });
    expect((await info(answer.json().access_token)).json()).toEqual({
      version: 'v3.4.0',
      debug: false,
    });
  });

  it('takes the credentials in a Basic header too', async () => {
    const basic = Buffer.from(`${client.client_id}:${client.client_secret}`).toString('base64');
    const answer = await ask(
      { grant_type: 'client_credentials' },
      { authorization: `Basic ${basic}` },
    );
    expect(answer.statusCode).toBe(200);
  });

  it.each([
    ['a wrong secret', { client_secret: 'x' }, 401, 'invalid_client'],
    ['an unknown client', { client_id: `key_${'0'.repeat(32)}` }, 401, 'invalid_client'],
    ['an id that is none', { client_id: "' OR 1=1" }, 401, 'invalid_client'],
    ['another grant', { grant_type: 'password' }, 400, 'unsupported_grant_type'],
    ['a scope that it has not', { scope: 'ledger:write' }, 400, 'invalid_scope'],
  ])('refuses %s', async (_, more, status, error) => {
    const answer = await grant(more);
    expect([answer.statusCode, answer.json().error]).toEqual([status, error]);
  });

  it('gives a token for one scope when one is asked for', async () => {
    const { access_token: token, scope } = (await grant({ scope: 'payments:read' })).json();
    expect(scope).toBe('payments:read');
    expect((await info(token)).statusCode).toBe(200);
  });

  it('passes over the scope that older SDKs ask for besides', async () => {
    const asked = await grant({ scope: 'auth:read payments:write' });
    expect([asked.statusCode, asked.json().scope]).toEqual([200, 'payments:write']);
  });
});

describe('an access token', () => {
  it('can be checked by anybody, by discovery', async () => {
    const { access_token: token } = (await grant()).json();
    const discovery = await house.app.inject('/api/auth/.well-known/openid-configuration');
    expect(discovery.json()).toMatchObject({
      issuer: 'http://127.0.0.1:8081/api/auth',
      token_endpoint: 'http://127.0.0.1:8081/api/auth/oauth/token',
    });
    const address = await house.app.listen({ port: 0, host: '127.0.0.1' });
    const keys = createRemoteJWKSet(new URL(`${address}/api/auth/keys`));
    const { payload } = await jwtVerify(token, keys, { issuer: discovery.json().issuer });
    expect(payload).toMatchObject({ sub: client.client_id, aud: 'payments' });
    const { keys: shown } = (await house.app.inject('/api/auth/keys')).json();
    expect(shown).toEqual([expect.not.objectContaining({ d: expect.anything() })]);
  });

  it('is refused when it is changed, absent, or none: in plain text, which the SDK can read', async () => {
    const { access_token: token } = (await grant()).json() as { access_token: string };
    const [head, body, signature] = token.split('.');
    const none = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url');
    for (const wrong of [
      `${head}.${body}.${signature?.slice(0, -4)}AAAA`,
      `${none}.${body}.`,
      'x',
    ]) {
      const answer = await info(wrong);
      expect([answer.statusCode, answer.headers['content-type']]).toEqual([
        401,
        'text/plain; charset=utf-8',
      ]);
    }
    expect((await house.app.inject('/api/payments/_info')).statusCode).toBe(401);
  });

  it('is signed by a key that other servers of the database know', async () => {
    const { access_token: token } = (await grant()).json();
    const twin = await House.open({ surfaces: () => formanceApi(house.context, formanceNouns) });
    const answer = await twin.app.inject({
      url: '/api/payments/_info',
      headers: { authorization: `Bearer ${token}` },
    });
    expect(answer.statusCode).toBe(200);
    await twin.close();
  });

  it('ends after an hour, and with its client', async () => {
    const { access_token: token } = (await grant()).json();
    await house.db.run({ name: '', text: 'UPDATE api_keys SET revoked_at = now() WHERE id = $1' }, [
      client.client_id,
    ]);
    expect((await info(token)).statusCode).toBe(401);
    await house.db.run({ name: '', text: 'UPDATE api_keys SET revoked_at = NULL WHERE id = $1' }, [
      client.client_id,
    ]);
    expect((await info(token)).statusCode).toBe(200);
    house.passMs(3_601_000);
    expect((await info(token)).statusCode).toBe(401);
  });
});

describe('a path of the API', () => {
  it('answers 405 in plain text for another method, and 404 when there is none', async () => {
    for (const method of ['DELETE', 'OPTIONS'] as const) {
      const answer = await house.app.inject({ method, url: '/api/payments/_info' });
      expect([answer.statusCode, answer.headers['content-type']]).toEqual([
        405,
        'text/plain; charset=utf-8',
      ]);
    }
    const nothing = await house.app.inject('/api/payments/nothing');
    expect([nothing.statusCode, nothing.json()]).toEqual([
      404,
      { errorCode: 'NOT_FOUND', errorMessage: 'Route not found' },
    ]);
  });
});

describe('GET /openapi/formance.json', () => {
  it('describes the payments of both versions', async () => {
    const { paths } = (await house.app.inject('/openapi/formance.json')).json();
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining(['/api/payments/payments', '/api/payments/v3/payments/{paymentID}']),
    );
    const { post, get } = paths['/api/payments/payments'];
    expect(post.requestBody.content['application/json'].schema.properties.amount.type).toBe(
      'integer',
    );
    expect(get.parameters.map(({ name }: { name: string }) => name)).toContain('cursor');
  });
});
