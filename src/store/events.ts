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

const RUNNING: Statement = {
  name: 'events_running',
  text: `SELECT pg_snapshot_xmin(s)::text::bigint AS oldest, pg_snapshot_xmax(s)::text::bigint AS next
FROM pg_current_snapshot() s`,
};

/** A number that was drawn by now, and the transaction that must have ended before it and all lower ones are settled. */
interface Mark {
  readonly drawn: bigint;
  readonly settledAt: bigint;
}

const MARKS_MAX = 100;

/**
 * Up to which number the feed has no gaps that may still be filled. A number is drawn by a transaction that already has
 * its id, so once every transaction that ran then has ended, all numbers drawn before are committed or never will be.
 * Nothing of it is stored: a restored database has other transaction ids.
 */
export class EventHorizon {
  readonly #db: Executor;
  #marks: Mark[] = [];
  #settled = 0n;

  constructor(db: Executor) {
    this.#db = db;
  }

  async settled(): Promise<bigint> {
    const [last] = await this.#db.run<{ drawn: bigint }>(LAST_DRAWN, []);
    // After the number, so that whoever drew it is either running now or has ended.
    const [running] = await this.#db.run<{ oldest: bigint; next: bigint }>(RUNNING, []);
    if (!last || !running) return this.#settled;
    this.#marks.push({ drawn: last.drawn, settledAt: running.next });
    for (const { drawn } of this.#marks.filter((one) => one.settledAt <= running.oldest))
      if (drawn > this.#settled) this.#settled = drawn;
    this.#marks = this.#marks.filter((one) => one.settledAt > running.oldest).slice(-MARKS_MAX);
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
