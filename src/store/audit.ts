// Who changed what: entries are written by the statement that makes the change, and only read here.
import type { Executor, Statement } from './db.ts';

export interface AuditEntry {
  readonly id: bigint;
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
  | 'organization';

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
  SELECT id, actor_type AS "actorType", actor_id AS "actorId", action, metadata, created_at AS "createdAt"
  FROM audit_entries WHERE environment_id = $1 AND subject_type = $2 AND subject_id = $3
  ORDER BY id DESC LIMIT $4 OFFSET $5
) p ON true`,
};

/** Newest first. */
export async function listAudit(
  db: Executor,
  environmentId: string,
  subject: { readonly type: AuditSubject; readonly id: string },
  page: { readonly limit: number; readonly offset: number },
): Promise<{ entries: AuditEntry[]; total: number }> {
  type Row = { readonly total: number } & (AuditEntry | { readonly id: null });
  const rows = await db.run<Row>(LIST, [
    environmentId,
    subject.type,
    subject.id,
    page.limit,
    page.offset,
  ]);
  const entries = rows.flatMap((row) => (row.id === null ? [] : [row]));
  return { entries, total: rows[0]?.total ?? 0 };
}
