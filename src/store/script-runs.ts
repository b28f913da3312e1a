// What runs of scripts heard: for looking into one afterwards, and for running it again. Never read on the way of money.
import { type Executor, type Statement, toTime } from './db.ts';
import { toJson } from './payment-rows.ts';

export interface ScriptRunRow<Journal = unknown> {
  readonly environmentId: string;
  readonly id: string;
  readonly txnId: string;
  readonly definitionId: string;
  readonly number: number;
  readonly step: string;
  readonly connectionId: string;
  readonly journal: Journal;
  readonly createdAt: number;
}

const INSERT: Statement = {
  name: 'script_runs_insert',
  text: `
INSERT INTO script_runs (environment_id, id, txn_id, definition_id, number, step, connection_id, journal, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8::json, $9)`,
};

export async function insertScriptRun(db: Executor, run: ScriptRunRow): Promise<void> {
  const { environmentId, id, txnId, definitionId, number, step, connectionId, journal } = run;
  const values = [environmentId, id, txnId, definitionId, number, step, connectionId];
  await db.run(INSERT, [
    ...values,
    journal === null ? null : toJson(journal),
    toTime(run.createdAt),
  ]);
}

const COLUMNS = `environment_id AS "environmentId", id, txn_id AS "txnId", definition_id AS "definitionId", number, step,
  connection_id AS "connectionId", journal, created_at AS "createdAt"`;

const FIND: Statement = {
  name: 'script_runs_find',
  text: `SELECT ${COLUMNS} FROM script_runs WHERE environment_id = $1 AND id = $2`,
};

export async function findScriptRun(
  db: Executor,
  environmentId: string,
  id: string,
): Promise<ScriptRunRow | null> {
  return (await db.run<ScriptRunRow>(FIND, [environmentId, id]))[0] ?? null;
}

const FORGET: Statement = {
  name: 'script_runs_forget',
  text: `
DELETE FROM script_runs WHERE (environment_id, id) IN (
  SELECT environment_id, id FROM script_runs WHERE created_at < $1 LIMIT $2)
RETURNING 1`,
};

/** Journals hold what customers gave: they are kept as long as somebody may want to look into a run. */
export async function forgetScriptRuns(
  db: Executor,
  beforeMs: number,
  limit: number,
): Promise<number> {
  return (await db.run(FORGET, [toTime(beforeMs), limit])).length;
}

const OF_TRANSACTION: Statement = {
  name: 'script_runs_of_transaction',
  text: `SELECT ${COLUMNS} FROM script_runs WHERE environment_id = $1 AND txn_id = $2 ORDER BY id LIMIT 200`,
};

/** Oldest first. */
export function listScriptRuns(
  db: Executor,
  environmentId: string,
  txnId: string,
): Promise<ScriptRunRow[]> {
  return db.run<ScriptRunRow>(OF_TRANSACTION, [environmentId, txnId]);
}
