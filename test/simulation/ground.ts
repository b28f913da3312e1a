// The database that worlds stand on, one after the other: real Postgres, emptied in between.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type Db, openDb } from '../../src/store/db.ts';
import { startEmbedded } from '../../src/store/embedded/start.ts';
import { migrate } from '../../src/store/migrate.ts';

export interface Ground {
  readonly db: Db;
  /** Back to the day it was made, identities included. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** A throw-away Postgres of its own. Without fsync: nothing in it outlives the run. */
export async function breakGround(): Promise<Ground> {
  const dataDir = await mkdtemp(join(tmpdir(), 'switchyard-simulation-'));
  const postgres = await startEmbedded({
    dataDir,
    log: () => {},
    // Vacuum moves rows, and with them the order in which Postgres finds them: not in a world that has to be repeatable.
    settings: {
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      autovacuum: 'off',
    },
  });
  const { host, port, user, database } = postgres.connection;
  const ground = await groundOf(
    `postgres://${user}@${encodeURIComponent(host)}:${port}/${database}`,
  );
  return {
    ...ground,
    close: async () => {
      await ground.close();
      await postgres.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function groundOf(connectionString: string): Promise<Ground> {
  await migrate({ connectionString });
  const db = openDb({ connection: { connectionString }, maxConnections: 2 });
  const client = new pg.Client({ connectionString });
  await client.connect();
  const tables = (await emptyTables(client)).join(', ');
  return {
    db,
    clear: async () => {
      await client.query(`TRUNCATE ${tables} RESTART IDENTITY CASCADE`);
    },
    close: async () => {
      await client.end();
      await db.close();
    },
  };
}

/** What migrations filled stays. */
async function emptyTables(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'`,
  );
  const empty: string[] = [];
  for (const { name } of rows) {
    const found = await client.query(`SELECT FROM ${name} LIMIT 1`);
    if (found.rowCount === 0) empty.push(name);
  }
  return empty;
}

const DUE = {
  name: 'simulation_due',
  text: `
SELECT (SELECT min(next_sync_at) FROM attempts) AS attempts,
  (SELECT min(next_sync_at) FROM operations) AS operations,
  (SELECT min(due_at) FROM payments) AS payments,
  (SELECT min(next_try_at) FROM inbound_webhooks) AS webhooks,
  (SELECT min(next_try_at) FROM conflicts) AS conflicts,
  (SELECT min(next_poll_at) FROM ingestions) AS ingestion,
  (SELECT min(next_try_at) FROM deliveries) AS deliveries`,
};

/** When each queue of the worker has something to do next, by its name; null: never. */
export type Due = Readonly<Record<string, number | null>>;

export async function readDue(db: Db): Promise<Due> {
  const [row] = await db.run<Record<string, number | null>>(DUE, []);
  return { ...row, 'slow deliveries': row?.deliveries ?? null };
}

/** Null: nothing will ever be. */
export function earliest(due: Due): number | null {
  const times = Object.values(due).filter((time) => time !== null);
  return times.length === 0 ? null : Math.min(...times);
}
