// Postgres plans a prepared statement for the size that a table has at the time, and keeps the plan until the table is
// analyzed. On a new database the first plans are for empty tables (read it all), and autovacuum comes after a minute:
// until then every payment would be looked up among all others. So tables that grew are analyzed at once while they are
// small; from then on their plans are the right ones, and they are autovacuum's.
import type { Executor, Statement } from './db.ts';

/** Rows from which a table is no longer young. */
const GROWN_ROWS = 20_000;

const TABLES = ['payments', 'attempts', 'operations', 'adjustments', 'events', 'idempotency_keys'];

const YOUNG: Statement = {
  name: 'young_tables',
  text: `
SELECT c.relname AS "table", s.n_mod_since_analyze > greatest(200, c.reltuples) AS grew
FROM pg_class c JOIN pg_stat_user_tables s ON s.relid = c.oid
WHERE c.oid = ANY (SELECT to_regclass(name) FROM unnest($1::text[]) name) AND c.reltuples < ${GROWN_ROWS}`,
};

/** Analyzes the young tables that have doubled since they were last looked at. False when no table is young any more. */
export async function analyzeYoungTables(db: Executor): Promise<boolean> {
  const young = await db.run<{ table: string; grew: boolean }>(YOUNG, [TABLES]);
  for (const { table, grew } of young)
    if (grew) await db.run({ name: `analyze_${table}`, text: `ANALYZE ${table}` }, []);
  return young.length > 0;
}
