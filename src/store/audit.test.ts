import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../test/database.ts';
import { addAudit, chainHashAt, listAudit, listChain, verifyChains } from './audit.ts';
import { type Db, openDb } from './db.ts';

let database: TestDatabase;
let db: Db;
let owner: pg.Client;
beforeAll(async () => {
  database = await testDatabase();
  const { connectionString } = database;
  db = openDb({ connection: { connectionString }, maxConnections: 8 });
  owner = new pg.Client(connectionString);
  await owner.connect();
});
afterAll(async () => {
  await owner?.end();
  await db?.close();
  await database?.close();
});

const actor = { type: 'operator', id: 'ama', keyId: 'admin token' } as const;
const note = (environmentId: string, index: number) =>
  addAudit(
    db,
    {
      environmentId,
      subject: { type: 'payment', id: `pay_${index}` },
      action: 'looked at',
      metadata: { index, text: 'ä\n"' },
    },
    { actor, nowMs: 1_767_225_600_123 + index },
  );
const stateOf = async (environmentId: string) =>
  (await verifyChains(db)).find((one) => one.environmentId === environmentId);

/** As somebody with the database in his hands would, past the triggers. */
async function tamper(sql: string): Promise<void> {
  await owner.query(
    `SET session_replication_role = replica; ${sql}; SET session_replication_role = origin`,
  );
}

describe('the audit log', () => {
  it('is a whole chain for each environment, also when many write at once', async () => {
    await Promise.all(
      Array.from({ length: 30 }, (_, index) => note(index % 2 ? 'env_a' : 'env_b', index)),
    );
    expect(await stateOf('env_a')).toMatchObject({
      entries: 15n,
      position: 15n,
      broken: null,
      whole: true,
    });
    expect(await stateOf('env_b')).toMatchObject({ entries: 15n, broken: null, whole: true });
    const query = { before: null, subjectType: null, subjectId: null, limit: 200 };
    const entries = await listChain(db, { environmentId: 'env_a', ...query });
    expect(entries.map(({ position }) => Number(position))).toEqual(
      Array.from({ length: 15 }, (_, index) => 15 - index),
    );
    expect(entries[0]).toMatchObject({
      actorType: 'operator',
      actorId: 'ama',
      metadata: { key_id: 'admin token' },
    });
    expect(await chainHashAt(db, 'env_a', 15n)).toBe((await stateOf('env_a'))?.hash);
  });

  it('takes nothing back', async () => {
    for (const sql of [
      "UPDATE audit_entries SET actor_id = 'x'",
      'DELETE FROM audit_entries',
      'TRUNCATE audit_entries',
      'DELETE FROM audit_heads',
      'TRUNCATE audit_heads',
    ])
      await expect(owner.query(sql)).rejects.toThrow('append-only');
  });

  it.each([
    [
      'changed',
      `UPDATE audit_entries SET actor_id = 'kofi' WHERE environment_id = $env AND position = 3`,
      3n,
    ],
    [
      'made older',
      `UPDATE audit_entries SET created_at = created_at - interval '1 ms' WHERE environment_id = $env AND position = 2`,
      2n,
    ],
    ['removed', 'DELETE FROM audit_entries WHERE environment_id = $env AND position = 4', 5n],
    [
      'exchanged with another',
      `UPDATE audit_entries SET position = 9 WHERE environment_id = $env AND position = 2;
       UPDATE audit_entries SET position = 2 WHERE environment_id = $env AND position = 3;
       UPDATE audit_entries SET position = 3 WHERE environment_id = $env AND position = 9`,
      2n,
    ],
    [
      'inserted',
      `INSERT INTO audit_entries (environment_id, subject_type, subject_id, actor_type, actor_id, action, metadata,
         created_at, position, hash)
       SELECT environment_id, subject_type, subject_id, actor_type, 'kofi', action, metadata, created_at, 7, hash
       FROM audit_entries WHERE environment_id = $env AND position = 6`,
      7n,
    ],
  ])('shows where an entry was %s', async (what, sql, place) => {
    const environmentId = `env_${what.replaceAll(' ', '_')}`;
    for (let index = 0; index < 6; index += 1) await note(environmentId, index);
    await tamper(sql.replaceAll('$env', `'${environmentId}'`));
    expect((await stateOf(environmentId))?.broken).toBe(place);
  });

  it('lists entries in the order of the chain, whatever numbers their rows have', async () => {
    const subject = { type: 'payment', id: 'pay_7' } as const;
    for (let index = 0; index < 3; index += 1)
      await addAudit(
        db,
        { environmentId: 'env_order', subject, action: `step ${index}`, metadata: {} },
        { actor, nowMs: 1_767_225_600_000 },
      );
    await tamper(
      `UPDATE audit_entries SET id = DEFAULT WHERE environment_id = 'env_order' AND position = 1`,
    );
    const { entries } = await listAudit(db, 'env_order', subject, { limit: 10, offset: 0 });
    expect(entries.map(({ action }) => action)).toEqual(['step 2', 'step 1', 'step 0']);
  });

  it('shows that its end was cut off', async () => {
    for (let index = 0; index < 3; index += 1) await note('env_cut', index);
    await tamper(`DELETE FROM audit_entries WHERE environment_id = 'env_cut' AND position = 3`);
    expect(await stateOf('env_cut')).toMatchObject({ broken: null, whole: false });
    await tamper(`DELETE FROM audit_entries WHERE environment_id = 'env_cut'`);
    expect(await stateOf('env_cut')).toMatchObject({ entries: 0n, whole: false });
  });
});
