// One Postgres for the whole test run: the server that SWITCHYARD_TEST_DATABASE_URL names, or a
// throw-away cluster of the bundled one. Without fsync: nothing in it outlives the run.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startEmbedded } from '../src/store/embedded/start.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A superuser's URL of the run's server, and what the names of its databases begin with. */
    testServer: { readonly url: string; readonly prefix: string };
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const prefix = `switchyard_test_${process.pid}`;
  const given = process.env.SWITCHYARD_TEST_DATABASE_URL;
  if (given !== undefined && given !== '') {
    project.provide('testServer', { url: given, prefix });
    return () => dropDatabases(given, prefix);
  }
  const dataDir = await mkdtemp(join(tmpdir(), 'switchyard-test-'));
  const postgres = await startEmbedded({
    dataDir,
    log: (line) => process.stderr.write(`${line}\n`),
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' },
  });
  const { host, port, user, database } = postgres.connection;
  const url = `postgres://${user}@${encodeURIComponent(host)}:${port}/${database}`;
  project.provide('testServer', { url, prefix });
  return async () => {
    await postgres.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
}

async function dropDatabases(url: string, prefix: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const { rows } = await client.query<{ datname: string }>(
      'SELECT datname FROM pg_database WHERE starts_with(datname, $1)',
      [prefix],
    );
    for (const { datname } of rows) {
      await client.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(datname)} WITH (FORCE)`);
    }
  } finally {
    await client.end();
  }
}
