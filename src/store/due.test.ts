import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../test/database.ts';
import { anAttempt, anOperation, aRecord, T0 } from '../../test/records.ts';
import { type Db, openDb } from './db.ts';
import {
  claimAttempts,
  claimOperations,
  claimPayments,
  forgetKeys,
  hasten,
  wakeOrphans,
} from './due.ts';
import { beginPayment, commitPayment, loadPayment } from './payments.ts';

let database: TestDatabase;
let db: Db;

beforeAll(async () => {
  database = await testDatabase();
  db = openDb({
    connection: { connectionString: database.connectionString },
    maxConnections: 6,
  });
  await query(`INSERT INTO organizations VALUES ('org_1', 'Acme', 'brn_1', NULL, now())`);
  await query(`INSERT INTO environments (id, organization_id, mode, created_at)
    VALUES ('env_1', 'org_1', 'sandbox', now())`);
});
beforeEach(() => query('TRUNCATE payments, attempts, operations, idempotency_keys CASCADE'));
afterAll(async () => {
  await db?.close();
  await database?.close();
});

function query<Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
  return db.run<Row>({ name: '', text }, values);
}

interface Times {
  readonly attemptAt?: number | null;
  readonly operationAt?: number | null;
  readonly paymentAt?: number | null;
}

async function store(
  number: number,
  { attemptAt = null, operationAt = null, paymentAt = null }: Times,
) {
  const id = `pay_${number}`;
  const attempt = anAttempt({ id: `att_${number}`, paymentId: id, nextSyncAt: attemptAt });
  const operation = anOperation({
    id: `ref_${number}`,
    paymentId: id,
    attemptId: attempt.id,
    nextSyncAt: operationAt,
  });
  const record = aRecord({ id, dueAt: paymentAt }, [attempt]);
  await beginPayment(db, record, { attempts: [attempt] });
  await commitPayment(db, { ...record, operations: [operation] }, { operations: [operation] });
}

const claims = [
  ['attempts', 'attemptAt', 'att', claimAttempts],
  ['operations', 'operationAt', 'ref', claimOperations],
  ['payments', 'paymentAt', 'pay', claimPayments],
] as const;

const lease = { leaseMs: 60_000, limit: 100 };

describe.each(claims)('due %s', (_, column, prefix, claim) => {
  it('are handed out once, the longest due first', async () => {
    await store(1, { [column]: T0 - 1 });
    await store(2, { [column]: T0 - 9 });
    await store(3, { [column]: T0 + 1 });
    await store(4, {});
    const found = await claim(db, { ...lease, nowMs: T0, limit: 1 });
    expect(found).toEqual([{ environmentId: 'env_1', paymentId: 'pay_2', id: `${prefix}_2` }]);
    const rest = await claim(db, { ...lease, nowMs: T0 });
    expect(rest.map((one) => one.id)).toEqual([`${prefix}_1`]);
    expect(await claim(db, { ...lease, nowMs: T0 })).toEqual([]);
  });

  it('come back when their worker died, not before its lease is over', async () => {
    await store(1, { [column]: T0 });
    expect(await claim(db, { ...lease, nowMs: T0 })).toHaveLength(1);
    expect(await claim(db, { ...lease, nowMs: T0 + 59_999 })).toEqual([]);
    expect(await claim(db, { ...lease, nowMs: T0 + 60_000 })).toHaveLength(1);
  });

  it('are shared by many workers, and none is done twice', async () => {
    const numbers = Array.from({ length: 30 }, (__, index) => index);
    for (const number of numbers) await store(number, { [column]: T0 - number });
    const rounds = Array.from({ length: 12 }, () => claim(db, { ...lease, nowMs: T0, limit: 3 }));
    const found = (await Promise.all(rounds)).flat().map((one) => one.id);
    let more = await claim(db, { ...lease, nowMs: T0 });
    expect(new Set(found).size).toBe(found.length);
    expect([...found, ...more.map((one) => one.id)].sort()).toEqual(
      numbers.map((number) => `${prefix}_${number}`).sort(),
    );
    more = await claim(db, { ...lease, nowMs: T0 });
    expect(more).toEqual([]);
  });
});

describe('a claim', () => {
  it('is no change of the payment: what was decided before it is still applied', async () => {
    await store(1, { paymentAt: T0, attemptAt: T0 });
    const seen = await loadPayment(db, 'env_1', 'pay_1');
    await claimPayments(db, { ...lease, nowMs: T0 });
    expect(await commitPayment(db, seen!, {})).toBe('done');
  });

  it('does not wait for a payment that is being changed', async () => {
    await store(1, { paymentAt: T0 });
    await store(2, { paymentAt: T0 });
    await db.transaction(async (tx) => {
      await tx.run({ name: '', text: `SELECT FROM payments WHERE id = 'pay_1' FOR UPDATE` }, []);
      const found = await claimPayments(db, { ...lease, nowMs: T0 });
      expect(found.map((one) => one.id)).toEqual(['pay_2']);
    });
  });
});

describe('after the only server died', () => {
  it('what it had sent or claimed is asked about at once, nothing else', async () => {
    const [within, beyond] = [T0 + 40_000, T0 + 120_000];
    await store(1, { attemptAt: beyond, operationAt: beyond });
    await store(2, { attemptAt: within, operationAt: within });
    await store(3, { attemptAt: beyond, operationAt: beyond });
    await query(`UPDATE attempts SET status = 'requires_action' WHERE id IN ('att_2', 'att_3')`);
    await query(`UPDATE operations SET status = 'pending' WHERE id IN ('ref_2', 'ref_3')`);
    await wakeOrphans(db, T0, 60_000);
    const ids = (due: readonly { readonly id: string }[]) => due.map(({ id }) => id).sort();
    expect(ids(await claimAttempts(db, { ...lease, nowMs: T0 }))).toEqual(['att_1', 'att_2']);
    expect(ids(await claimOperations(db, { ...lease, nowMs: T0 }))).toEqual(['ref_1', 'ref_2']);
  });
});

describe('after the time was put back', () => {
  it('what was put off in the wrong time is due at once; leases and what is far off stay', async () => {
    await store(1, { attemptAt: T0 + 30_000, operationAt: T0 + 30_000 });
    await store(2, { attemptAt: T0 + 3_600_000, operationAt: T0 + 3_600_000 });
    await store(3, { attemptAt: T0 + 7_200_000, operationAt: T0 + 7_200_000 });
    await hasten(db, { nowMs: T0, byMs: 3_600_000, leaseMs: 60_000 });
    const ids = (due: readonly { readonly id: string }[]) => due.map(({ id }) => id).sort();
    expect(ids(await claimAttempts(db, { ...lease, nowMs: T0 }))).toEqual(['att_2']);
    expect(ids(await claimOperations(db, { ...lease, nowMs: T0 }))).toEqual(['ref_2']);
  });
});

describe('Idempotency-Keys', () => {
  it('are forgotten when their lifetime is over', async () => {
    const insert = `INSERT INTO idempotency_keys (environment_id, route, key, fingerprint, created_at)
      VALUES ('env_1', 'r', $1, '', $2)`;
    await query(insert, ['old', new Date(T0 - 1)]);
    await query(insert, ['young', new Date(T0)]);
    await forgetKeys(db, T0);
    expect(await query('SELECT key FROM idempotency_keys')).toEqual([{ key: 'young' }]);
  });
});
