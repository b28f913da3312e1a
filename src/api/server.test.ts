import { type AddressInfo, connect } from 'node:net';
import { Type } from 'typebox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, House } from '../../test/house-server.ts';
import type { App } from './app.ts';

let house: House;
let merchant: Client;
const held: (() => void)[] = [];

function probeRoutes(app: App): void {
  const body = Type.Object({
    name: Type.Optional(Type.String({ minLength: 1 })),
    count: Type.Optional(Type.Integer({ minimum: 0 })),
    kind: Type.Optional(Type.Enum(['red', 'blue'])),
    size: Type.Optional(Type.Union([Type.Literal('s'), Type.Literal('l'), Type.Literal('')])),
    labels: Type.Optional(Type.Array(Type.String())),
  });
  const querystring = Type.Object({ limit: Type.Integer({ minimum: 1, maximum: 5, default: 3 }) });
  const config = { scopes: ['payments:write'], invalidCodes: { count: 'invalid_count' } };
  app.post('/probe', { config, schema: { body } }, async (request) => ({ got: request.body }));
  app.get('/probe', { config, schema: { querystring } }, async ({ query }) => query);
  app.get('/probe/:id', { config, schema: { params: Type.Object({ id: Type.String() }) } }, () => ({
    ok: true,
  }));
  app.get('/broken', { config }, async () => {
    throw new Error('the password is swordfish');
  });
  app.post('/slow', { config: { open: true } }, async () => ({ ok: true }));
  app.get('/slow', { config: { open: true } }, async () => {
    await new Promise<void>((resolve) => held.push(resolve));
    return { ok: true };
  });
}

beforeAll(async () => {
  house = await House.open({ nouns: [probeRoutes], limits: { inFlightMax: 2 } });
  merchant = await house.merchant();
});
afterAll(() => house.close());

describe('every answer', () => {
  it('carries a request id and the security headers', async () => {
    const { headers } = await merchant.get('/probe');
    expect(headers['x-request-id']).toMatch(/^req_[0-9a-f]{32}$/);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'strict-origin-when-cross-origin',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    });
  });

  it('is in the envelope of its API for an unknown route', async () => {
    const { status, body } = await merchant.get('/nothing-here');
    expect(status).toBe(404);
    expect(body).toEqual({
      error: 'not_found',
      code: 'not_found',
      message: 'Route not found',
      details: {},
    });
  });

  it('is in an envelope outside of every API and for a path that is no URL', async () => {
    const outside = await house.app.inject({ url: '/elsewhere' });
    expect([outside.statusCode, outside.json().code]).toEqual([404, 'not_found']);
    const broken = await house.app.inject({ url: '/v1/probe/%zz' });
    expect([broken.statusCode, broken.json().code]).toEqual([400, 'invalid_request']);
    expect(broken.headers['x-request-id']).toMatch(/^req_/);
  });
});

describe('an error inside', () => {
  it('answers 500 without a word about it, and logs it with the request id', async () => {
    const { status, text, headers, body } = await merchant.get('/broken');
    expect(status).toBe(500);
    expect(text).not.toContain('swordfish');
    expect(body).toMatchObject({ error: 'server_error', code: 'server_error' });
    expect(body.details.request_id).toBe(headers['x-request-id']);
    const line = house.logged.find((one) => one.includes('request failed'));
    expect(line).toContain(String(headers['x-request-id']));
  });
});

