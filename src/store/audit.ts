// Who changed what: entries are written by the statement that makes the change, and only read here.
import { type Executor, type Statement, toTime } from './db.ts';

export interface AuditEntry {
  /** Its place in the chain of its environment: what an entry's hash covers, unlike its row's number. */
  readonly position: bigint;
  readonly actorType: string;
  readonly actorId: string;
  readonly action: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Epoch milliseconds. */
  readonly createdAt: number;
}

export type AuditSubject =
  | 'connection'
  | 'routing_rule'
  | 'api_key'
  | 'endpoint'
  | 'payment'
  | 'environment'
  | 'organization'
  | 'installation'
  | 'flow_action'
  | 'flow_target'
  | 'flow_definition'
  | 'script_connector';

/**
 * Who makes a change: the key that proved itself, or the person it speaks for (`X-Actor-Id`, which proves nothing); the
 * operator; or Switchyard itself.
 */
export interface Actor {
  readonly type: 'api_key' | 'user' | 'operator' | 'system';
  readonly id: string;
  readonly keyId: string;
}

/** Who changes something, and when. */
export interface Change {
  readonly actor: Actor;
  readonly nowMs: number;
}

/**
 * The INSERT of the entries for all rows of the CTE `source`. `action` and `metadata` are SQL, the last two are
 * parameters: the actor as JSON, and the time.
 */
export function auditSql(
  source: string,
  subject: AuditSubject,
  action: string,
  metadata: string,
  actor: `$${number}`,
  time: `$${number}`,
): string {
  return `
  INSERT INTO audit_entries (environment_id, subject_type, subject_id, actor_type, actor_id, action, metadata, created_at)
  SELECT ${source}.environment_id, '${subject}', ${source}.id, ${actor}::jsonb->>'type', ${actor}::jsonb->>'id', ${action},
    ${metadata} || jsonb_build_object('key_id', ${actor}::jsonb->>'keyId'), ${time}
  FROM ${source}`;
}

const LIST: Statement = {
  name: 'audit_entries_list',
  text: `
WITH t AS (
  SELECT count(*)::int AS total FROM audit_entries
  WHERE environment_id = $1 AND subject_type = $2 AND subject_id = $3
)
SELECT t.total, p.* FROM t LEFT JOIN LATERAL (
  SELECT position, actor_type AS "actorType", actor_id AS "actorId", action, metadata, created_at AS "createdAt"
  FROM audit_entries WHERE environment_id = $1 AND subject_type = $2 AND subject_id = $3
  ORDER BY position DESC LIMIT $4 OFFSET $5
) p ON true`,
};

/** Newest first. */
export async function listAudit(
  db: Executor,
  environmentId: string,
  subject: { readonly type: AuditSubject; readonly id: string },
  page: { readonly limit: number; readonly offset: number },
): Promise<{ entries: AuditEntry[]; total: number }> {
  type Row = { readonly total: number } & (AuditEntry | { readonly position: null });
  const rows = await db.run<Row>(LIST, [
    environmentId,
    subject.type,
    subject.id,
    page.limit,
    page.offset,
  ]);
  const entries = rows.flatMap((row) => (row.position === null ? [] : [row]));
  return { entries, total: rows[0]?.total ?? 0 };
}

const ADD: Statement = {
  name: 'audit_entries_add',
  text: `
INSERT INTO audit_entries (environment_id, subject_type, subject_id, actor_type, actor_id, action, metadata, created_at)
SELECT $1, $2, $3, $4::jsonb->>'type', $4::jsonb->>'id', $5, $6::jsonb || jsonb_build_object('key_id', $4::jsonb->>'keyId'), $7`,
};

