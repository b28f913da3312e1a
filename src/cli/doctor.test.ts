import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../test/database.ts';
import { readConfig } from '../config.ts';
import { saveMerchantConnection } from '../flows/connection/save.ts';
import type { Caller } from '../flows/context.ts';
import { createOrganization } from '../flows/organization/create.ts';

import { findEnvironment } from '../store/environments.ts';
import { examine, type Finding } from './doctor.ts';
import { commandChange } from './note-command.ts';
import { withContext } from './with-context.ts';

const masterKey = Buffer.from('0123456789abcdef0123456789abcdef').toString('base64');
const otherKey = Buffer.from('fedcba9876543210fedcba9876543210').toString('base64');

const asLeftOut = {
  id: null,
  mode: null,
  status: null,
  capabilities: null,
  routingHints: null,
  labels: null,
  feeStructure: null,
};

let database: TestDatabase;
let env: Record<string, string>;

beforeAll(async () => {
  database = await testDatabase();
  env = {
    PORT: '1', // nothing listens there
    DATABASE_URL: database.connectionString,
    SWITCHYARD_MASTER_KEY: masterKey,
  };
});
afterAll(() => database.close());

async function examined(change: Record<string, string> = {}): Promise<Map<string, Finding>> {
  const findings = await examine({ ...env, ...change });
  return new Map(findings.map((finding) => [finding.what, finding]));
}

async function connect(): Promise<string> {
  return withContext(readConfig(env), async (context) => {
    const wanted = { name: 'Acme', defaultCountry: null };
    const { organization } = await createOrganization(
      context,
      context.db,
      wanted,
      commandChange(context),
    );
    const environment = await findEnvironment(context.db, organization.environments[0]!.id);
    const caller = { environment, keyId: 'key_1', scopes: [], actorId: null } as unknown as Caller;
    const connection = await saveMerchantConnection(context, context.db, caller, {
      ...asLeftOut,
      provider: 'paystack',
      credentials: { secret_key: 'sk_test_doctor' },
    });
    return connection.id;
  });
}

describe('switchyard doctor', () => {
  it('stops at a wrong setting', async () => {
    expect(await examine({ ...env, SWITCHYARD_MASTER_KEY: '' })).toEqual([
      {
        what: 'settings',
        state: 'wrong',
        detail: expect.stringContaining('SWITCHYARD_MASTER_KEY'),
      },
    ]);
  });

  it('says that a database cannot be reached, and nothing of its password', async () => {
    const findings = await examined({ DATABASE_URL: 'postgres://user:hunter2@127.0.0.1:1/none' });
    expect(findings.get('database')).toEqual({
      what: 'database',
      state: 'wrong',
      detail: 'The database cannot be reached at 127.0.0.1 port 1: ECONNREFUSED.',
    });
  });

  it('says that a database was never migrated', async () => {
    const empty = new URL(database.connectionString);
    const client = new pg.Client(database.connectionString);
    await client.connect();
    const name = `${empty.pathname.slice(1)}_empty`;
    await client.query(`CREATE DATABASE ${name}`);
    empty.pathname = `/${name}`;
    const findings = await examined({ DATABASE_URL: empty.href });
    expect(findings.get('database')?.detail).toContain('switchyard migrate');
    await client.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await client.end();
  });

  it('finds nothing wrong in a new installation', async () => {
    const findings = await examined();
    expect([...findings.values()].filter(({ state }) => state === 'wrong')).toEqual([]);
    expect(findings.get('clock')?.state).toBe('ok');
    expect(findings.get('server')?.state).toBe('note');
    expect(findings.get('master key')?.detail).toContain('nothing is sealed yet');
  });

  it('asks the PSP of each connection, and notices a master key that does not fit', async () => {
    const what = `paystack sandbox ${await connect()}`;
    expect((await examined()).get(what)).toMatchObject({ state: 'note' });

    const nobody = { SWITCHYARD_PROVIDER_URLS: '{"paystack":"http://127.0.0.1:1"}' };
    const unreachable = await examined(nobody);
    expect(unreachable.get(what)).toMatchObject({ state: 'wrong' });
    expect(unreachable.get('master key')?.detail).toMatch(/opens what is stored/);

    const lost = await examined({ ...nobody, SWITCHYARD_MASTER_KEY: otherKey });
    expect(lost.get('master key')).toMatchObject({ state: 'wrong' });
    expect(lost.get(what)).toMatchObject({ state: 'wrong' });

    const rotating = await examined({ SWITCHYARD_MASTER_KEY: `${otherKey},${masterKey}` });
    expect(rotating.get('master key')).toMatchObject({
      state: 'note',
      detail: expect.stringContaining('rotate-master'),
    });
    for (const { detail } of [...unreachable.values(), ...lost.values()])
      expect(detail).not.toContain('sk_test_doctor');
  });
});
