// Whether the database answers and has every table that this version needs.
import { readdirSync } from 'node:fs';
import { type Db, type Executor, isDiskFull, type Statement } from './db.ts';

const APPLIED: Statement = {
  name: 'migrations_applied',
  text: 'SELECT count(*)::int AS applied FROM migrations WHERE name = ANY($1)',
};

const names = readdirSync(new URL('./migrations/', import.meta.url)).filter((name) =>
  name.endsWith('.sql'),
);

/** False when a migration is missing; throws when the database cannot be reached. */
export async function isMigrated(db: Executor): Promise<boolean> {
  const [row] = await db.run<{ applied: number }>(APPLIED, [names]);
  return row?.applied === names.length;
}

/** Longer than a database takes that works; shorter than those who ask commonly wait. */
const ANSWERS_WITHIN_MS = 2_000;

/** Asks whether the database can work. Answers null, or what is wrong; one question at a time, however many ask. */
export function watchReadiness(db: Db): () => Promise<string | null> {
  let looking: Promise<string | null> | null = null;
  return async () => {
    looking ??= reasonAgainst(db).finally(() => {
      looking = null;
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(resolve, ANSWERS_WITHIN_MS, 'database does not answer');
    });
    return Promise.race([looking, late]).finally(() => clearTimeout(timer));
  };
}

async function reasonAgainst(db: Db): Promise<string | null> {
  try {
    if (!(await isMigrated(db))) return 'database not migrated';
    if (db.disk?.full) db.disk.full = !(await hasSpace(db));
    return db.disk?.full ? 'database disk full' : null;
  } catch {
    return 'database not reachable';
  }
}

const WRITE: Statement = {
  name: '',
  text: `CREATE TEMP TABLE space_probe ON COMMIT DROP AS SELECT repeat(md5(n::text), 64) FROM generate_series(1, 1000) n`,
};
const UNDONE = new Error('enough was learned');

/** Writes two megabytes and takes them back. */
export async function hasSpace(db: Db): Promise<boolean> {
  try {
    await db.transaction(async (tx) => {
      await tx.run(WRITE, []);
      throw UNDONE;
    });
  } catch (error) {
    if (error === UNDONE) return true;
    if (isDiskFull(error)) return false;
    throw error;
  }
  return true;
}

const FACTS: Statement = {
  name: 'database_facts',
  text: `SELECT current_setting('server_version') AS version, clock_timestamp() AS "nowMs"`,
};

/** Its version (`18.1`) and what time it has, in epoch milliseconds. */
export async function databaseFacts(
  db: Executor,
): Promise<{ readonly version: string; readonly nowMs: number }> {
  const [facts] = await db.run<{ version: string; nowMs: number }>(FACTS, []);
  return facts!;
}
