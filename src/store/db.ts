// The way to Postgres: a bounded pool, named prepared statements, and our own reading of types
// (bigint as bigint, times as epoch milliseconds). Every query of store/ goes through this port.
import pg from 'pg';
import { Together, togetherDefaults } from './together.ts';

export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** Work that concurrent callers may share (together.ts). A constant of the module that names it. */
export interface Kind<In, Out> {
  readonly run: (db: Executor, items: readonly In[]) => Promise<readonly Out[]>;
  /** Items with one key are never run together; null: with any. */
  readonly keyOf: (item: In) => string | null;
}

/**
 * For a statement whose loss with a Postgres that dies is harmless: its commit does not wait for the disk. A table of
 * one row to join; `unhurried` has to be named in its condition.
 */
export const UNHURRIED = `(SELECT set_config('synchronous_commit', 'off', true) AS unhurried) quick`;

export interface Executor {
  run<Row>(statement: Statement, values: readonly unknown[]): Promise<Row[]>;
  /** Runs an item of work, together with others of its kind when there are any. Within a transaction: alone. */
  together<In, Out>(kind: Kind<In, Out>, item: In): Promise<Out>;
  /** Says that something was written that endpoints of an environment are to get. Heard once it is committed. */
  announce(environmentId: string): void;
}

export interface Db extends Executor {
  /** One transaction; the work may run again from the start when Postgres reports a serialization or deadlock error. */
  transaction<T>(work: (tx: Executor) => Promise<T>): Promise<T>;
  /** For the lifetime of the process. */
  onAnnounced(hear: (environmentId: string) => void): void;
  /** How its connections are used at this moment. */
  pool(): { readonly total: number; readonly idle: number; readonly waiting: number };
  /** Set when Postgres said that its disk is full; whoever finds that it is not sets it back. */
  readonly disk?: { full: boolean };
  close(): Promise<void>;
}

export interface DbOptions {
  readonly connection: pg.PoolConfig;
  readonly maxConnections: number;
  /** 9 s unless told; 0: none, for an operator's work on whole tables. */
  readonly statementTimeoutMs?: number;
}

/** Postgres ends a statement by itself; one that does not even do that hangs, and its connection is given up. */
const HANGS_AFTER_MS = 1_000;

const INT8 = 20;
const TIMESTAMPTZ = 1184;

const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    if (format === 'binary') return pg.types.getTypeParser(oid, 'binary');
    if (oid === INT8) return (text: string) => BigInt(text);
    if (oid === TIMESTAMPTZ) return toEpochMs;
    return pg.types.getTypeParser(oid, 'text');
  }) as pg.CustomTypesConfig['getTypeParser'],
};

/** Postgres prints `2026-01-05 10:15:18.123+00` while the session's time zone is UTC. */
function toEpochMs(text: string): number {
  return Date.parse(`${text.slice(0, 10)}T${text.slice(11).replace(/\+00$/, 'Z')}`);
}

/** An unambiguous time literal for Postgres; null stays null. */
export function toTime(epochMs: number | null): string | null {
  return epochMs === null ? null : new Date(epochMs).toISOString();
}

export function openDb({ connection, maxConnections, statementTimeoutMs = 9_000 }: DbOptions): Db {
  const pool = new pg.Pool({
    ...connection,
    max: maxConnections,
    types,
    connectionTimeoutMillis: 5_000,
    query_timeout: statementTimeoutMs === 0 ? 0 : statementTimeoutMs + HANGS_AFTER_MS,
    idleTimeoutMillis: 60_000,
    options: `-c TimeZone=UTC -c statement_timeout=${statementTimeoutMs} -c idle_in_transaction_session_timeout=30000`,
    application_name: 'switchyard',
  });
  pool.on('error', () => {}); // an idle connection was lost: the pool replaces it at the next use
  // One that is lost between two statements of a transaction: the next statement hears of it.
  pool.on('connect', (client) => client.on('error', () => {}));
  const disk = { full: false };
  const heard = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      if (isDiskFull(error)) disk.full = true;
      throw error;
    });
  const db: Db = {
    disk,
    run: (statement, values) => heard(run(pool, statement, values)),
    together: gathering(() => db),
    ...announcements(),
    transaction: (work) => heard(transaction(pool, work, db.announce)),
    pool: () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    close: () => pool.end(),
  };
  return db;
}

