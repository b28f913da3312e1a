// Bank accounts of the ledger: masked for answers, sealed for PSPs.
import { type Executor, type Statement, toTime } from './db.ts';
import { type Columns, type PageRequest, pageSql } from './pages.ts';

/** '' for what was not given. */
export interface BankDetails {
  readonly accountNumber: string;
  readonly iban: string;
  readonly swiftBicCode: string;
}

export interface BankAccount {
  readonly environmentId: string;
  readonly id: string;
  readonly name: string;
  readonly country: string | null;
  readonly masked: BankDetails;
  readonly sealedDetails: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly createdAt: number;
}

const FIELDS = `t.environment_id AS "environmentId", t.id, t.name, t.country, t.masked,
  t.sealed_details AS "sealedDetails", t.metadata, t.created_at AS "createdAt"`;

const INSERT: Statement = {
  name: 'bank_accounts_insert',
  text: `
INSERT INTO bank_accounts (environment_id, id, name, country, masked, sealed_details, metadata, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
};

export async function insertBankAccount(db: Executor, account: BankAccount): Promise<void> {
  await db.run(INSERT, [
    account.environmentId,
    account.id,
    account.name,
    account.country,
    JSON.stringify(account.masked),
    account.sealedDetails,
    JSON.stringify(account.metadata),
    toTime(account.createdAt),
  ]);
}

const FIND: Statement = {
  name: 'bank_accounts_find',
  text: `SELECT ${FIELDS} FROM bank_accounts t WHERE t.environment_id = $1 AND t.id = $2`,
};

export async function findBankAccount(
  db: Executor,
  environmentId: string,
  id: string,
): Promise<BankAccount | null> {
  const [row] = await db.run<BankAccount>(FIND, [environmentId, id]);
  return row ?? null;
}

const MERGE: Statement = {
  name: 'bank_accounts_metadata',
  text: `UPDATE bank_accounts SET metadata = metadata || $3::jsonb WHERE environment_id = $1 AND id = $2 RETURNING id`,
};

/** Adds to the metadata; false when there is no such account. */
export async function mergeBankMetadata(
  db: Executor,
  environmentId: string,
  id: string,
  metadata: Readonly<Record<string, string>>,
): Promise<boolean> {
  return (await db.run(MERGE, [environmentId, id, JSON.stringify(metadata)])).length > 0;
}

const COLUMNS: Columns = {
  sequence: { sql: 't.sequence', type: 'bigint' },
  id: { sql: 't.id', type: 'text' },
  name: { sql: 't.name', type: 'text' },
  country: { sql: 't.country', type: 'text' },
  psu_id: {
    sql: `(SELECT u.user_id FROM service_user_bank_accounts u
      WHERE u.environment_id = t.environment_id AND u.bank_account_id = t.id ORDER BY u.user_id LIMIT 1)`,
    type: 'text',
  },
  created_at: { sql: 't.created_at', type: 'timestamptz' },
  metadata: { sql: 't.metadata', type: 'map' },
};

export function pageBankAccounts(
  db: Executor,
  environmentId: string,
  page: PageRequest,
): Promise<(BankAccount & { readonly position: readonly string[] })[]> {
  const values: unknown[] = [environmentId, page.limit];
  const { where, orderBy, position } = pageSql(page, COLUMNS, values);
  const text = `SELECT ${FIELDS}, ${position} AS position FROM bank_accounts t
WHERE t.environment_id = $1${where} ORDER BY ${orderBy} LIMIT $2`;
  return db.run({ name: '', text }, values);
}
