// A fresh, migrated database for one test file, copied from a template that the first caller of the
// run makes. Tests of different files never see each other's rows.
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { migrate } from '../src/store/migrate.ts';

export interface TestDatabase {
  /** For `pg` and for `DATABASE_URL` of a server under test. */
  readonly connectionString: string;
  /** Drops it, whoever is still connected. */
  close(): Promise<void>;
}

/** Any number: one worker at a time looks for the template and makes it. */
const TEMPLATE_LOCK = 7_219_443_002;

/**
 * @example
 * const database = await testDatabase();
 * afterAll(() => database.close());
 * const db = openDb({ connection: { connectionString: database.connectionString }, maxConnections: 4 });
 */
export async function testDatabase(): Promise<TestDatabase> {
  const { url, prefix } = inject('testServer');
  const template = `${prefix}_template`;
  const name = `${prefix}_${randomBytes(6).toString('hex')}`;
  await withClient(url, async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK]);
    await provideTemplate(client, url, template);
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  });
  return {
    connectionString: urlOf(url, name),
    close: () =>
      withClient(url, async (client) => {
        await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      }),
  };
}

async function provideTemplate(client: pg.Client, url: string, template: string): Promise<void> {
  const found = await client.query('SELECT FROM pg_database WHERE datname = $1', [template]);
  if (found.rowCount !== 0) return;
  const draft = `${template}_draft`;
  await client.query(`DROP DATABASE IF EXISTS ${draft} WITH (FORCE)`);
  await client.query(`CREATE DATABASE ${draft} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'`);
  await migrate({ connectionString: urlOf(url, draft) });
  // A template under its final name is a complete one.
  await client.query(`ALTER DATABASE ${draft} RENAME TO ${template}`);
}

function urlOf(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}

async function withClient(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
