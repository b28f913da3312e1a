// What the control does for one payment: the same rows as the server writes, of the same size, in the same two
// commits, each statement by itself and prepared. The values are those of a payment that the server has just made.
import type pg from 'pg';

export interface Script {
  /** `:name` stands for a value; `keep` names the column of the answer that later statements use. */
  readonly statements: readonly { readonly sql: string; readonly keep: string | null }[];
  readonly values: ReadonlyMap<string, string>;
}

type Row = Readonly<Record<string, string | null>>;

/** `sample`: the id of a payment that was made under an Idempotency-Key. */
export async function controlScript(database: pg.Client, sample: string): Promise<Script> {
  const rowsOf = async (table: string, column: string): Promise<Row[]> => {
    const sql = `SELECT (SELECT jsonb_object_agg(key, value) FROM jsonb_each_text(to_jsonb(t))) AS row
      FROM ${table} t WHERE ${column} = $1 ORDER BY created_at`;
    return (await database.query<{ row: Row }>(sql, [sample])).rows.map(({ row }) => row);
  };
  const [payment] = await rowsOf('payments', 'id');
  const [attempt] = await rowsOf('attempts', 'payment_id');
  const [adjustment] = await rowsOf('adjustments', 'payment_id');
  const [created, ...changed] = await rowsOf('events', 'payment_id');
  const [key] = await rowsOf('idempotency_keys', 'resource_id');
  if (!payment || !attempt || !adjustment || !created || !key) throw new Error('no sample');
  const script = new ScriptWriter();
  script.add('BEGIN');
  script.insert(
    ...(['idempotency_keys', key] as const),
    { key: 'md5(random()::text)', response_status: 'NULL', response_body: 'NULL' },
    'key',
  );
  script.insert('payments', payment, { ...begun, id: newId('pay'), due_at: LATER }, 'pay');
  script.insert(
    ...(['attempts', attempt] as const),
    { ...unsent, id: newId('att'), payment_id: ':pay', next_sync_at: LATER },
    'att',
  );
  script.insert('events', created, eventOf('evt'));
  script.add('COMMIT');
  script.add('BEGIN');
  script.update('payments', payment, SETTLED_PAYMENT, 'id = :pay AND version = 1', {
    due_at: LATER,
  });
  const settled = { next_sync_at: LATER, updated_at: 'now()' };
  script.update('attempts', attempt, SETTLED_ATTEMPT, 'payment_id = :pay AND id = :att', settled);
  script.insert('adjustments', adjustment, { payment_id: ':pay', attempt_id: ':att' });
  for (const event of changed) script.insert('events', event, eventOf('evt'));
  const place = 'route = :idempotency_keys_route AND key = :key';
  script.update('idempotency_keys', key, ['response_status', 'response_body'], place, {});
  script.add('COMMIT');
  return script;
}

/** What the control does for one recorded payment: the same rows, in one commit. */
export async function recordedScript(database: pg.Client, sample: string): Promise<Script> {
  const rowOf = async (table: string, column: string): Promise<Row> => {
    const sql = `SELECT (SELECT jsonb_object_agg(key, value) FROM jsonb_each_text(to_jsonb(t))) AS row
      FROM ${table} t WHERE ${column} = $1`;
    const { rows } = await database.query<{ row: Row }>(sql, [sample]);
    if (!rows[0]) throw new Error('no sample');
    return rows[0].row;
  };
  const script = new ScriptWriter();
  const reference = 'substr(md5(random()::text), 1, 20)';
  script.add('BEGIN');
  script.insert('payments', await rowOf('payments', 'id'), { id: newId('pay'), reference }, 'pay');
  script.insert('attempts', await rowOf('attempts', 'payment_id'), {
    id: newId('att'),
    payment_id: ':pay',
    reference,
  });
  script.insert('events', await rowOf('events', 'payment_id'), eventOf('evt'));
  script.add('COMMIT');
  return script;
}

/** A payment and an attempt as they are before the PSP was called. */
const begun = { status: `'pending'`, version: '1', event_sequence: '1', psp_reference: 'NULL' };
const unsent = {
  status: `'sent'`,
  psp_state: `'{}'`,
  psp_reference: 'NULL',
  action: 'NULL',
  sealed_token: 'NULL',
  latency_ms: '0',
  reference: 'md5(random()::text)',
  ledger_status: `'PENDING'`,
};
/** Past the end of the measurement, so that no worker of the server touches the control's rows. */
const LATER = `now() + interval '1 hour'`;
const SETTLED_PAYMENT = (
  'status amount_minor method country connection_id provider psp_reference authorized_minor ' +
  'captured_minor capture_pending_minor refunded_minor refund_pending_minor fee_minor ' +
  'fee_currency fee_is_actual conflict plan_since cancel_requested_at captured_at expires_at ' +
  'due_at event_sequence version updated_at'
).split(' ');
const SETTLED_ATTEMPT = (
  'status amount_minor authorized_minor captured_minor ledger_status ledger_minor psp_reference psp_state action sealed_token prompted ' +
  'decline error latency_ms sent_at next_sync_at sync_count not_found_count first_not_found_at ' +
  'updated_at'
).split(' ');

function eventOf(prefix: string) {
  return { id: newId(prefix), payment_id: ':pay' };
}

/** As long as ours, and rising with time as ours are. */
function newId(prefix: string): string {
  const ms = '(extract(epoch FROM clock_timestamp()) * 1000)::bigint';
  return `'${prefix}_' || lpad(to_hex(${ms}), 12, '0') || substr(md5(random()::text), 1, 20)`;
}

/** Columns that Postgres numbers itself. */
const IDENTITIES = new Set(['adjustments.id', 'events.sequence']);

class ScriptWriter implements Script {
  readonly statements: { sql: string; keep: string | null }[] = [];
  readonly values = new Map<string, string>();

  add(sql: string, keep: string | null = null): void {
    this.statements.push({ sql, keep });
  }

  /** `expressions`: columns that are not the sample's. */
  insert(
    table: string,
    row: Row,
    expressions: Readonly<Record<string, string>>,
    keep: string | null = null,
  ): void {
    const columns = Object.keys(row).filter((column) => !IDENTITIES.has(`${table}.${column}`));
    const values = columns.map((column) => this.#value(table, column, row, expressions));
    const id = table === 'idempotency_keys' ? 'key' : 'id';
    const returning = keep === null ? '' : ` RETURNING ${id} AS ${keep}`;
    this.add(
      `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${values.join(', ')})${returning}`,
      keep,
    );
  }

  update(
    table: string,
    row: Row,
    columns: readonly string[],
    where: string,
    expressions: Readonly<Record<string, string>>,
  ): void {
    const changes = columns.map(
      (column) => `${column} = ${this.#value(table, column, row, expressions)}`,
    );
    const environment = this.#value(table, 'environment_id', row, {});
    this.add(
      `UPDATE ${table} SET ${changes.join(', ')} WHERE environment_id = ${environment} AND ${where}`,
    );
  }

  #value(
    table: string,
    column: string,
    row: Row,
    expressions: Readonly<Record<string, string>>,
  ): string {
    const expression = expressions[column];
    if (expression !== undefined) return expression;
    const value = row[column] ?? null;
    if (value === null) return 'NULL';
    if (value === '') return `''`; // pgbench takes no empty values
    let name = `${table}_${column}`;
    // Two events of one payment differ.
    while (this.values.has(name) && this.values.get(name) !== value) name += '_';
    this.values.set(name, value);
    return `:${name}`;
  }
}
