// For tests: where a text stands that must not be stored.
import type { Db } from '../src/store/db.ts';

/** The tables that hold the text, in whatever column. */
export async function tablesWith(db: Db, text: string): Promise<string[]> {
  const list = `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`;
  const tables = await db.run<{ name: string }>({ name: 'test_tables', text: list }, []);
  const found = await Promise.all(
    tables.map(async ({ name }) => {
      const sql = `SELECT 1 FROM ${name} t WHERE strpos(t::text, $1) > 0 LIMIT 1`;
      const rows = await db.run({ name: `test_text_${name}`, text: sql }, [text]);
      return rows.length > 0 ? [name] : [];
    }),
  );
  return found.flat();
}
