// Every column that holds a sealed secret, for the rotation of master keys. The only place that reads across
// environments: it sees ciphertext and says nothing of whose it is.
import type { Executor, Statement } from './db.ts';

export type SealedColumn =
  | 'connection_credentials'
  | 'gone_credentials'
  | 'payment_secrets'
  | 'attempt_tokens'
  | 'idempotent_answers'
  | 'endpoint_secrets'
  | 'psp_tokens'
  | 'payout_beneficiaries'
  | 'beneficiaries'
  | 'bank_accounts'
  | 'signing_keys'
  | 'callback_keys';

export interface SealedRow {
  readonly environmentId: string;
  /** The rest of the row's key as one text. */
  readonly key: string;
  /** What the secret is sealed for, within its environment. */
  readonly subject: string;
  readonly sealed: string;
}

interface Place {
  readonly table: string;
  readonly column: string;
  /** The columns of the key after environment_id. */
  readonly ids: readonly string[];
  readonly subject: string;
  /** The column also holds texts that are no secrets. */
  readonly mixed?: true;
}

const PLACES: Readonly<Record<SealedColumn, Place>> = {
  connection_credentials: {
    table: 'connections',
    column: 'sealed_credentials',
    ids: ['id'],
    subject: 't.id',
  },
  gone_credentials: {
    table: 'gone_connections',
    column: 'sealed_credentials',
    ids: ['id'],
    subject: 't.id',
  },
  payment_secrets: {
    table: 'payments',
    column: 'sealed_client_secret',
    ids: ['id'],
    subject: 't.id',
  },
  attempt_tokens: {
    table: 'attempts',
    column: 'sealed_token',
    ids: ['payment_id', 'id'],
    subject: 't.id',
  },
  idempotent_answers: {
    table: 'idempotency_keys',
    column: 'response_body',
    ids: ['route', 'key'],
    subject: `t.route || ' ' || t.key`,
    mixed: true,
  },
  endpoint_secrets: {
    table: 'endpoints',
    column: 'sealed_secrets',
    ids: ['id'],
    subject: 't.id',
  },
  psp_tokens: {
    table: 'psp_tokens',
    column: 'sealed_token',
    ids: ['provider', 'account'],
    subject: `t.provider || ' ' || t.account`,
  },
  payout_beneficiaries: {
    table: 'payouts',
    column: 'sealed_beneficiary',
    ids: ['payment_id'],
    subject: 't.payment_id',
  },
  bank_accounts: {
    table: 'bank_accounts',
    column: 'sealed_details',
    ids: ['id'],
    subject: 't.id',
  },
  beneficiaries: {
    table: 'beneficiaries',
    column: 'sealed_details',
    ids: ['id'],
    subject: 't.id',
  },
  signing_keys: {
    table: 'signing_keys',
    column: 'sealed_key',
    ids: ['id'],
    subject: 't.id',
  },
  callback_keys: {
    table: 'connxt_environments',
    column: 'sealed_callback_key',
    ids: ['callback_token'],
    subject: 't.environment_id',
  },
};

export const sealedColumns = Object.keys(PLACES) as readonly SealedColumn[];

/** A character that no id, path or header has: it keeps the parts of a key apart. */
const SEPARATOR = 'chr(31)';

/** One text for the key, so that all tables are walked alike. */
const keyOf = (ids: readonly string[]) => ids.map((id) => `t.${id}`).join(` || ${SEPARATOR} || `);
const partOf = (key: string, index: number) => `split_part(${key}, ${SEPARATOR}, ${index + 1})`;

function statements(name: SealedColumn): { page: Statement; count: Statement; replace: Statement } {
  const { table, column, ids, subject, mixed } = PLACES[name];
  const order = ['environment_id', ...ids].map((id) => `t.${id}`).join(', ');
  const after = ['$2', ...ids.map((_, index) => partOf('$3', index))].join(', ');
  const secret = mixed ? `starts_with(t.${column}, 'v1.')` : `t.${column} IS NOT NULL`;
  const others = `${secret} AND NOT starts_with(t.${column}, $1)`;
  return {
    page: {
      name: `sealed_${name}_page`,
      text: `
SELECT t.environment_id AS "environmentId", ${keyOf(ids)} AS key, ${subject} AS subject, t.${column} AS sealed
FROM ${table} t WHERE ${others} AND (${order}) > (${after}) ORDER BY ${order} LIMIT $4`,
    },
    count: {
      name: `sealed_${name}_count`,
      text: `SELECT split_part(t.${column}, '.', 2) AS "keyId", count(*)::int AS count
FROM ${table} t WHERE ${others} GROUP BY 1 ORDER BY 1`,
    },
    replace: {
      name: `sealed_${name}_replace`,
      text: `
UPDATE ${table} t SET ${column} = r.fresh
FROM jsonb_to_recordset($1::jsonb) AS r(environment_id text, key text, sealed text, fresh text)
WHERE t.environment_id = r.environment_id
  AND ${ids.map((id, index) => `t.${id} = ${partOf('r.key', index)}`).join(' AND ')}
  AND t.${column} = r.sealed
RETURNING 1`,
    },
  };
}

const STATEMENTS = new Map(sealedColumns.map((name) => [name, statements(name)]));

export interface Position {
  readonly environmentId: string;
  readonly key: string;
}

/** Secrets of a column that another key than `keyId` seals, after a position, in the order of the primary key. */
export function sealedByOthers(
  db: Executor,
  column: SealedColumn,
  keyId: string,
  after: Position,
  limit: number,
): Promise<SealedRow[]> {
  const { page } = STATEMENTS.get(column)!;
  return db.run<SealedRow>(page, [`v1.${keyId}.`, after.environmentId, after.key, limit]);
}

/** How many secrets of a column are sealed by keys other than `keyId`, by key. */
export function countSealedByOthers(
  db: Executor,
  column: SealedColumn,
  keyId: string,
): Promise<{ keyId: string; count: number }[]> {
  return db.run(STATEMENTS.get(column)!.count, [`v1.${keyId}.`]);
}

/** Replaces the secrets that are still the ones that were read; answers how many that were. */
export async function replaceSealed(
  db: Executor,
  column: SealedColumn,
  rows: readonly (SealedRow & { readonly fresh: string })[],
): Promise<number> {
  const values = rows.map((row) => ({
    environment_id: row.environmentId,
    key: row.key,
    sealed: row.sealed,
    fresh: row.fresh,
  }));
  return (await db.run(STATEMENTS.get(column)!.replace, [JSON.stringify(values)])).length;
}
