// Flow targets, definitions and their versions (connxt.md section 1): the installation's own, no tenant's. A version's
// text and settings never change once it is validated; publishing only moves the definition's pointer.
import { type Executor, type Statement, toTime } from './db.ts';

export interface FlowAction {
  readonly id: string;
  readonly flowTypeId: string;
  readonly name: string;
  readonly steps: readonly string[];
  readonly createdAt: number;
}

export interface FlowTarget<Schema = unknown> {
  readonly id: string;
  readonly flowTypeId: string;
  readonly code: string;
  readonly name: string;
  readonly logo: string | null;
  readonly status: 'ENABLED' | 'DISABLED';
  readonly credentialSchema: Schema;
  readonly inputSchema: Schema;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface FlowDefinition {
  readonly id: string;
  readonly flowActionId: string;
  readonly flowTargetId: string;
  readonly description: string;
  readonly publishedNumber: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export type VersionStatus = 'draft' | 'validated' | 'published' | 'retired';

export interface FlowVersion<Settings = unknown> {
  readonly definitionId: string;
  readonly number: number;
  readonly status: VersionStatus;
  readonly sha256: string;
  readonly text: string;
  readonly language: 'javascript' | 'typescript';
  readonly source: string;
  readonly settings: Settings;
  readonly createdBy: string;
  readonly createdAt: number;
  readonly publishedBy: string | null;
  readonly publishedAt: number | null;
}

const ACTION = `id, flow_type_id AS "flowTypeId", name, steps, created_at AS "createdAt"`;
const TARGET = `id, flow_type_id AS "flowTypeId", code, name, logo, status, credential_schema AS "credentialSchema",
  input_schema AS "inputSchema", created_at AS "createdAt", updated_at AS "updatedAt"`;
const DEFINITION = `id, flow_action_id AS "flowActionId", flow_target_id AS "flowTargetId", description,
  published_number AS "publishedNumber", created_at AS "createdAt", updated_at AS "updatedAt"`;
const VERSION = `definition_id AS "definitionId", number, status, sha256, text, language, source, settings,
  created_by AS "createdBy", created_at AS "createdAt", published_by AS "publishedBy", published_at AS "publishedAt"`;

/** Behind every change, in the same statement. */
const NOTICED = `noticed AS (UPDATE flow_catalogue SET version = version + 1 WHERE EXISTS (SELECT 1 FROM w))`;

const CURRENT: Statement = { name: 'flows_current', text: 'SELECT version FROM flow_catalogue' };

export async function catalogueVersion(db: Executor): Promise<bigint> {
  const [row] = await db.run<{ version: bigint }>(CURRENT, []);
  return row?.version ?? 0n;
}

const LOCK: Statement = {
  name: 'flows_lock',
  text: 'SELECT version FROM flow_catalogue FOR UPDATE',
};

/** Until the end of the transaction nobody else changes what is published. */
export async function lockCatalogue(tx: Executor): Promise<void> {
  await tx.run(LOCK, []);
}

const TYPES: Statement = {
  name: 'flow_types_list',
  text: 'SELECT id, name FROM flow_types ORDER BY name',
};

export function listFlowTypes(db: Executor): Promise<{ id: string; name: string }[]> {
  return db.run(TYPES, []);
}

const ACTIONS: Statement = {
  name: 'flow_actions_list',
  text: `SELECT ${ACTION} FROM flow_actions ORDER BY created_at DESC, id`,
};

/** Newest first, as the reference's sample has them. */
export function listFlowActions(db: Executor): Promise<FlowAction[]> {
  return db.run<FlowAction>(ACTIONS, []);
}

const ADD_ACTION: Statement = {
  name: 'flow_actions_insert',
  text: `
WITH w AS (
  INSERT INTO flow_actions (id, flow_type_id, name, steps, created_at) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT DO NOTHING RETURNING *
), ${NOTICED}
SELECT ${ACTION} FROM w`,
};

/** Null when the type has an action of that name. */
export async function insertFlowAction(
  db: Executor,
  action: FlowAction,
): Promise<FlowAction | null> {
  const { id, flowTypeId, name, steps, createdAt } = action;
  const values = [id, flowTypeId, name, steps, toTime(createdAt)];
  return (await db.run<FlowAction>(ADD_ACTION, values))[0] ?? null;
}

const TARGETS: Statement = {
  name: 'flow_targets_list',
  text: `SELECT ${TARGET} FROM flow_targets ORDER BY name, id`,
};

export function listFlowTargets(db: Executor): Promise<FlowTarget[]> {
  return db.run<FlowTarget>(TARGETS, []);
}

const SAVE_TARGET: Statement = {
  name: 'flow_targets_save',
  text: `
WITH w AS (
  INSERT INTO flow_targets AS t (id, flow_type_id, code, name, logo, status, credential_schema, input_schema,
    created_at, updated_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7::json, $8::json, $9, $9)
  ON CONFLICT (code) DO UPDATE SET name = excluded.name, logo = excluded.logo, status = excluded.status,
    credential_schema = excluded.credential_schema, input_schema = excluded.input_schema,
    updated_at = excluded.updated_at
  RETURNING *
), ${NOTICED}
SELECT ${TARGET} FROM w`,
};

/** Makes the target of that code, or replaces it; its id stays. Throws 23505 when another one has its name. */
export async function saveFlowTarget(db: Executor, target: FlowTarget): Promise<FlowTarget> {
  const { id, flowTypeId, code, name, logo, status, credentialSchema, inputSchema } = target;
  const schemas = [JSON.stringify(credentialSchema), JSON.stringify(inputSchema)];
  const values = [id, flowTypeId, code, name, logo, status, ...schemas, toTime(target.updatedAt)];
  return (await db.run<FlowTarget>(SAVE_TARGET, values))[0]!;
}

const DEFINITIONS: Statement = {
  name: 'flow_definitions_list',
  text: `SELECT ${DEFINITION} FROM flow_definitions ORDER BY flow_target_id, created_at, id`,
};

export function listFlowDefinitions(db: Executor): Promise<FlowDefinition[]> {
  return db.run<FlowDefinition>(DEFINITIONS, []);
}

const SAVE_DEFINITION: Statement = {
  name: 'flow_definitions_save',
  text: `
WITH w AS (
  INSERT INTO flow_definitions (id, flow_action_id, flow_target_id, description, created_at, updated_at)
  VALUES ($1, $2, $3, $4, $5, $5)
  ON CONFLICT (flow_action_id, flow_target_id) DO UPDATE SET description = excluded.description,
    updated_at = excluded.updated_at
  RETURNING *
), ${NOTICED}
SELECT ${DEFINITION} FROM w`,
};

/** Makes the one definition of an action at a target, or describes it anew; its id stays. */
export async function saveFlowDefinition(
  db: Executor,
  definition: Omit<FlowDefinition, 'publishedNumber'>,
): Promise<FlowDefinition> {
  const { id, flowActionId, flowTargetId, description, updatedAt } = definition;
  const values = [id, flowActionId, flowTargetId, description, toTime(updatedAt)];
  return (await db.run<FlowDefinition>(SAVE_DEFINITION, values))[0]!;
}

const ADD_VERSION: Statement = {
  name: 'flow_versions_insert',
  text: `
INSERT INTO flow_versions (definition_id, number, status, sha256, text, language, source, settings, created_by, created_at)
SELECT d.id, coalesce((SELECT max(number) FROM flow_versions v WHERE v.definition_id = d.id), 0) + 1, 'draft', '', $2, $3,
  '', $4::json, $5, $6
FROM flow_definitions d WHERE d.id = $1 FOR UPDATE OF d
RETURNING ${VERSION}`,
};

/** A draft with the next number. Null when there is no such definition. */
export async function insertFlowVersion(
  db: Executor,
  definitionId: string,
  draft: Pick<FlowVersion, 'text' | 'language' | 'settings' | 'createdBy' | 'createdAt'>,
): Promise<FlowVersion | null> {
  const { text, language, settings, createdBy, createdAt } = draft;
  const values = [definitionId, text, language, JSON.stringify(settings), createdBy];
  const [row] = await db.run<FlowVersion>(ADD_VERSION, [...values, toTime(createdAt)]);
  return row ?? null;
}

const VERSIONS: Statement = {
  name: 'flow_versions_list',
  text: `SELECT ${VERSION} FROM flow_versions WHERE definition_id = $1 ORDER BY number DESC LIMIT 200`,
};

/** Newest first. */
export function listFlowVersions(db: Executor, definitionId: string): Promise<FlowVersion[]> {
  return db.run<FlowVersion>(VERSIONS, [definitionId]);
}

const FIND_VERSION: Statement = {
  name: 'flow_versions_find',
  text: `SELECT ${VERSION} FROM flow_versions WHERE definition_id = $1 AND number = $2`,
};

export async function findFlowVersion(
  db: Executor,
  definitionId: string,
  number: number,
): Promise<FlowVersion | null> {
  return (await db.run<FlowVersion>(FIND_VERSION, [definitionId, number]))[0] ?? null;
}

const PUBLISHED: Statement = {
  name: 'flow_versions_published',
  text: `
SELECT ${VERSION} FROM flow_versions v
WHERE EXISTS (SELECT 1 FROM flow_definitions d WHERE d.id = v.definition_id AND d.published_number = v.number)`,
};

export function listPublishedVersions(db: Executor): Promise<FlowVersion[]> {
  return db.run<FlowVersion>(PUBLISHED, []);
}

const VALIDATE: Statement = {
  name: 'flow_versions_validate',
  text: `
UPDATE flow_versions SET status = 'validated', sha256 = $3, source = $4
WHERE definition_id = $1 AND number = $2 AND status = 'draft' RETURNING ${VERSION}`,
};

/** Null when it is no draft (any more). */
export async function validateFlowVersion(
  db: Executor,
  { definitionId, number }: Pick<FlowVersion, 'definitionId' | 'number'>,
  checked: { readonly sha256: string; readonly source: string },
): Promise<FlowVersion | null> {
  const values = [definitionId, number, checked.sha256, checked.source];
  return (await db.run<FlowVersion>(VALIDATE, values))[0] ?? null;
}

const PUBLISH: Statement = {
  name: 'flow_versions_publish',
  text: `
WITH d AS MATERIALIZED (
  SELECT id, published_number FROM flow_definitions WHERE id = $1 FOR UPDATE
), w AS (
  UPDATE flow_versions v SET
    status = CASE WHEN v.number = $2 THEN 'published' ELSE 'retired' END,
    published_by = CASE WHEN v.number = $2 THEN $3 ELSE v.published_by END,
    published_at = CASE WHEN v.number = $2 THEN $4 ELSE v.published_at END
  FROM d
  WHERE v.definition_id = d.id AND (v.number = $2 OR v.number = d.published_number)
    AND EXISTS (SELECT 1 FROM flow_versions o WHERE o.definition_id = d.id AND o.number = $2 AND o.status <> 'draft')
  RETURNING v.*
), p AS (
  UPDATE flow_definitions SET published_number = $2, updated_at = $4 WHERE id = $1 AND EXISTS (SELECT 1 FROM w)
), ${NOTICED}
SELECT ${VERSION} FROM w WHERE number = $2`,
};

/** Makes a validated version, or an older one again, the one that new transactions run. Null for a draft. */
export async function publishFlowVersion(
  db: Executor,
  { definitionId, number }: Pick<FlowVersion, 'definitionId' | 'number'>,
  by: string,
  nowMs: number,
): Promise<FlowVersion | null> {
  const values = [definitionId, number, by, toTime(nowMs)];
  return (await db.run<FlowVersion>(PUBLISH, values))[0] ?? null;
}
