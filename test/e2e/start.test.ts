import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { stopTimes } from '../../src/work/stopping.ts';
import { type TestDatabase, testDatabase } from '../database.ts';
import { freePort, Scratch } from './command.ts';

let scratch: Scratch;
afterEach(() => scratch.clean());

const SECRET = /pfk_(test|live)_[0-9a-f]{32}\.[0-9A-Za-z]{43}/g;
const STARTED = /Switchyard listens on (\S+)/;

async function fresh(): Promise<{ env: Record<string, string>; port: number; dataDir: string }> {
  scratch = new Scratch();
  const port = await freePort();
  // Deeper than what exists, as a first start often finds it.
  const dataDir = join(scratch.dir, 'var', 'data');
  return { port, dataDir, env: { PORT: String(port), SWITCHYARD_DATA_DIR: dataDir } };
}

const call = async (url: string, init: RequestInit = {}) => {
  const reply = await fetch(url, init);
  const text = await reply.text();
  return { status: reply.status, body: JSON.parse(text) };
};

describe('the first start', () => {
  it('makes everything, shows keys once, and what it tells to paste works', async () => {
    const { env, port, dataDir } = await fresh();
    const server = scratch.run(['start'], env);
    const [, url] = await server.printed(STARTED);
    expect(url).toBe(`http://127.0.0.1:${port}`);
    expect((await call(`${url}/readyz`)).status).toBe(200);

    const keys = server.stderr.match(SECRET) ?? [];
    expect(new Set(keys).size).toBe(2);
    const requests = pasted(server.stderr);
    expect(requests).toHaveLength(2);
    const connection = await call(requests[0]!.url, requests[0]!.init);
    expect(connection).toMatchObject({
      status: 201,
      body: { provider: 'paystack', mode: 'sandbox' },
    });
    const payment = await call(requests[1]!.url, requests[1]!.init);
    expect(payment).toMatchObject({ status: 201, body: { status: 'requires_action' } });
    const page = await fetch(payment.body.next_action.url);
    expect(await page.text()).toContain('GHS 50.00');

    for (const file of ['master.key', 'admin-token'])
      expect(statSync(join(dataDir, file)).mode & 0o777).toBe(0o600);
    const token = readFileSync(join(dataDir, 'admin-token'), 'utf8').trim();
    const headers = { authorization: `Bearer ${token}` };
    const listed = await call(`${url}/admin/v1/organizations`, { headers });
    expect(listed.body.pagination.total).toBe(1);

    const ended = await server.signal('SIGTERM');
    expect(ended).toMatchObject({ status: 0, signal: null });
    for (const secret of [...keys, token, 'sk_test_any'])
      expect(ended.stdout).not.toContain(secret);
    for (const line of ended.stdout.trim().split('\n')) JSON.parse(line);
    expect(readdirSync(dataDir)).not.toContain('server.pid');

    const again = scratch.run(['start'], env);
    await again.printed(STARTED);
    expect(again.stderr).not.toMatch(SECRET);
    const same = await call(`${url}/v1/payments/${payment.body.id}`, {
      headers: { 'x-reevit-key': keys[0]! },
    });
    expect(same).toMatchObject({ status: 200, body: { id: payment.body.id } });
    expect(await again.signal('SIGINT')).toMatchObject({ status: 0 });
  }, 120_000);

  it('refuses a second server on the data directory, and on the port, in one sentence', async () => {
    const { env, dataDir } = await fresh();
    const first = scratch.run(['start'], env);
    await first.printed(STARTED);
    const second = await scratch.run(['start'], { ...env, PORT: '0' }).ended;
    expect(second.status).toBe(1);
    expect(second.stderr).toMatch(/^Another Switchyard server .*Stop it first.*\n$/);

    const otherDir = { ...env, SWITCHYARD_DATA_DIR: `${dataDir}-2` };
    const third = await scratch.run(['start'], otherDir).ended;
    expect(third.status).toBe(1);
    expect(third.stderr).toMatch(/^127\.0\.0\.1 port \d+ is in use .*set PORT.*\n$/);
    expect((await call(`http://127.0.0.1:${env.PORT}/readyz`)).status).toBe(200);
    expect(await first.signal('SIGTERM')).toMatchObject({ status: 0 });
  }, 120_000);

  it('says what is wrong with a setting and does not start', async () => {
    const { env, dataDir } = await fresh();
    const ended = await scratch.run(['start'], { ...env, SWITCHYARD_SANDBOX: 'maybe' }).ended;
    expect(ended).toMatchObject({ status: 1, stdout: '' });
    expect(ended.stderr).toBe('SWITCHYARD_SANDBOX must be one of: simulator, provider.\n');
    expect(() => statSync(dataDir)).toThrow();
  });
});

