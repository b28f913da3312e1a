// How much waits to be delivered or applied, and since when: for those who watch a server. Bounded, whatever waits.
import { type Executor, type Statement, toTime } from './db.ts';

export interface Backlog {
  readonly queue: 'deliveries' | 'webhooks';
  /** Due now; counted up to a thousand per endpoint, and ten thousand webhooks. */
  readonly due: number;
  /** Null: nothing is due. */
  readonly oldestDueAt: number | null;
}

const MEASURE: Statement = {
  name: 'backlog_measure',
  text: `
SELECT 'deliveries' AS queue, coalesce(sum(d.due), 0)::int AS due, min(d.oldest) AS "oldestDueAt"
FROM endpoints w, LATERAL (
  SELECT count(*) AS due, min(next_try_at) AS oldest FROM (
    SELECT next_try_at FROM deliveries
    WHERE environment_id = w.environment_id AND endpoint_id = w.id AND next_try_at <= $1
    ORDER BY next_try_at LIMIT 1000
  ) counted
) d WHERE w.status = 'active'
UNION ALL
SELECT 'webhooks', count(*)::int, min(next_try_at) FROM (
  SELECT next_try_at FROM inbound_webhooks WHERE next_try_at <= $1 ORDER BY next_try_at LIMIT 10000
) counted`,
};

export function measureBacklog(db: Executor, nowMs: number): Promise<Backlog[]> {
  return db.run<Backlog>(MEASURE, [toTime(nowMs)]);
}
