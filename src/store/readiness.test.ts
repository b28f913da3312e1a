import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../test/database.ts';
import { type Db, openDb } from './db.ts';
import { hasSpace, watchReadiness } from './readiness.ts';

let database: TestDatabase;
let db: Db;
beforeAll(async () => {
  database = await testDatabase();
  db = openDb({ connection: { connectionString: database.connectionString }, maxConnections: 2 });
});
afterAll(async () => {
  await db?.close();
  await database?.close();
});

function refusal(code: string, hint = ''): Error {
  return Object.assign(new pg.DatabaseError('could not extend file', 0, 'error'), { code, hint });
}

/** A database that reads, and writes as it is told. */
function reading(write: () => Promise<never>): Db {
  return { ...db, disk: { full: true }, transaction: write };
}

describe('readiness', () => {
  it('is there when the database answers and is up to date', async () => {
    expect(await watchReadiness(db)()).toBeNull();
  });

  it('does not wait for a database that hangs, and asks it once, however many ask us', async () => {
    let asked = 0;
    const run = () => {
      asked += 1;
      return new Promise<never>(() => {});
    };
    const reason = watchReadiness({ ...db, run });
    const all = await Promise.all([reason(), reason(), reason()]);
    expect(all).toEqual(Array.from({ length: 3 }, () => 'database does not answer'));
    expect(asked).toBe(1);
  });

  it.each([
    ['53100', ''],
    ['XX000', 'Check free disk space.'],
  ])('is gone while nothing can be written (%s)', async (code, hint) => {
    const reason = watchReadiness(reading(() => Promise.reject(refusal(code, hint))));
    expect(await reason()).toBe('database disk full');
    expect(await reason()).toBe('database disk full');
  });

  it('comes back when something can be written again', async () => {
    const full = { ...db, disk: { full: true } };
    expect(await watchReadiness(full)()).toBeNull();
    expect(full.disk.full).toBe(false);
  });
});

describe('the question for space', () => {
  it('leaves nothing behind', async () => {
    expect(await hasSpace(db)).toBe(true);
    const left = await db.run(
      { name: '', text: `SELECT FROM pg_class WHERE relname = 'space_probe'` },
      [],
    );
    expect(left).toEqual([]);
  });
});
