// Accounts at PSPs and their balances. An account is named by its connection and the PSP's own name of it. Of what
// merchants say the first word stays; the PSP's word of its own account is the newer one.
import { type Executor, type Statement, toTime } from './db.ts';
import { type Columns, type PageRequest, pageSql } from './pages.ts';
import { toJson } from './payment-rows.ts';

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

/** What was known of a connection that is gone stays stored, and is nobody's account any more. */
export const ITS_CONNECTION_IS = `EXISTS (
  SELECT 1 FROM connections c WHERE c.environment_id = t.environment_id AND c.id = t.connection_id)`;

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

const TELL: Statement = {
  name: 'accounts_tell',
  text: `
INSERT INTO accounts AS t (environment_id, connection_id, reference, type, name, default_asset, default_unit, metadata, raw, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (environment_id, connection_id, reference) DO UPDATE SET
  type = CASE WHEN t.type = 'UNKNOWN' THEN excluded.type ELSE t.type END,
  name = coalesce(nullif(excluded.name, ''), t.name),
  default_asset = coalesce(t.default_asset, excluded.default_asset),
  default_unit = coalesce(t.default_unit, excluded.default_unit),
  metadata = t.metadata || excluded.metadata, raw = excluded.raw
WHERE t.bank_account_id IS NULL AND (t.type = 'UNKNOWN' OR t.raw <> excluded.raw OR NOT t.metadata @> excluded.metadata
  OR t.name <> excluded.name)`,
};

type ToldAccount = Omit<Account, 'bankAccountId' | 'userId'>;

/** As the PSP has it now. One that stands for a bank account stays as it was forwarded. */
export async function tellAccount(db: Executor, account: ToldAccount): Promise<void> {
  await db.run(TELL, [
    account.environmentId,
    account.connectionId,
    account.reference,
    account.type,
    account.name.replaceAll('\u0000', '').toWellFormed(),
    account.defaultAsset,
    account.defaultUnit,
    toJson(account.metadata),
    toJson(account.raw),
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
WHERE t.environment_id = $1 AND ${ITS_CONNECTION_IS}${where} ORDER BY ${orderBy} LIMIT $2`;
  return db.run<Account & Paged>({ name: '', text }, values);
}

const OF_BANK_ACCOUNTS: Statement = {
  name: 'accounts_of_bank_accounts',
  text: `SELECT ${FIELDS} FROM accounts t
WHERE t.environment_id = $1 AND t.bank_account_id = ANY ($2) AND ${ITS_CONNECTION_IS} ORDER BY t.sequence`,
};

/** The accounts that bank accounts were forwarded as. */
export function accountsOfBankAccounts(
  db: Executor,
  environmentId: string,
  bankAccountIds: readonly string[],
): Promise<Account[]> {
  return db.run<Account>(OF_BANK_ACCOUNTS, [environmentId, bankAccountIds]);
}

export interface Balance {
  readonly connectionId: string;
  readonly reference: string;
  /** Canonical (domain/ledger/asset.ts), and as the PSP spelled it. */
  readonly unit: string;
  readonly asset: string;
  readonly balance: bigint;
  readonly createdAt: number;
  readonly lastUpdatedAt: number;
}

const BALANCE = `t.connection_id AS "connectionId", t.account_reference AS reference, t.unit, t.asset, t.balance,
  t.created_at AS "createdAt", t.last_updated_at AS "lastUpdatedAt"`;

const BALANCE_COLUMNS: Columns = {
  sequence: { sql: 't.sequence', type: 'bigint' },
  account: { sql: `t.connection_id || ' ' || t.account_reference`, type: 'text' },
  asset: { sql: 't.unit', type: 'text' },
  created_at: { sql: 't.created_at', type: 'timestamptz' },
};

/** The history of an account's balances. */
export function pageBalances(
  db: Executor,
  environmentId: string,
  { connectionId, reference }: AccountName,
  page: PageRequest,
): Promise<(Balance & Paged)[]> {
  const values: unknown[] = [environmentId, page.limit, connectionId, reference];
  const { where, orderBy, position } = pageSql(page, BALANCE_COLUMNS, values);
  const text = `SELECT ${BALANCE}, ${position} AS position FROM account_balances t
WHERE t.environment_id = $1 AND t.connection_id = $3 AND t.account_reference = $4${where}
ORDER BY ${orderBy} LIMIT $2`;
  return db.run<Balance & Paged>({ name: '', text }, values);
}

const AT: Statement = {
  name: 'accounts_balances_at',
  text: `
SELECT DISTINCT ON (t.connection_id, t.account_reference, t.unit) ${BALANCE}
FROM unnest($2::text[], $3::text[]) AS w(connection_id, reference)
JOIN account_balances t ON t.environment_id = $1 AND t.connection_id = w.connection_id
  AND t.account_reference = w.reference
WHERE $4::timestamptz IS NULL OR t.created_at <= $4
ORDER BY t.connection_id, t.account_reference, t.unit, t.created_at DESC`,
};

/** The last balance of each account in each unit, at an instant or now (null). */
export function balancesAt(
  db: Executor,
  environmentId: string,
  accounts: readonly AccountName[],
  atMs: number | null,
): Promise<Balance[]> {
  return db.run<Balance>(AT, [
    environmentId,
    accounts.map(({ connectionId }) => connectionId),
    accounts.map(({ reference }) => reference),
    toTime(atMs),
  ]);
}

const TELL_BALANCE: Statement = {
  name: 'accounts_tell_balance',
  // An older word than the last one is not heard.
  text: `
WITH last AS (
  SELECT created_at, balance, last_updated_at FROM account_balances
  WHERE environment_id = $1 AND connection_id = $2 AND account_reference = $3 AND unit = $4
  ORDER BY created_at DESC LIMIT 1
), same AS (
  UPDATE account_balances b SET last_updated_at = greatest(b.last_updated_at, $7) FROM last
  WHERE b.environment_id = $1 AND b.connection_id = $2 AND b.account_reference = $3 AND b.unit = $4
    AND b.created_at = last.created_at AND last.balance = $6
)
INSERT INTO account_balances (environment_id, connection_id, account_reference, unit, asset, balance, created_at, last_updated_at)
SELECT $1, $2, $3, $4, $5, $6, $7, $7
WHERE NOT EXISTS (SELECT FROM last WHERE last.balance = $6 OR last.last_updated_at >= $7)
ON CONFLICT DO NOTHING`,
};

const HOLD: Statement = {
  name: 'accounts_hold',
  text: 'SELECT 1 FROM accounts WHERE environment_id = $1 AND connection_id = $2 AND reference = $3 FOR NO KEY UPDATE',
};

/** A row more when it has changed, else the last one is confirmed. The account must be there; of two, one tells first. */
export async function tellBalance(
  tx: Executor,
  environmentId: string,
  { connectionId, reference, unit, asset, balance }: Omit<Balance, 'createdAt' | 'lastUpdatedAt'>,
  atMs: number,
): Promise<void> {
  const account = [environmentId, connectionId, reference];
  await tx.run(HOLD, account);
  await tx.run(TELL_BALANCE, [...account, unit, asset, balance, toTime(atMs)]);
}
