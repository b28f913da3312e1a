// Pools of accounts: static ones list theirs, dynamic ones have a query that their accounts match.
import { type AccountName, accountColumns, ITS_CONNECTION_IS } from './accounts.ts';
import { type Executor, type Statement, toTime } from './db.ts';
import { type Columns, type Condition, type PageRequest, pageSql } from './pages.ts';

export interface Pool {
  readonly environmentId: string;
  readonly id: string;
  readonly name: string;
  /** Null: static. */
  readonly query: Readonly<Record<string, unknown>> | null;
  readonly createdAt: number;
}

const FIELDS = `t.environment_id AS "environmentId", t.id, t.name, t.query, t.created_at AS "createdAt"`;

const INSERT: Statement = {
  name: 'pools_insert',
  text: `INSERT INTO pools (environment_id, id, name, query, created_at) VALUES ($1, $2, $3, $4, $5)`,
};

/** Violates `pools_name` when the name is taken. */
export async function insertPool(tx: Executor, pool: Pool): Promise<void> {
  const { environmentId, id, name, query, createdAt } = pool;
  const values = [environmentId, id, name, query && JSON.stringify(query), toTime(createdAt)];
  await tx.run(INSERT, values);
}

const FIND: Statement = {
  name: 'pools_find',
  text: `SELECT ${FIELDS} FROM pools t WHERE t.environment_id = $1 AND t.id = $2`,
};

export async function findPool(
  db: Executor,
  environmentId: string,
  id: string,
): Promise<Pool | null> {
  const [row] = await db.run<Pool>(FIND, [environmentId, id]);
  return row ?? null;
}

const DELETE: Statement = {
  name: 'pools_delete',
  text: `DELETE FROM pools WHERE environment_id = $1 AND id = $2`,
};

export async function deletePool(db: Executor, environmentId: string, id: string): Promise<void> {
  await db.run(DELETE, [environmentId, id]);
}

const SET_QUERY: Statement = {
  name: 'pools_set_query',
  text: `UPDATE pools SET query = $3 WHERE environment_id = $1 AND id = $2 AND query IS NOT NULL`,
};

export async function setPoolQuery(
  db: Executor,
  { environmentId, id }: Pool,
  query: Readonly<Record<string, unknown>>,
): Promise<void> {
  await db.run(SET_QUERY, [environmentId, id, JSON.stringify(query)]);
}

const ADD: Statement = {
  name: 'pools_add_accounts',
  text: `
INSERT INTO pool_accounts (environment_id, pool_id, connection_id, account_reference)
SELECT $1, $2, w.* FROM unnest($3::text[], $4::text[]) AS w ON CONFLICT DO NOTHING`,
};

export async function addPoolAccounts(
  db: Executor,
  { environmentId, id }: Pick<Pool, 'environmentId' | 'id'>,
  accounts: readonly AccountName[],
): Promise<void> {
  const connections = accounts.map(({ connectionId }) => connectionId);
  const references = accounts.map(({ reference }) => reference);
  await db.run(ADD, [environmentId, id, connections, references]);
}

const REMOVE: Statement = {
  name: 'pools_remove_account',
  text: `
DELETE FROM pool_accounts
WHERE environment_id = $1 AND pool_id = $2 AND connection_id = $3 AND account_reference = $4`,
};

export async function removePoolAccount(
  db: Executor,
  { environmentId, id }: Pool,
  { connectionId, reference }: AccountName,
): Promise<void> {
  await db.run(REMOVE, [environmentId, id, connectionId, reference]);
}

const OF_STATIC: Statement = {
  name: 'pools_accounts',
  text: `
SELECT t.connection_id AS "connectionId", t.account_reference AS reference FROM pool_accounts t
WHERE t.environment_id = $1 AND t.pool_id = $2 AND ${ITS_CONNECTION_IS} ORDER BY 1, 2`,
};

export function accountsOfStaticPool(
  db: Executor,
  { environmentId, id }: Pool,
): Promise<AccountName[]> {
  return db.run<AccountName>(OF_STATIC, [environmentId, id]);
}

/** More than any pool has: a query that finds more is answered with the oldest. */
const ACCOUNTS_MAX = 10_000;

/** The merchant's own accounts that a query finds. */
export function accountsOfQuery(
  db: Executor,
  environmentId: string,
  filter: Condition | null,
): Promise<AccountName[]> {
  const values: unknown[] = [environmentId];
  const page = { limit: ACCOUNTS_MAX, filter, order: [], after: null };
  const { where } = pageSql(page, accountColumns, values);
  const text = `SELECT t.connection_id AS "connectionId", t.reference FROM accounts t
WHERE t.environment_id = $1 AND t.type = 'INTERNAL' AND ${ITS_CONNECTION_IS}${where} ORDER BY t.sequence LIMIT ${ACCOUNTS_MAX}`;
  return db.run<AccountName>({ name: '', text }, values);
}

const COLUMNS: Columns = {
  sequence: { sql: 't.sequence', type: 'bigint' },
  id: { sql: 't.id', type: 'text' },
  name: { sql: 't.name', type: 'text' },
  created_at: { sql: 't.created_at', type: 'timestamptz' },
};

export function pagePools(
  db: Executor,
  environmentId: string,
  page: PageRequest,
): Promise<(Pool & { readonly position: readonly string[] })[]> {
  const values: unknown[] = [environmentId, page.limit];
  const { where, orderBy, position } = pageSql(page, COLUMNS, values);
  const text = `SELECT ${FIELDS}, ${position} AS position FROM pools t
WHERE t.environment_id = $1${where} ORDER BY ${orderBy} LIMIT $2`;
  return db.run({ name: '', text }, values);
}
