import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../test/database.ts';
import { migrate } from './migrate.ts';

let database: TestDatabase;
let config: pg.ClientConfig;

beforeAll(async () => {
  database = await testDatabase();
  config = { connectionString: database.connectionString };
});
beforeEach(() => query('DROP SCHEMA public CASCADE; CREATE SCHEMA public'));
afterAll(() => database?.close());

async function query(text: string) {
  const client = new pg.Client(config);
  await client.connect();
  try {
    return (await client.query(text)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}

describe('migrations', () => {
  it('are applied in order, once', async () => {
    const applied = await migrate(config);
    expect(applied[0]).toBe('0001_foundation.sql');
    expect(applied).toEqual([...applied].sort());
    expect(await migrate(config)).toEqual([]);
    const rows = await query('SELECT name FROM migrations ORDER BY name');
    expect(rows.map((one) => one.name)).toEqual(applied);
  });

  it('are applied by one of two servers that start at once', async () => {
    const both = await Promise.all([migrate(config), migrate(config), migrate(config)]);
    expect(both.filter((one) => one.length > 0)).toHaveLength(1);
  });

  it('are never edited once a version with them was released: `sha256sum *.sql > released.sha256`', () => {
    const folder = new URL('./migrations/', import.meta.url);
    const released = readFileSync(new URL('released.sha256', folder), 'utf8').trim().split('\n');
    expect(released.length).toBeGreaterThan(7);
    for (const line of released) {
      const [hash, name] = line.split(/ +/);
      const now = createHash('sha256').update(readFileSync(new URL(name!, folder)));
      expect([name, now.digest('hex')]).toEqual([name, hash]);
    }
  });

  it('that were edited after they were applied stop the start', async () => {
    await migrate(config);
    await query(`UPDATE migrations SET hash = 'other' WHERE name = '0001_foundation.sql'`);
    await expect(migrate(config)).rejects.toThrow('0001_foundation.sql was changed');
  });

  it('that fail leave nothing behind, and are applied when the cause is gone', async () => {
    await query('CREATE TABLE payments (id int)');
    await expect(migrate(config)).rejects.toThrow('already exists');
    expect(await query(`SELECT to_regclass('organizations') AS found`)).toEqual([{ found: null }]);
    await query('DROP TABLE payments');
    expect(await migrate(config)).toContain('0001_foundation.sql');
  });

  it('give every table of an environment a key that begins with it', async () => {
    await migrate(config);
    const rows = await query(`
      SELECT t.table_name AS name, (
        SELECT a.attname FROM pg_index i
        JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
        WHERE i.indrelid = format('%I', t.table_name)::regclass AND i.indisprimary) AS first
      FROM information_schema.columns t
      WHERE t.table_schema = 'public' AND t.column_name = 'environment_id'`);
    expect(rows.length).toBeGreaterThan(10);
    for (const { name, first } of rows) expect([name, first]).toEqual([name, 'environment_id']);
  });
});
