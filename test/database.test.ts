import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from './database.ts';

async function query(database: TestDatabase | undefined, text: string) {
  const client = new pg.Client(database?.connectionString);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

describe('a test database', () => {
  const made: TestDatabase[] = [];
  beforeAll(async () => {
    made.push(...(await Promise.all([testDatabase(), testDatabase()])));
  });
  afterAll(() => Promise.all(made.map((database) => database.close())));

  it('has every migration applied', async () => {
    const rows = await query(made[0], 'SELECT name FROM migrations ORDER BY name');
    expect(rows).toContainEqual({ name: '0001_foundation.sql' });
  });

  it('is not shared with another file', async () => {
    await query(made[0], 'CREATE TABLE only_here (id int)');
    const rows = await query(made[1], "SELECT to_regclass('only_here') AS found");
    expect(rows).toEqual([{ found: null }]);
  });

  it('sorts text by bytes, as the embedded database does', async () => {
    const rows = await query(
      made[0],
      "SELECT 'a' < 'B' AS a_first, current_setting('server_encoding') AS encoding",
    );
    expect(rows).toEqual([{ a_first: false, encoding: 'UTF8' }]);
  });

  it('is dropped when closed although somebody is connected', async () => {
    const database = await testDatabase();
    const client = new pg.Client(database.connectionString);
    const lost = new Promise((resolve) => client.on('error', resolve));
    await client.connect();
    await database.close();
    expect(await lost).toBeInstanceOf(Error);
    await expect(query(database, 'SELECT 1')).rejects.toThrow(/does not exist/);
  });
});
