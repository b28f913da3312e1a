// Credentials of connections that were deleted. A connection is not deleted while a payment at it is open; but one that
// begins at the same moment is not seen, and its outcome has to be asked for all the same.
import { type Executor, type Statement, toTime } from './db.ts';

/** Whether anything is still to be asked or done at the PSP of a connection, by terms of its environment and its id. */
export const isUsed = (environmentId: string, id: string) => `(
  EXISTS (SELECT 1 FROM attempts WHERE environment_id = ${environmentId} AND connection_id = ${id}
    AND operation <> 'record' AND status IN ('ready', 'sent', 'unknown', 'pending', 'requires_action', 'authorized'))
  OR EXISTS (SELECT 1 FROM operations WHERE environment_id = ${environmentId} AND connection_id = ${id}
    AND status IN ('sent', 'unknown', 'pending', 'manual_review')))`;

const FIND: Statement = {
  name: 'gone_connections_find',
  text: `SELECT sealed_credentials AS sealed FROM gone_connections WHERE environment_id = $1 AND id = $2`,
};

export async function findGoneCredentials(
  db: Executor,
  environmentId: string,
  id: string,
): Promise<string | null> {
  const [row] = await db.run<{ sealed: string }>(FIND, [environmentId, id]);
  return row?.sealed ?? null;
}

const FORGET: Statement = {
  name: 'gone_connections_forget',
  text: `DELETE FROM gone_connections g WHERE gone_at < $1 AND NOT ${isUsed('g.environment_id', 'g.id')}`,
};

/** Of connections that were deleted before then and have nothing open. */
export async function forgetGoneConnections(db: Executor, beforeMs: number): Promise<void> {
  await db.run(FORGET, [toTime(beforeMs)]);
}
