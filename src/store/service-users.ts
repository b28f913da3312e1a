// Formance's payment service users: whom bank accounts belong to.
import { type Executor, type Statement, toTime } from './db.ts';
import { type Columns, type PageRequest, pageSql } from './pages.ts';

export interface ServiceUser {
  readonly environmentId: string;
  readonly id: string;
  readonly name: string;
  readonly contact: Readonly<Record<string, string>>;
  readonly address: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly bankAccountIds: readonly string[];
  readonly createdAt: number;
}

const FIELDS = `t.environment_id AS "environmentId", t.id, t.name, t.contact, t.address, t.metadata,
  t.created_at AS "createdAt", ARRAY(
    SELECT b.bank_account_id FROM service_user_bank_accounts b
    WHERE b.environment_id = t.environment_id AND b.user_id = t.id ORDER BY 1) AS "bankAccountIds"`;

const INSERT: Statement = {
  name: 'service_users_insert',
  text: `
INSERT INTO service_users (environment_id, id, name, contact, address, metadata, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)`,
};

export async function insertServiceUser(tx: Executor, user: ServiceUser): Promise<void> {
  await tx.run(INSERT, [
    user.environmentId,
    user.id,
    user.name,
    JSON.stringify(user.contact),
    JSON.stringify(user.address),
    JSON.stringify(user.metadata),
    toTime(user.createdAt),
  ]);
}

const FIND: Statement = {
  name: 'service_users_find',
  text: `SELECT ${FIELDS} FROM service_users t WHERE t.environment_id = $1 AND t.id = $2`,
};

export async function findServiceUser(
  db: Executor,
  environmentId: string,
  id: string,
): Promise<ServiceUser | null> {
  const [row] = await db.run<ServiceUser>(FIND, [environmentId, id]);
  return row ?? null;
}

const DELETE: Statement = {
  name: 'service_users_delete',
  text: `DELETE FROM service_users WHERE environment_id = $1 AND id = $2`,
};

/** Its bank accounts stay. */
export async function deleteServiceUser(
  tx: Executor,
  environmentId: string,
  id: string,
): Promise<void> {
  await tx.run(DELETE, [environmentId, id]);
}

const ADD: Statement = {
  name: 'service_users_add_bank_account',
  text: `
INSERT INTO service_user_bank_accounts (environment_id, user_id, bank_account_id)
SELECT $1, $2, b.id FROM bank_accounts b WHERE b.environment_id = $1 AND b.id = $3
ON CONFLICT (environment_id, user_id, bank_account_id) DO UPDATE SET user_id = excluded.user_id
RETURNING bank_account_id`,
};

/** False when there is no such bank account. */
export async function addUserBankAccount(
  tx: Executor,
  { environmentId, id }: Pick<ServiceUser, 'environmentId' | 'id'>,
  bankAccountId: string,
): Promise<boolean> {
  return (await tx.run(ADD, [environmentId, id, bankAccountId])).length > 0;
}

const COLUMNS: Columns = {
  sequence: { sql: 't.sequence', type: 'bigint' },
  id: { sql: 't.id', type: 'text' },
  name: { sql: 't.name', type: 'text' },
  created_at: { sql: 't.created_at', type: 'timestamptz' },
  metadata: { sql: 't.metadata', type: 'map' },
};

export function pageServiceUsers(
  db: Executor,
  environmentId: string,
  page: PageRequest,
): Promise<(ServiceUser & { readonly position: readonly string[] })[]> {
  const values: unknown[] = [environmentId, page.limit];
  const { where, orderBy, position } = pageSql(page, COLUMNS, values);
  const text = `SELECT ${FIELDS}, ${position} AS position FROM service_users t
WHERE t.environment_id = $1${where} ORDER BY ${orderBy} LIMIT $2`;
  return db.run({ name: '', text }, values);
}
