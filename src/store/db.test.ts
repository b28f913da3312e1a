import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../test/database.ts';
import { isUnavailable } from './availability.ts';
import { type Db, openDb, sqlState, toTime, violatedConstraint } from './db.ts';

let database: TestDatabase;
let db: Db;

beforeAll(async () => {
  database = await testDatabase();
  db = openDb({ connection: { connectionString: database.connectionString }, maxConnections: 3 });
  await query('CREATE TABLE counters (id int PRIMARY KEY, value bigint NOT NULL)');
  await query('INSERT INTO counters VALUES (1, 0), (2, 0)');
});
afterAll(async () => {
  await db?.close();
  await database?.close();
});

function query<Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
  return db.run<Row>({ name: '', text }, values);
}

describe('values', () => {
  it('of bigint are exact', async () => {
    const [row] = await query(
      `SELECT 9223372036854775807::bigint AS big, 1::int AS small, NULL::bigint AS none`,
    );
    expect(row).toEqual({ big: 9_223_372_036_854_775_807n, small: 1, none: null });
  });

  it.each([0, 1, 1_767_607_200_000, 1_767_607_200_007, 253_402_300_799_999])(
    'of time %i come back as they were',
    async (epochMs) => {
      const [row] = await query('SELECT $1::timestamptz AS at', [toTime(epochMs)]);
      expect(row).toEqual({ at: epochMs });
    },
  );

  it('of no time are null', () => {
    expect(toTime(null)).toBeNull();
  });
});

describe('a transaction', () => {
  const add = { name: 'test_add', text: 'UPDATE counters SET value = value + 1 WHERE id = $1' };
  const values = () => query('SELECT value FROM counters ORDER BY id');

  it('that throws leaves nothing behind', async () => {
    const before = await values();
    const failing = db.transaction(async (tx) => {
      await tx.run(add, [1]);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await values()).toEqual(before);
  });

  it('that Postgres gives up because of a deadlock runs again', async () => {
    await query('UPDATE counters SET value = 0');
    let met: () => void = () => {};
    const meeting = new Promise<void>((resolve) => {
      met = resolve;
    });
    let waiting = 0;
    const both = (first: number, second: number) =>
      db.transaction(async (tx) => {
        await tx.run(add, [first]);
        waiting += 1;
        if (waiting >= 2) met();
        await meeting;
        await tx.run(add, [second]);
      });
    await Promise.all([both(1, 2), both(2, 1)]);
    expect(waiting).toBeGreaterThan(2);
    expect(await values()).toEqual([{ value: 2n }, { value: 2n }]);
  });
});

describe('a connection that hangs', () => {
  it('is given up, and the next statement gets another one', async () => {
    const connection = { connectionString: database.connectionString };
    const hasty = openDb({ connection, maxConnections: 1, statementTimeoutMs: 100 });
    try {
      const hanging = hasty.transaction(async (tx) => {
        // As a Postgres that does not answer: its own limit does not help.
        await tx.run({ name: '', text: 'SET LOCAL statement_timeout = 0' }, []);
        await tx.run({ name: '', text: 'SELECT pg_sleep(60)' }, []);
      });
      await expect(hanging).rejects.toSatisfy(isUnavailable);
      expect(await hasty.run({ name: '', text: 'SELECT 1 AS one' }, [])).toEqual([{ one: 1 }]);
    } finally {
      await hasty.close();
    }
  });
});

describe('a connection that is lost', () => {
  it('between two statements of a transaction ends the transaction, not the process', async () => {
    const lost = db.transaction(async (tx) => {
      const [own] = await tx.run<{ pid: number }>(
        { name: '', text: 'SELECT pg_backend_pid() AS pid' },
        [],
      );
      await query('SELECT pg_terminate_backend($1, 10000)', [own?.pid]);
      await tx.run({ name: '', text: 'SELECT 1' }, []);
    });
    await expect(lost).rejects.toSatisfy(isUnavailable);
    expect(await query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});

describe('errors', () => {
  it('tell what Postgres said', async () => {
    const error = await query('INSERT INTO counters VALUES (1, 0)').catch((one: unknown) => one);
    expect([sqlState(error), violatedConstraint(error)]).toEqual(['23505', 'counters_pkey']);
    const other = await query('SELECT nothing').catch((one: unknown) => one);
    expect([sqlState(other), violatedConstraint(other)]).toEqual(['42703', null]);
    expect([sqlState(new Error('x')), violatedConstraint(new Error('x'))]).toEqual([null, null]);
  });
});
