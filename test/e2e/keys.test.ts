// Keys from the command line, beside a running server and without one.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { reachEmbedded } from '../../src/store/embedded/reach.ts';
import { freePort, type Run, Scratch } from './command.ts';

let scratch: Scratch;
let env: Record<string, string>;
afterEach(() => scratch.clean());

async function start(): Promise<{ server: Run; url: string; key: string }> {
  scratch = new Scratch();
  const dataDir = join(scratch.dir, 'data');
  env = { PORT: String(await freePort()), SWITCHYARD_DATA_DIR: dataDir };
  const server = scratch.run(['start'], env);
  const [, url = ''] = await server.printed(/Switchyard listens on (\S+)/);
  const [key] = await server.printed(/pfk_test_\S+/);
  return { server, url, key };
}

/** Keeps the rotation from getting past the payments. */
async function holdLastPayment(): Promise<pg.Client> {
  const client = new pg.Client(reachEmbedded(env.SWITCHYARD_DATA_DIR!).connection);
  await client.connect();
  await client.query('BEGIN');
  await client.query('SELECT FROM payments ORDER BY id DESC LIMIT 1 FOR UPDATE');
  return client;
}

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what the API answered
  readonly body: any;
}

async function send(url: string, key: string, body?: object): Promise<Answer> {
  const reply = await fetch(url, {
    method: body ? 'POST' : 'GET',
    headers: { 'x-reevit-key': key, ...(body ? { 'content-type': 'application/json' } : {}) },
    body: body ? JSON.stringify(body) : null,
  });
  return { status: reply.status, body: await reply.json() };
}

const command = (...words: string[]) => scratch.run(words, env).ended;

describe('switchyard keys', () => {
  it('makes keys for new and known organizations, beside a server and without one', async () => {
    const { server, url } = await start();
    const made = await command('keys', 'create', '--organization', 'Acme');
    expect(made).toMatchObject({ status: 0, stderr: '' });
    const acme = JSON.parse(made.stdout);
    expect(acme.environments.map((one: { mode: string }) => one.mode)).toEqual(['sandbox', 'live']);
    const first = acme.environments[0].reevit_api_key;
    expect(await send(`${url}/v1/connections`, first)).toMatchObject({ status: 200 });

    const more = await command('keys', 'create', '--organization', 'Acme', '--name', 'CI');
    const second = JSON.parse(more.stdout);
    expect(second).toMatchObject({ organization_id: acme.id, mode: 'sandbox', name: 'CI' });
    expect(await send(`${url}/v1/connections`, second.reevit_api_key)).toMatchObject({
      status: 200,
    });

    await server.signal('SIGTERM');
    const live = await command('keys', 'create', '--organization', acme.id, '--mode', 'live');
    expect(JSON.parse(live.stdout).reevit_api_key).toMatch(/^pfk_live_/);
    const listed = await command('keys', 'list');
    expect(listed.stdout).toMatch(new RegExp(`${acme.id} +Acme +sandbox +${second.id} +CI`));
    for (const secret of [first, second.reevit_api_key])
      expect(listed.stdout).not.toContain(secret.split('.')[1]);

    const unknown = await command('keys', 'create', '--organization', 'org_none');
    expect(unknown).toMatchObject({ status: 1, stderr: 'There is no organization org_none.\n' });
  }, 90_000);

  it('rotates the master key while a server runs and takes payments', async () => {
    const { server, url, key } = await start();
    const pay = async () => {
      const intent = {
        amount: 5000,
        currency: 'GHS',
        method: 'card',
        return_url: 'https://x.example/',
      };
      return send(`${url}/v1/payments/intents`, key, { ...intent, customer_id: 'a@example.com' });
    };
    const credentials = { secret_key: 'sk_test_rotation' };
    await send(`${url}/v1/connections`, key, { provider: 'paystack', credentials });
    const before = await pay();
    expect(before.status).toBe(201);
    const file = join(env.SWITCHYARD_DATA_DIR!, 'master.key');
    const old = readFileSync(file, 'utf8').trim();

    const rotation = scratch.run(['keys', 'rotate-master', '--drop-old'], env);
    const rotated = await rotation.ended;
    expect(rotated).toMatchObject({ status: 0 });
    const again = await command('keys', 'rotate-master');
    expect(again).toMatchObject({ status: 0 });
    expect(again.stdout).toMatch(/[1-9]\d* secrets got the new key/);
    await expect.poll(async () => (await pay()).status).toBe(201);
    expect((await send(`${url}/v1/payments/${before.body.id}`, key)).body.client_secret).toBe(
      before.body.client_secret,
    );

    const dropped = await command('keys', 'rotate-master', '--drop-old');
    expect(dropped).toMatchObject({ status: 0 });
    const fresh = readFileSync(file, 'utf8').trim();
    expect(fresh).not.toContain(old);
    expect(readFileSync(`${file}.retired`, 'utf8')).toContain(old);
    const doctor = await command('doctor');
    expect(doctor.stdout).toMatch(/master key +ok +[0-9a-f]{8} opens what is stored/);
    expect(doctor.stdout).toMatch(/paystack sandbox con_\S+ +ok/);
    expect(doctor).toMatchObject({ status: 0 });

    await server.signal('SIGTERM');
    const restarted = scratch.run(['start'], env);
    await restarted.printed(/Switchyard listens on/);
    expect((await send(`${url}/v1/payments/${before.body.id}`, key)).body.client_secret).toBe(
      before.body.client_secret,
    );
    for (const one of [rotated, again, dropped, doctor]) {
      expect(one.stdout + one.stderr).not.toContain(old);
      expect(one.stdout + one.stderr).not.toContain(fresh);
    }
  }, 120_000);

  it('is continued after kill -9', async () => {
    const { server, url, key } = await start();
    const credentials = { secret_key: 'sk_test_rotation' };
    await send(`${url}/v1/connections`, key, { provider: 'paystack', credentials });
    const intent = { amount: 5000, currency: 'GHS', method: 'card', customer_id: 'a@example.com' };
    const ids: string[] = [];
    for (let round = 0; round < 5; round += 1)
      ids.push((await send(`${url}/v1/payments/intents`, key, intent)).body.id);
    const secrets = async () =>
      Promise.all(
        ids.map(async (id) => (await send(`${url}/v1/payments/${id}`, key)).body.client_secret),
      );
    const before = await secrets();
    const holdUp = await holdLastPayment();
    const killed = scratch.run(['keys', 'rotate-master'], env);
    await killed.printed(/1 secrets/); // the connection's; the payments' are waited for
    expect(await killed.signal('SIGKILL')).toMatchObject({ signal: 'SIGKILL' });
    await holdUp.end();
    expect(await secrets()).toEqual(before);
    const doctor = await command('doctor');
    expect(doctor.stdout).toMatch(/master key +note +\d+ secrets have an older key/);
    const resumed = await command('keys', 'rotate-master');
    expect(resumed).toMatchObject({ status: 0 });
    const file = readFileSync(join(env.SWITCHYARD_DATA_DIR!, 'master.key'), 'utf8');
    expect(file.trim().split(',')).toHaveLength(2); // continued, not begun anew
    expect(await secrets()).toEqual(before);
    await server.signal('SIGTERM');
  }, 120_000);
});