describe('a body', () => {
  const json = { 'content-type': 'application/json' };

  it('may be empty with a JSON content type, or absent', async () => {
    expect((await merchant.post('/probe', '', json)).body).toEqual({ got: {} });
    expect((await merchant.post('/probe')).body).toEqual({ got: {} });
  });

  it('may have fields that nobody knows', async () => {
    expect((await merchant.post('/probe', { colour: 1 })).body).toEqual({ got: { colour: 1 } });
  });

  it('that is not JSON is refused', async () => {
    const { status, body } = await merchant.post('/probe', '{"name":', json);
    expect([status, body.code, body.error]).toEqual([400, 'invalid_json', 'invalid_request']);
  });

  it('may begin with a byte order mark, and is refused in another encoding', async () => {
    const send = (text: string, encoding: 'utf8' | 'latin1') =>
      merchant.post('/probe', Buffer.from(text, encoding), json);
    expect((await send('\ufeff{"name":"café"}', 'utf8')).body).toEqual({ got: { name: 'café' } });
    const { status, body } = await send('{"name":"café"}', 'latin1');
    expect([status, body.code]).toEqual([400, 'invalid_json']);
  });

  it('with a forbidden prototype is refused', async () => {
    const { status } = await merchant.post('/probe', '{"__proto__":{"admin":true}}', json);
    expect(status).toBe(400);
  });

  it('of another content type is refused', async () => {
    const { status, body } = await merchant.post('/probe', 'a=b', {
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect([status, body.code]).toEqual([415, 'unsupported_media_type']);
  });

  it('over one megabyte is refused', async () => {
    const { status, body } = await merchant.post('/probe', { name: 'x'.repeat(1024 * 1024) });
    expect([status, body.code]).toEqual([413, 'body_too_large']);
  });

  it.each([
    [{ count: '5' }, 'invalid_count', 'count', 'count must be an integer'],
    [{ count: 1.5 }, 'invalid_count', 'count', 'count must be an integer'],
    [{ count: -1 }, 'invalid_count', 'count', 'count must be >= 0'],
    [{ name: 7 }, 'validation_error', 'name', 'name must be a string'],
    [{ name: '' }, 'validation_error', 'name', 'name must not be empty'],
    [{ kind: 'green' }, 'validation_error', 'kind', 'kind must be one of red, blue'],
    [{ size: 'm' }, 'validation_error', 'size', 'size must be one of s, l'],
    [{ size: 1 }, 'validation_error', 'size', 'size must be a string'],
    [{ labels: ['a', 2] }, 'validation_error', 'labels[1]', 'labels[1] must be a string'],
  ])('%j is refused, naming the field', async (sent, code, field, message) => {
    const { status, body } = await merchant.post('/probe', sent);
    expect([status, body]).toEqual([
      400,
      { error: 'invalid_request', code, message, details: { field } },
    ]);
  });
});

describe('the guard', () => {
  it.each([
    [{ name: '4242424242424242' }, 'name'],
    [{ card: { number: '5555 5555-5555 4444' } }, 'card.number'],
    [{ list: [{ n: 4242424242424242 }] }, 'list[0].n'],
    [{ metadata: { note: ' 378282246310005 ' } }, 'metadata.note'],
    [{ '4242424242424242': 1 }, '(name)'],
  ])('refuses a card number in %j', async (sent, field) => {
    const { status, body, text } = await merchant.post('/probe', sent);
    expect([status, body.code, body.details.field]).toEqual([400, 'card_number_refused', field]);
    expect(text).not.toContain('4242');
  });

  it('refuses a card number too long to be a JSON number', async () => {
    const text = '{"n": 6222988812340000012}';
    const sent = text.replace('6222988812340000012', withCheckDigit('622298881234000001'));
    const { body } = await merchant.post('/probe', sent, { 'content-type': 'application/json' });
    expect(body.code).toBe('card_number_refused');
  });

  it('lets pass what only looks a little like one', async () => {
    const sent = { a: '4242424242424241', b: '1732182000000', c: '+4242424242424242', d: 'x' };
    expect((await merchant.post('/probe', sent)).status).toBe(200);
  });

  it.each([
    ['NUL', '{"name":"a\\u0000b"}'],
    ['half a character', '{"name":"\\ud800"}'],
    ['NUL in a name', '{"a\\u0000":1}'],
    ['an infinite number', '{"count":1e999}'],
    ['an inexact number', '{"count":9007199254740993}'],
    ['a bottomless nesting', `{"a":${'['.repeat(60)}${']'.repeat(60)}}`],
    ['too many values', `{"a":[${'1,'.repeat(20_001)}1]}`],
  ])('refuses %s', async (_what, text) => {
    const { status, body } = await merchant.post('/probe', text, {
      'content-type': 'application/json',
    });
    expect([status, body.code]).toEqual([400, 'validation_error']);
  });

  it('refuses NUL in paths and queries', async () => {
    expect((await merchant.get('/probe/a%00b')).status).toBe(400);
    expect((await merchant.get('/probe?limit=2&x=%00')).status).toBe(400);
  });

  it('logs neither bodies nor keys', async () => {
    await merchant.post('/probe', { name: 'do-not-log-me' });
    await merchant.post('/probe', { name: '4242424242424242' });
    const all = house.logged.join('');
    expect(all).not.toContain('do-not-log-me');
    expect(all).not.toContain('4242424242424242');
    expect(all).not.toContain(merchant.key.split('.')[1]);
  });
});

describe('a query string', () => {
  it('is coerced and filled in', async () => {
    expect((await merchant.get('/probe?limit=4')).body).toEqual({ limit: 4 });
    expect((await merchant.get('/probe')).body).toEqual({ limit: 3 });
  });

  it.each(['0', '6', 'many', '1.5'])('limit=%s is refused', async (limit) => {
    const { status, body } = await merchant.get(`/probe?limit=${limit}`);
    expect([status, body.details]).toEqual([400, { field: 'limit' }]);
  });
});

describe('the server', () => {
  it('answers 503 with Retry-After when too many requests are under way, and recovers', async () => {
    const slow = [merchant.get('/slow'), merchant.get('/slow')];
    while (held.length < 2) await new Promise((resolve) => setImmediate(resolve));
    const { status, headers, body } = await merchant.get('/probe');
    expect([status, headers['retry-after'], body.code]).toEqual([503, '1', 'overloaded']);
    expect((await house.app.inject({ url: '/healthz' })).statusCode).toBe(200);
    for (const release of held) release();
    await Promise.all(slow);
    expect((await merchant.get('/probe')).status).toBe(200);
  });

  it('is not held up by requests that are sent slowly', async () => {
    await house.app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = house.app.server.address() as AddressInfo;
    let begun = 0;
    house.app.server.on('request', () => {
      begun += 1;
    });
    const head =
      'POST /v1/slow HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9';
    const sockets = Array.from({ length: 4 }, () => connect(port, '127.0.0.1'));
    for (const socket of sockets) socket.write(`${head}\r\n\r\n{`);
    await expect.poll(() => begun).toBe(4);
    expect((await merchant.get('/probe')).status).toBe(200);
    for (const socket of sockets) socket.destroy();
  });

  it('tells its health', async () => {
    expect((await house.app.inject({ url: '/healthz' })).json()).toEqual({ status: 'ok' });
    expect((await house.app.inject({ url: '/readyz' })).json()).toEqual({ status: 'ready' });
    const metrics = await house.app.inject({ url: '/metrics' });
    expect(metrics.body).toContain('switchyard_http_request_seconds_count');
    expect(metrics.body).toContain('route="/v1/probe"');
  });

  it('describes its APIs', async () => {
    const reply = await house.app.inject({ url: '/openapi/reevit.json' });
    const document = reply.json();
    expect(document.openapi).toBe('3.0.3');
    expect(document.paths['/v1/probe/{id}'].get.parameters[0]).toMatchObject({
      name: 'id',
      in: 'path',
    });
    expect(document.paths['/v1/probe'].post['x-scopes']).toEqual(['payments:write']);
  });

  it('does not start with a route that names no scope', async () => {
    const careless = House.open({ nouns: [(app) => void app.get('/oops', () => ({}))] });
    await expect(careless).rejects.toThrow(/names no scope/);
  });
});

function withCheckDigit(digits: string): string {
  for (let last = 0; last < 10; last += 1) {
    const sum = [...`${digits}${last}`]
      .toReversed()
      .map((digit, i) => (i % 2 ? Number(digit) * 2 : Number(digit)))
      .reduce((total, digit) => total + (digit > 9 ? digit - 9 : digit), 0);
    if (sum % 10 === 0) return `${digits}${last}`;
  }
  throw new Error('no check digit');
}
