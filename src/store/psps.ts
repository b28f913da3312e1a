// PSPs of the Connxt API: connections, and beside them what only a PSP has. A connection that was made through another
// API is listed too, with nothing beside it.
import { type Executor, type Statement, toTime } from './db.ts';

export interface PspOperation {
  readonly flowActionId: string;
  readonly flowDefinitionId: string;
  readonly status: 'ENABLED' | 'DISABLED';
}

export interface PspFacts {
  readonly flowTargetId: string;
  readonly name: string;
  readonly description: string | null;
  readonly logo: string | null;
  readonly operations: readonly PspOperation[];
}

export interface PspRow {
  /** The connection's. */
  readonly id: string;
  readonly provider: string;
  readonly status: 'active' | 'inactive';
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Null: not made as a PSP. */
  readonly facts: PspFacts | null;
}

const SAVE: Statement = {
  name: 'psps_save',
  text: `
INSERT INTO psps (environment_id, connection_id, flow_target_id, name, description, logo, operations, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7::json, $8, $8)
ON CONFLICT (environment_id, connection_id) DO UPDATE SET name = excluded.name, description = excluded.description,
  logo = excluded.logo, operations = excluded.operations, updated_at = excluded.updated_at`,
};

/** In the transaction that saves the connection. Violates `psps_name` when the target has a PSP of that name. */
export async function savePsp(
  tx: Executor,
  environmentId: string,
  id: string,
  facts: PspFacts,
  nowMs: number,
): Promise<void> {
  const { flowTargetId, name, description, logo, operations } = facts;
  const values = [environmentId, id, flowTargetId, name, description, logo];
  await tx.run(SAVE, [...values, JSON.stringify(operations), toTime(nowMs)]);
}

const COLUMNS = `
  c.id, c.provider, c.status, c.created_at AS "createdAt", greatest(c.updated_at, p.updated_at) AS "updatedAt",
  CASE WHEN p.connection_id IS NULL THEN NULL ELSE json_build_object('flowTargetId', p.flow_target_id, 'name', p.name,
    'description', p.description, 'logo', p.logo, 'operations', p.operations) END AS facts
FROM connections c LEFT JOIN psps p ON p.environment_id = c.environment_id AND p.connection_id = c.id`;

const FIND: Statement = {
  name: 'psps_find',
  text: `SELECT ${COLUMNS} WHERE c.environment_id = $1 AND c.id = $2`,
};

export async function findPsp(
  db: Executor,
  environmentId: string,
  id: string,
): Promise<PspRow | null> {
  return (await db.run<PspRow>(FIND, [environmentId, id]))[0] ?? null;
}

const BY_NAME: Statement = {
  name: 'psps_by_name',
  text: `SELECT connection_id AS id FROM psps WHERE environment_id = $1 AND flow_target_id = $2 AND name = $3`,
};

/** The id of the PSP that has the name at that target. */
export async function findPspNamed(
  db: Executor,
  environmentId: string,
  flowTargetId: string,
  name: string,
): Promise<string | null> {
  const [row] = await db.run<{ id: string }>(BY_NAME, [environmentId, flowTargetId, name]);
  return row?.id ?? null;
}

const LIST: Statement = {
  name: 'psps_list',
  text: `
SELECT (SELECT count(*)::int FROM connections WHERE environment_id = $1) AS total, ${COLUMNS}
WHERE c.environment_id = $1 ORDER BY c.created_at DESC, c.id DESC LIMIT $2 OFFSET $3`,
};

/** Newest first. */
export async function listPsps(
  db: Executor,
  environmentId: string,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<{ readonly psps: PspRow[]; readonly total: number }> {
  const values = [environmentId, limit, offset];
  const psps = await db.run<PspRow & { readonly total: number }>(LIST, values);
  return { psps, total: psps[0]?.total ?? 0 };
}
