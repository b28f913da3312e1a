// The database that worlds stand on, one after the other: real Postgres, emptied in between.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Db, openDb, type Statement } from '../../src/store/db.ts';
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
    settings: {
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      wal_level: 'minimal',
      max_wal_senders: '0',
      shared_buffers: '64MB',
      // Vacuum moves rows, and with them the order in which Postgres finds them: only between worlds.
      autovacuum: 'off',
      // A plan that is made when a statement comes first, whatever its values: the same in every run.
      plan_cache_mode: 'force_generic_plan',
    },
  });
  const { host, port, user, database } = postgres.connection;
  const connectionString = `postgres://${user}@${encodeURIComponent(host)}:${port}/${database}`;
  await migrate({ connectionString });
  // One connection: one thing happens at a time.
  const db = watched(
    openDb({ connection: { connectionString }, maxConnections: 1, statementTimeoutMs: 0 }),
  );
  await db.run(command('VACUUM'), []);
  const filled = new Set(await tablesWithRows(db));
  return {
    db,
    clear: () => clear(db, filled),
    close: async () => {
      await db.close();
      await postgres.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/**
 * What migrations filled stays. An emptied table has no pages, counters begin anew, and plans are forgotten: nothing is
 * left of a world that could change the order in which the next one finds its rows.
 */
async function clear(db: Db, filled: ReadonlySet<string>): Promise<void> {
  const used = (await tablesWithRows(db)).filter((table) => !filled.has(table));
  if (used.length > 0) {
    const deletes = used.map((table) => `DELETE FROM ${table};`).join(' ');
    // Without a look at foreign keys: all of it goes.
    await db.run(command(`SET LOCAL session_replication_role = replica; ${deletes}`), []);
    await db.run(command(`VACUUM ${used.join(', ')}`), []);
  }
  await db.run(RESTART, []);
  await db.run(command('DISCARD PLANS'), []);
}

/** Not prepared. */
function command(text: string): Statement {
  return { name: '', text };
}

const TABLES: Statement = {
  name: 'simulation_tables',
  text: `
SELECT quote_ident(relname) AS name FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0 ORDER BY 1`,
};

const RESTART: Statement = {
  name: 'simulation_restart',
  text: `
SELECT setval(oid::regclass, 1, false) FROM pg_class
WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace`,
};

async function tablesWithRows(db: Db): Promise<string[]> {
  return (await db.run<{ name: string }>(TABLES, [])).map(({ name }) => name);
}

/** Of a pace: an endpoint that somebody delivers to is his until his lease ends. */
const deliveriesDue = (pace: string) => `
  (SELECT min(greatest(w.leased_until, d.next_try_at)) FROM endpoints w, LATERAL (
     SELECT next_try_at FROM deliveries
     WHERE environment_id = w.environment_id AND endpoint_id = w.id AND next_try_at IS NOT NULL
     ORDER BY next_try_at LIMIT 1) d
   WHERE w.status = 'active' AND w.pace = '${pace}')`;

const DUE: Statement = {
  name: 'simulation_due',
  text: `
SELECT (SELECT min(next_sync_at) FROM attempts) AS attempts,
  (SELECT min(next_sync_at) FROM operations) AS operations,
  (SELECT min(due_at) FROM payments) AS payments,
  (SELECT min(next_try_at) FROM inbound_webhooks) AS webhooks,
  (SELECT min(next_try_at) FROM conflicts) AS conflicts,
  (SELECT min(next_poll_at) FROM ingestions) AS ingestion,
  ${deliveriesDue('fast')} AS deliveries,
  ${deliveriesDue('slow')} AS "slow deliveries"`,
};

/** When each queue of the worker has something to do next, by its name; null: never. */
export type Due = Readonly<Record<string, number | null>>;

/** What was read of a database, until something is written that could change it: most looks find nothing new. */
const lastRead = new WeakMap<Db, Due>();

export async function readDue(db: Db): Promise<Due> {
  const known = lastRead.get(db);
  if (known) return known;
  const [row] = await db.run<Record<string, number | null>>(DUE, []);
  const due = { ...row };
  lastRead.set(db, due);
  return due;
}

const QUEUES =
  /\b(?:attempts|operations|payments|inbound_webhooks|conflicts|ingestions|deliveries|endpoints)\b/;
const WRITES = /\b(?:INSERT|UPDATE|DELETE)\b/;

/** Notices what is written to a table that is a queue. */
function watched(db: Db): Db {
  const touching = new Map<string, boolean>();
  const touches = ({ name, text }: Statement): boolean => {
    const known = touching.get(name);
    if (known !== undefined) return known;
    const found = name === '' || (WRITES.test(text) && QUEUES.test(text));
    if (name !== '') touching.set(name, found);
    return found;
  };
  const own: Db = {
    ...db,
    run: (statement, values) => {
      if (touches(statement)) lastRead.delete(own);
      return db.run(statement, values);
    },
    transaction: (work) => {
      lastRead.delete(own);
      return db.transaction(work);
    },
  };
  return own;
}

/** Null: nothing will ever be. */
export function earliest(due: Due): number | null {
  const times = Object.values(due).filter((time) => time !== null);
  return times.length === 0 ? null : Math.min(...times);
}
