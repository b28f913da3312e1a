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