describe('a start on a database of its own', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });
  afterAll(() => database.close());

  const masterKey = Buffer.from('0123456789abcdef0123456789abcdef').toString('base64');

  it('makes no organization, serves only health when it only works, and stops on SIGTERM', async () => {
    const { env } = await fresh();
    const settings = {
      ...env,
      DATABASE_URL: database.connectionString,
      SWITCHYARD_MASTER_KEY: masterKey,
      SWITCHYARD_ADMIN_TOKEN: 'an-admin-token-for-tests',
    };
    const server = scratch.run(['start'], settings);
    const [, url] = await server.printed(STARTED);
    expect(server.stderr).not.toMatch(SECRET);
    const headers = { authorization: 'Bearer an-admin-token-for-tests' };
    const listed = await call(`${url}/admin/v1/organizations`, { headers });
    expect(listed.body.organizations).toEqual([]);

    const port = String(await freePort());
    const worker = scratch.run(['start'], { ...settings, PORT: port, SWITCHYARD_ROLES: 'worker' });
    await worker.printed(/works on what is due/);
    expect((await call(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
    expect((await call(`http://127.0.0.1:${port}/v1/connections`)).status).toBe(404);
    expect(await worker.signal('SIGTERM')).toMatchObject({ status: 0 });
    expect(await server.signal('SIGTERM')).toMatchObject({ status: 0 });
  }, 120_000);

  it('says in one sentence that it cannot be reached', async () => {
    const { env } = await fresh();
    const port = await freePort();
    const ended = await scratch.run(['start'], {
      ...env,
      DATABASE_URL: `postgres://nobody:hunter2@127.0.0.1:${port}/none`,
      SWITCHYARD_MASTER_KEY: masterKey,
    }).ended;
    expect(ended.status).toBe(1);
    expect(ended.stderr).toMatch(/^The database cannot be reached at 127\.0\.0\.1 port \d+: .*\n$/);
    expect(ended.stderr + ended.stdout).not.toContain('hunter2');
  });
});

describe('stopping', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'is clean when npm echoes %s',
    async (signal) => {
      const { env, dataDir } = await fresh();
      const server = scratch.run(['start'], env);
      await server.printed(STARTED);
      server.child.kill(signal);
      expect(await server.signal(signal)).toMatchObject({ status: 0, signal: null });
      expect(readdirSync(dataDir)).not.toContain('server.pid');
    },
    60_000,
  );

  it('is clean when the signal comes while it starts', async () => {
    const { env, dataDir } = await fresh();
    const server = scratch.run(['start'], env);
    await expect
      .poll(() => existsSync(join(dataDir, 'server.pid')), { timeout: 20_000 })
      .toBe(true);
    expect(await server.signal('SIGTERM')).toMatchObject({ status: 0, signal: null });
    expect(readdirSync(dataDir)).not.toContain('server.pid');
  }, 120_000);

  it('waits for a request in flight', async () => {
    const { env } = await fresh();
    let asked = () => {};
    const arrival = new Promise<void>((resolve) => {
      asked = resolve;
    });
    let answer = () => {};
    const psp = createServer((socket) => {
      socket.once('data', () => {
        answer = () => socket.end('HTTP/1.1 401 Unauthorized\r\ncontent-length: 2\r\n\r\n{}');
        asked();
      });
      socket.on('error', () => {});
    });
    await new Promise<void>((resolve) => psp.listen(0, '127.0.0.1', resolve));
    const { port } = psp.address() as { port: number };
    const server = scratch.run(['start'], {
      ...env,
      SWITCHYARD_PROVIDER_URLS: JSON.stringify({ paystack: `http://127.0.0.1:${port}` }),
    });
    await server.printed(STARTED);
    await server.printed(/next_action/);
    const [connect, pay] = pasted(server.stderr);
    expect((await call(connect!.url, connect!.init)).status).toBe(201);
    const payment = call(pay!.url, pay!.init);
    await arrival;
    const ended = server.signal('SIGTERM');
    await server.printed(/"stopping"/);
    answer();
    expect(await payment).toMatchObject({ status: 201, body: { status: 'failed' } });
    const answeredMs = performance.now();
    expect(await ended).toMatchObject({ status: 0 });
    expect(performance.now() - answeredMs).toBeLessThan(stopTimes.inFlightMs); // nothing else was waited for
    psp.close();
  }, 120_000);
});

/** The curl commands that the first start prints, as requests. */
function pasted(text: string): { url: string; init: RequestInit }[] {
  const [, key = ''] = /KEY=(\S+)/.exec(text) ?? [];
  return [...text.matchAll(/curl (\S+) [^\n]*\n\s+-d '([^']+)'/g)].map(
    ([, url = '', body = '']) => ({
      url,
      init: {
        method: 'POST',
        headers: { 'x-reevit-key': key, 'content-type': 'application/json' },
        body,
      },
    }),
  );
}