export interface NewAuditEntry {
  /** `admin` for what is of no environment. */
  readonly environmentId: string;
  readonly subject: { readonly type: AuditSubject; readonly id: string };
  readonly action: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** For what is done outside of the statement that could write its own entry. */
export async function addAudit(
  db: Executor,
  { environmentId, subject, action, metadata }: NewAuditEntry,
  { actor, nowMs }: Change,
): Promise<void> {
  await db.run(ADD, [
    environmentId,
    subject.type,
    subject.id,
    JSON.stringify(actor),
    action,
    JSON.stringify(metadata),
    toTime(nowMs),
  ]);
}

/** An entry with its place in the chain of its environment. */
export interface ChainedEntry extends AuditEntry {
  readonly environmentId: string;
  readonly subjectType: AuditSubject;
  readonly subjectId: string;
  /** Hexadecimal. */
  readonly hash: string;
}

const CHAIN: Statement = {
  name: 'audit_entries_chain',
  text: `
SELECT environment_id AS "environmentId", position, subject_type AS "subjectType", subject_id AS "subjectId",
  actor_type AS "actorType", actor_id AS "actorId", action, metadata, created_at AS "createdAt",
  encode(hash, 'hex') AS hash
FROM audit_entries
WHERE environment_id = $1 AND ($2::bigint IS NULL OR position < $2) AND ($3::text IS NULL OR subject_type = $3)
  AND ($4::text IS NULL OR subject_id = $4)
ORDER BY position DESC LIMIT $5`,
};

export interface ChainQuery {
  readonly environmentId: string;
  /** Only entries before this position. */
  readonly before: bigint | null;
  readonly subjectType: string | null;
  readonly subjectId: string | null;
  readonly limit: number;
}

/** Who did what in an environment, newest first. */
export function listChain(
  db: Executor,
  { environmentId, before, subjectType, subjectId, limit }: ChainQuery,
): Promise<ChainedEntry[]> {
  return db.run<ChainedEntry>(CHAIN, [environmentId, before, subjectType, subjectId, limit]);
}

const VERIFY: Statement = {
  name: 'audit_verify',
  text: `
WITH c AS (
  SELECT e.environment_id, e.position, e.hash, row_number() OVER w AS place,
    audit_hash(coalesce(lag(e.hash) OVER w, sha256('')), e) AS expected
  FROM audit_entries e WINDOW w AS (PARTITION BY e.environment_id ORDER BY e.position)
), s AS (
  SELECT environment_id, count(*) AS entries, max(position) AS last,
    min(position) FILTER (WHERE hash IS DISTINCT FROM expected OR position <> place) AS broken,
    (array_agg(hash ORDER BY position DESC))[1] AS head
  FROM c GROUP BY environment_id
)
SELECT coalesce(h.environment_id, s.environment_id) AS "environmentId", coalesce(s.entries, 0) AS entries,
  coalesce(h.position, 0) AS position, coalesce(encode(h.hash, 'hex'), '') AS hash, s.broken,
  h.position IS NOT DISTINCT FROM s.last AND h.hash IS NOT DISTINCT FROM s.head AS whole
FROM audit_heads h FULL JOIN s ON s.environment_id = h.environment_id
ORDER BY 1`,
};

export interface ChainState {
  readonly environmentId: string;
  readonly entries: bigint;
  /** The place and hash of the newest entry: whoever keeps them elsewhere can prove later that nothing was rewritten. */
  readonly position: bigint;
  readonly hash: string;
  /** The first entry that is not what was written; null: none. */
  readonly broken: bigint | null;
  /** Nothing was cut off at the end. */
  readonly whole: boolean;
}

/** Every environment's chain, computed anew. */
export function verifyChains(db: Executor): Promise<ChainState[]> {
  return db.run<ChainState>(VERIFY, []);
}

const AT: Statement = {
  name: 'audit_at',
  text: `SELECT encode(hash, 'hex') AS hash FROM audit_entries WHERE environment_id = $1 AND position = $2`,
};

/** The hash of the entry at a place, or null. */
export async function chainHashAt(
  db: Executor,
  environmentId: string,
  position: bigint,
): Promise<string | null> {
  const [row] = await db.run<{ hash: string }>(AT, [environmentId, position]);
  return row?.hash ?? null;
}
