import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../test/database.ts';
import { type Db, openDb } from './db.ts';
import { analyzeYoungTables } from './young-tables.ts';

let database: TestDatabase;
let db: Db;

beforeAll(async () => {
  database = await testDatabase();
  db = openDb({ connection: { connectionString: database.connectionString }, maxConnections: 1 });
  // Otherwise it might come first.
  await query('ALTER TABLE events SET (autovacuum_enabled = false)');
});
afterAll(async () => {
  await db?.close();
  await database?.close();
});

function query<Row>(text: string): Promise<Row[]> {
  return db.run<Row>({ name: '', text }, []);
}

async function addEvents(count: number): Promise<void> {
  await query(`INSERT INTO events (environment_id, id, type, snapshot, created_at)
    SELECT 'env_1', 'evt_' || n, 'test', '{}', now() FROM generate_series(1, ${count}) n`);
  await query('SELECT pg_stat_force_next_flush()');
  await query('SELECT 1'); // the counts are handed in between two statements
}

async function knownRows(): Promise<number> {
  const sql = `SELECT reltuples::int AS rows FROM pg_class WHERE relname = 'events'`;
  const [row] = await query<{ rows: number }>(sql);
  return row?.rows ?? Number.NaN;
}

describe('young tables', () => {
  it('are analyzed when they have grown, and left alone when they have not', async () => {
    await addEvents(100);
    expect(await analyzeYoungTables(db)).toBe(true);
    expect(await knownRows()).toBe(-1);
    await addEvents(200);
    await analyzeYoungTables(db);
    expect(await knownRows()).toBe(300);
    await addEvents(250);
    await analyzeYoungTables(db);
    expect(await knownRows()).toBe(300);
  });

  it('gives a statement that was planned for an empty table the plan for a full one', async () => {
    const counted = async () => {
      const sql = `SELECT seq_scan::int AS scans FROM pg_stat_user_tables WHERE relname = 'idempotency_keys'`;
      await query('SELECT pg_stat_force_next_flush()');
      return (await query<{ scans: number }>(sql))[0]?.scans ?? 0;
    };
    const text = `SELECT k.key FROM jsonb_to_recordset($1::jsonb) AS w(environment_id text, route text, key text)
      JOIN idempotency_keys k USING (environment_id, route, key)`;
    const wanted = ['1', '2', '3'].map((key) => ({ environment_id: 'env_1', route: 'r', key }));
    const find = () => db.run({ name: 'find_keys_of_a_test', text }, [JSON.stringify(wanted)]);
    await query('TRUNCATE idempotency_keys'); // of a try before
    for (let time = 0; time < 8; time += 1) await find();
    await query(`INSERT INTO idempotency_keys (environment_id, route, key, fingerprint, created_at)
      SELECT 'env_1', 'r', n::text, repeat('x', 500)::bytea, now() FROM generate_series(1, 20001) n`);
    const before = await counted();
    await analyzeYoungTables(db);
    expect(await find()).toHaveLength(3);
    expect(await counted()).toBe(before);
  });

  it('are none any more when every table has many rows', async () => {
    await query(
      'UPDATE pg_class SET reltuples = 20000 WHERE relnamespace = current_schema()::regnamespace',
    );
    expect(await analyzeYoungTables(db)).toBe(false);
  });
});