/** The waiting rooms of one process: items of one kind go to `db` together. */
export function gathering(db: () => Executor): Executor['together'] {
  const gatherers = new Map<unknown, unknown>();
  return <In, Out>(kind: Kind<In, Out>, item: In) => {
    let gatherer = gatherers.get(kind) as Together<In, Out> | undefined;
    if (!gatherer) {
      gatherer = new Together(
        (items) => kind.run(db(), items),
        kind.keyOf,
        togetherDefaults,
        (error) => sqlState(error) !== null,
      );
      gatherers.set(kind, gatherer);
    }
    return gatherer.add(item);
  };
}

/** Of what is committed when it is said. */
export function announcements(): Pick<Db, 'announce' | 'onAnnounced'> {
  const hearers: ((environmentId: string) => void)[] = [];
  return {
    announce: (environmentId) => {
      for (const hear of hearers) hear(environmentId);
    },
    onAnnounced: (hear) => {
      hearers.push(hear);
    },
  };
}

/** One connection within a transaction. */
function alone(client: pg.PoolClient, announce: Executor['announce']): Executor {
  const executor: Executor = {
    run: (statement, values) => run(client, statement, values),
    together: async (kind, item) => (await kind.run(executor, [item]))[0]!,
    announce,
  };
  return executor;
}

async function run<Row>(
  client: pg.Pool | pg.PoolClient,
  { name, text }: Statement,
  values: readonly unknown[],
): Promise<Row[]> {
  const result = await client.query({ name, text, values: values as unknown[] });
  return result.rows as Row[];
}

const RETRYABLE = new Set(['40001', '40P01']);
const MAX_TRIES = 5;

async function transaction<T>(
  pool: pg.Pool,
  work: (tx: Executor) => Promise<T>,
  announce: Executor['announce'],
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    const client = await pool.connect();
    let broken: Error | undefined;
    const announced = new Set<string>();
    try {
      await client.query('BEGIN');
      const result = await work(alone(client, (environmentId) => announced.add(environmentId)));
      await client.query('COMMIT');
      for (const environmentId of announced) announce(environmentId);
      return result;
    } catch (error) {
      broken = await rolledBack(client, error);
      if (tries >= MAX_TRIES || !RETRYABLE.has(sqlState(error) ?? '')) throw error;
    } finally {
      client.release(broken);
    }
  }
}

/** What is wrong with the connection, if anything: then it is closed, which ends the transaction too. */
async function rolledBack(client: pg.PoolClient, error: unknown): Promise<Error | undefined> {
  if (isBroken(error)) return error as Error;
  try {
    await client.query('ROLLBACK');
    return undefined;
  } catch (lost) {
    return lost as Error;
  }
}

const BROKEN =
  /^(Query read timeout|Connection terminated|Client (was closed|has encountered a connection error))/;

/** Not an answer of Postgres, but the want of one: what became of the statement is not known. */
export function isBroken(error: unknown): boolean {
  return error instanceof Error && BROKEN.test(error.message);
}

/** Also when a quota is used up: then only Postgres' hint tells. */
export function isDiskFull(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return false;
  return error.code === '53100' || /free disk space/.test(error.hint ?? '');
}

export function sqlState(error: unknown): string | null {
  return error instanceof pg.DatabaseError ? (error.code ?? null) : null;
}

/** The name of the violated constraint, when that is what happened. */
export function violatedConstraint(error: unknown): string | null {
  return error instanceof pg.DatabaseError && error.code?.startsWith('23')
    ? (error.constraint ?? '')
    : null;
}
