// Whether the database answers and has every table that this version needs.
import { readdirSync } from 'node:fs';
import type { Executor, Statement } from './db.ts';

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
