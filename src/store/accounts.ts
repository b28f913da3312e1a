// Accounts at PSPs and their balances. An account is named by its connection and the PSP's own name of it; the first
// word of it stays, a later one only fills what was not known.
import { type Executor, type Statement, toTime } from './db.ts';
import { type Columns, type PageRequest, pageSql } from './pages.ts';

export interface AccountName {
  readonly connectionId: string;
  readonly reference: string;
}

export interface Account extends AccountName {
  readonly environmentId: string;
  readonly type: 'INTERNAL' | 'EXTERNAL' | 'UNKNOWN';
  readonly name: string;
  readonly defaultAsset: string | null;
  readonly defaultUnit: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly raw: Readonly<Record<string, unknown>>;
  /** It stands for a bank account that was forwarded to the connection. */
  readonly bankAccountId: string | null;
  readonly userId: string | null;
  readonly createdAt: number;
}

const FIELDS = `
  t.environment_id AS "environmentId", t.connection_id AS "connectionId", t.reference, t.type, t.name,
  t.default_asset AS "defaultAsset", t.default_unit AS "defaultUnit", t.metadata, t.raw,
  t.bank_account_id AS "bankAccountId", t.user_id AS "userId", t.created_at AS "createdAt"`;

const INSERT: Statement = {
  name: 'accounts_insert',
  text: `
INSERT INTO accounts (environment_id, connection_id, reference, type, name, default_asset, default_unit, metadata, raw,
  bank_account_id, user_id, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (environment_id, connection_id, reference) DO NOTHING`,
};

/** Leaves an account that is known as it is. */
export async function insertAccount(db: Executor, account: Account): Promise<void> {
  await db.run(INSERT, [
    account.environmentId,
    account.connectionId,
    account.reference,
    account.type,
    account.name,
    account.defaultAsset,
    account.defaultUnit,
    JSON.stringify(account.metadata),
    JSON.stringify(account.raw),
    account.bankAccountId,
    account.userId,
    toTime(account.createdAt),
  ]);
}

const FIND: Statement = {
  name: 'accounts_find',
  text: `SELECT ${FIELDS} FROM accounts t WHERE t.environment_id = $1 AND t.connection_id = $2 AND t.reference = $3`,
};

export async function findAccount(
  db: Executor,
  environmentId: string,
  { connectionId, reference }: AccountName,
): Promise<Account | null> {
  const [row] = await db.run<Account>(FIND, [environmentId, connectionId, reference]);
  return row ?? null;
}

/** By the names that queries have. */
export const accountColumns: Columns = {
  sequence: { sql: 't.sequence', type: 'bigint' },
  id: { sql: `t.connection_id || ' ' || t.reference`, type: 'text' },
  reference: { sql: 't.reference', type: 'text' },
  connector_id: { sql: 't.connection_id', type: 'text' },
  type: { sql: 't.type', type: 'text' },
  default_asset: { sql: 't.default_unit', type: 'text' },
  name: { sql: 't.name', type: 'text' },
  psu_id: { sql: 't.user_id', type: 'text' },
  open_banking_connection_id: { sql: 'null::text', type: 'text' },
  created_at: { sql: 't.created_at', type: 'timestamptz' },
  metadata: { sql: 't.metadata', type: 'map' },
};

export interface Paged {
  readonly position: readonly string[];
}

export function pageAccounts(
  db: Executor,
  environmentId: string,
  page: PageRequest,
): Promise<(Account & Paged)[]> {
  const values: unknown[] = [environmentId, page.limit];
  const { where, orderBy, position } = pageSql(page, accountColumns, values);
  const text = `SELECT ${FIELDS}, ${position} AS position FROM accounts t
WHERE t.environment_id = $1${where} ORDER BY ${orderBy} LIMIT $2`;
  return db.run<Account & Paged>({ name: '', text }, values);
}

const OF_BANK_ACCOUNTS: Statement = {
  name: 'accounts_of_bank_accounts',
  text: `SELECT ${FIELDS} FROM accounts t WHERE t.environment_id = $1 AND t.bank_account_id = ANY ($2) ORDER BY t.sequence`,
};

/** The accounts that bank accounts were forwarded as. */
export function accountsOfBankAccounts(
  db: Executor,
  environmentId: string,
  bankAccountIds: readonly string[],
): Promise<Account[]> {
  return db.run<Account>(OF_BANK_ACCOUNTS, [environmentId, bankAccountIds]);
}
