// Every column that holds a sealed secret, for the rotation of master keys. The only place that reads across
// environments: it sees ciphertext and says nothing of whose it is.
import type { Executor, Statement } from './db.ts';

export type SealedColumn = 'connection_credentials' | 'payment_secrets' | 'attempt_tokens';

export interface SealedRow {
  readonly environmentId: string;
  /** The rest of the row's key: payment and attempt, or one id. */
  readonly key: string;
  /** What the secret is sealed for: the last part of the key. */
  readonly subject: string;
  readonly sealed: string;
}

interface Place {
  readonly table: string;
  readonly column: string;
  /** The columns of the key after environment_id. */
  readonly ids: readonly string[];
}

const PLACES: Readonly<Record<SealedColumn, Place>> = {
  connection_credentials: { table: 'connections', column: 'sealed_credentials', ids: ['id'] },
  payment_secrets: { table: 'payments', column: 'sealed_client_secret', ids: ['id'] },
  attempt_tokens: { table: 'attempts', column: 'sealed_token', ids: ['payment_id', 'id'] },
};

export const sealedColumns = Object.keys(PLACES) as readonly SealedColumn[];

/** One text for the key, so that all tables are walked alike; ids have no space. */
const keyOf = (alias: string, ids: readonly string[]) =>
  ids.map((id) => `${alias}.${id}`).join(` || ' ' || `);

function statements(name: SealedColumn): { page: Statement; count: Statement; replace: Statement } {
  const { table, column, ids } = PLACES[name];
  const order = ['environment_id', ...ids].map((id) => `t.${id}`).join(', ');
  const after = ['$2', ...ids.map((_, index) => `split_part($3, ' ', ${index + 1})`)].join(', ');
  const others = `t.${column} IS NOT NULL AND NOT starts_with(t.${column}, $1)`;
  return {
    page: {
      name: `sealed_${name}_page`,
      text: `
SELECT t.environment_id AS "environmentId", ${keyOf('t', ids)} AS key, t.${ids.at(-1)} AS subject, t.${column} AS sealed
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
  AND ${ids.map((id, index) => `t.${id} = split_part(r.key, ' ', ${index + 1})`).join(' AND ')}
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
