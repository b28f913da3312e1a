// Tasks of the Formance API that stand for themselves: what was asked for was done with the commit that made them.
import { type Executor, type Statement, toTime } from './db.ts';

export interface LedgerTask {
  readonly environmentId: string;
  readonly reference: string;
  readonly connectionId: string | null;
  readonly status: 'PROCESSING' | 'SUCCEEDED' | 'FAILED';
  readonly createdObjectId: string | null;
  readonly error: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

const INSERT: Statement = {
  name: 'ledger_tasks_insert',
  text: `
INSERT INTO ledger_tasks (environment_id, reference, connection_id, status, created_object_id, error, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
};

export async function insertTask(db: Executor, task: LedgerTask): Promise<void> {
  await db.run(INSERT, [
    task.environmentId,
    task.reference,
    task.connectionId,
    task.status,
    task.createdObjectId,
    task.error,
    toTime(task.createdAt),
    toTime(task.updatedAt),
  ]);
}

const FIND: Statement = {
  name: 'ledger_tasks_find',
  text: `
SELECT environment_id AS "environmentId", reference, connection_id AS "connectionId", status,
  created_object_id AS "createdObjectId", error, created_at AS "createdAt", updated_at AS "updatedAt"
FROM ledger_tasks WHERE environment_id = $1 AND reference = $2`,
};

export async function findTask(
  db: Executor,
  environmentId: string,
  reference: string,
): Promise<LedgerTask | null> {
  const [row] = await db.run<LedgerTask>(FIND, [environmentId, reference]);
  return row ?? null;
}
