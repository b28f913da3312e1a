// The outbox as a feed. Numbers are given before commits, so a reader that follows the highest number it saw would skip
// an event that commits late: nothing is shown before every transaction that may hold a lower number has ended.
import { type Executor, type Statement, toTime } from './db.ts';

export interface EventRow {
  readonly sequence: bigint;
  readonly id: string;
  readonly paymentId: string | null;
  readonly paymentSequence: number | null;
  readonly type: string;
  readonly snapshot: Readonly<Record<string, unknown>>;
  readonly createdAt: number;
}

const COLUMNS = `sequence, id, payment_id AS "paymentId", payment_sequence AS "paymentSequence", type, snapshot,
  created_at AS "createdAt"`;

const LAST_DRAWN: Statement = {
  name: 'events_last_drawn',
  text: `SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS drawn FROM events_sequence_seq`,
};

/**
 * The transactions of this database that have an id, which they keep locked from before they draw a number until after
 * others see what they wrote. `pg_snapshot_xmin` would tell of all databases of the server, and let any of them hold us up.
 */
const WRITERS: Statement = {
  name: 'events_writers',
  text: `
SELECT l.transactionid::text AS id FROM pg_locks l LEFT JOIN pg_stat_activity a USING (pid)
WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND coalesce(a.datname = current_database(), true)`,
};

/** A number that was drawn by now, and the transactions that must have ended before it and all lower ones are settled. */
interface Mark {
  readonly drawn: bigint;
  readonly writers: readonly string[];
}

const MARKS_MAX = 100;

/**
 * Up to which number the feed has no gaps that may still be filled. A number is drawn by a transaction that already has
 * its id, so once every transaction that ran then has ended, all numbers drawn before are committed or never will be.
 * Nothing of it is stored: a restored database has other transaction ids.
 */
export class EventHorizon {
  readonly #db: Executor;
  #marks: readonly Mark[] = [];
  #settled = 0n;

  constructor(db: Executor) {
    this.#db = db;
  }

  async settled(): Promise<bigint> {
    const [last] = await this.#db.run<{ drawn: bigint }>(LAST_DRAWN, []);
    if (!last || last.drawn === this.#settled) return this.#settled;
    const marks = this.#marks; // those of later callers may wait for transactions that we do not see yet
    // After the number, so that whoever drew it is either running now or has ended.
    const writers = (await this.#db.run<{ id: string }>(WRITERS, [])).map(({ id }) => id);
    const running = new Set(writers);
    const own = { drawn: last.drawn, writers };
    const done = [...marks, own].filter((one) => !one.writers.some((id) => running.has(id)));
    for (const { drawn } of done) if (drawn > this.#settled) this.#settled = drawn;
    this.#marks = [...this.#marks, own]
      .filter((one) => one.drawn > this.#settled)
      .slice(-MARKS_MAX);
    return this.#settled;
  }
}

const AFTER: Statement = {
  name: 'events_after',
  text: `
SELECT ${COLUMNS} FROM events
WHERE environment_id = $1 AND sequence > $2 AND sequence <= $3
  AND ($4::text[] IS NULL OR type = ANY($4)) AND ($5::text IS NULL OR payment_id = $5)
ORDER BY sequence LIMIT $6`,
};

export interface EventPage {
  readonly after: bigint;
  /** From an EventHorizon. */
  readonly upTo: bigint;
  readonly types: readonly string[] | null;
  readonly paymentId: string | null;
  readonly limit: number;
}

/** In the order of their numbers. */
export function eventsAfter(
  db: Executor,
  environmentId: string,
  { after, upTo, types, paymentId, limit }: EventPage,
): Promise<EventRow[]> {
  return db.run<EventRow>(AFTER, [environmentId, after, upTo, types, paymentId, limit]);
}

const NEWEST: Statement = {
  name: 'events_newest',
  text: `
SELECT sequence FROM events WHERE environment_id = $1 AND sequence <= $2 ORDER BY sequence DESC LIMIT 1`,
};

/** The number of an environment's newest event; 0 when it has none. */
export async function newestEvent(
  db: Executor,
  environmentId: string,
  upTo: bigint,
): Promise<bigint> {
  const [row] = await db.run<{ sequence: bigint }>(NEWEST, [environmentId, upTo]);
  return row?.sequence ?? 0n;
}

const TEST: Statement = {
  name: 'events_insert_test',
  text: `
WITH e AS (
  INSERT INTO events (environment_id, id, type, snapshot, created_at)
  SELECT $1, $2, $3, $4, $5 WHERE pg_current_xact_id() IS NOT NULL -- before the number is drawn (EventHorizon)
  RETURNING environment_id, id, sequence, type, payment_id, created_at
)
INSERT INTO deliveries (environment_id, event_id, endpoint_id, event_sequence, event_type, status, created_at, updated_at)
SELECT e.environment_id, e.id, $6, e.sequence, e.type, 'pending', e.created_at, e.created_at FROM e`,
};

/** A test event, for one endpoint alone; nobody but its maker sends it. */
export async function insertTestEvent(
  db: Executor,
  environmentId: string,
  event: Pick<EventRow, 'id' | 'type' | 'snapshot' | 'createdAt'>,
  endpointId: string,
): Promise<void> {
  const { id, type, snapshot, createdAt } = event;
  const values = [environmentId, id, type, JSON.stringify(snapshot), toTime(createdAt), endpointId];
  await db.run(TEST, values);
}
