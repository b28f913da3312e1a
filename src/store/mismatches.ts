// Objects of a PSP that our record contradicts, one row each. What an operator resolved stays so until either side
// changes; what had vanished by itself is raised again when it is back.
import type { HistoryKind } from '../domain/ledger/history.ts';
import { auditSql, type Change } from './audit.ts';
import { type Executor, type Statement, toTime } from './db.ts';

export interface PspObject {
  readonly environmentId: string;
  readonly connectionId: string;
  readonly kind: HistoryKind;
  readonly pspReference: string;
}

type Side = Readonly<Record<string, string>>;

export interface Difference {
  readonly what: string;
  readonly ours: Side;
  readonly theirs: Side;
}

export interface NewMismatch extends PspObject, Difference {
  readonly id: string;
  readonly provider: string;
  readonly paymentId: string | null;
  readonly attemptId: string | null;
}

export interface Mismatch extends NewMismatch {
  readonly status: 'open' | 'resolved';
  readonly note: string;
  readonly resolvedBy: string;
  readonly resolvedAt: number | null;
  readonly raisedAt: number;
  readonly seenAt: number;
}

const OBJECT = 'environment_id = $1 AND connection_id = $2 AND kind = $3 AND psp_reference = $4';
const keyOf = ({ environmentId, connectionId, kind, pspReference }: PspObject) => [
  environmentId,
  connectionId,
  kind,
  pspReference,
];

const SEE: Statement = {
  name: 'mismatches_see',
  text: `
UPDATE mismatches SET seen_at = $8
WHERE ${OBJECT} AND what = $5 AND ours = $6::jsonb AND theirs = $7::jsonb
  AND NOT (status = 'resolved' AND resolved_by = 'switchyard') RETURNING id`,
};

/** Whether just this was seen before: then it has been asked about, and perhaps been resolved. */
export async function seeAgain(
  db: Executor,
  object: PspObject,
  { what, ours, theirs }: Difference,
  nowMs: number,
): Promise<boolean> {
  const difference = [what, JSON.stringify(ours), JSON.stringify(theirs)];
  return (await db.run(SEE, [...keyOf(object), ...difference, toTime(nowMs)])).length > 0;
}

const RAISE: Statement = {
  name: 'mismatches_raise',
  text: `
INSERT INTO mismatches AS m (environment_id, connection_id, kind, psp_reference, what, ours, theirs, id, provider,
  payment_id, attempt_id, status, raised_at, seen_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'open', $12, $12)
ON CONFLICT ON CONSTRAINT mismatches_object DO UPDATE SET
  what = excluded.what, ours = excluded.ours, theirs = excluded.theirs, payment_id = excluded.payment_id,
  attempt_id = excluded.attempt_id, seen_at = excluded.seen_at, status = 'open', note = '', resolved_by = '',
  resolved_at = NULL, raised_at = CASE WHEN m.status = 'open' THEN m.raised_at ELSE excluded.raised_at END
WHERE (m.status = 'resolved' AND m.resolved_by = 'switchyard')
  OR (m.what, m.ours, m.theirs) IS DISTINCT FROM (excluded.what, excluded.ours, excluded.theirs)`,
};

export async function raiseMismatch(db: Executor, one: NewMismatch, nowMs: number): Promise<void> {
  const difference = [one.what, JSON.stringify(one.ours), JSON.stringify(one.theirs)];
  const about = [one.id, one.provider, one.paymentId, one.attemptId];
  await db.run(RAISE, [...keyOf(one), ...difference, ...about, toTime(nowMs)]);
}

const VANISH: Statement = {
  name: 'mismatches_vanish',
  text: `
UPDATE mismatches SET status = 'resolved', note = 'both sides agree now', resolved_by = 'switchyard', resolved_at = $5
WHERE ${OBJECT} AND status = 'open'`,
};

/** The two sides agree now. */
export async function vanishMismatch(db: Executor, object: PspObject, nowMs: number) {
  await db.run(VANISH, [...keyOf(object), toTime(nowMs)]);
}

const COLUMNS = `
  m.environment_id AS "environmentId", m.id, m.connection_id AS "connectionId", m.provider, m.kind,
  m.psp_reference AS "pspReference", m.payment_id AS "paymentId", m.attempt_id AS "attemptId", m.what, m.ours, m.theirs,
  m.status, m.note, m.resolved_by AS "resolvedBy", m.resolved_at AS "resolvedAt", m.raised_at AS "raisedAt",
  m.seen_at AS "seenAt"`;

const LIST: Statement = {
  name: 'mismatches_list',
  text: `
SELECT ${COLUMNS} FROM mismatches m
WHERE ($1::text IS NULL OR environment_id = $1) AND ($2::text IS NULL OR status = $2)
ORDER BY raised_at, id LIMIT $3 OFFSET $4`,
};

/** Oldest first. */
export function listMismatches(
  db: Executor,
  filter: { readonly environmentId: string | null; readonly status: string | null },
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<Mismatch[]> {
  return db.run<Mismatch>(LIST, [filter.environmentId, filter.status, limit, offset]);
}

const FIND: Statement = {
  name: 'mismatches_find',
  text: `SELECT ${COLUMNS} FROM mismatches m WHERE id = $1`,
};

export async function findMismatch(db: Executor, id: string): Promise<Mismatch | null> {
  const [found] = await db.run<Mismatch>(FIND, [id]);
  return found ?? null;
}

const ORPHANS: Statement = {
  name: 'mismatches_orphans',
  text: `
SELECT ${COLUMNS} FROM mismatches m
WHERE environment_id = $1 AND connection_id = $2 AND kind IN ('refunds', 'disputes') AND status = 'open'
  AND what = 'unknown_payment' AND theirs->>'payment' = ANY ($3)
ORDER BY raised_at, id`,
};

/** What was given back or contested of payments that nobody knew then. */
export function orphansOf(
  db: Executor,
  { environmentId, connectionId }: Pick<PspObject, 'environmentId' | 'connectionId'>,
  payments: readonly string[],
): Promise<Mismatch[]> {
  return db.run<Mismatch>(ORPHANS, [environmentId, connectionId, payments]);
}

const RESOLVE: Statement = {
  name: 'mismatches_resolve',
  text: `
WITH m AS (
  UPDATE mismatches SET status = 'resolved', note = $2, resolved_by = $3::jsonb->>'id', resolved_at = $4
  WHERE id = $1 AND status = 'open' RETURNING *
), c AS (
  SELECT environment_id, connection_id AS id, id AS mismatch, psp_reference, note FROM m
), a AS (${auditSql('c', 'connection', `'mismatch resolved'`, `jsonb_build_object('mismatch', c.mismatch, 'psp_reference', c.psp_reference, 'note', c.note)`, '$3', '$4')}
)
SELECT ${COLUMNS} FROM m`,
};

/** Null when it is not open. The note is in the audit log, in the same statement. */
export async function resolveMismatch(
  db: Executor,
  id: string,
  note: string,
  { actor, nowMs }: Change,
): Promise<Mismatch | null> {
  const values = [id, note, JSON.stringify(actor), toTime(nowMs)];
  const [resolved] = await db.run<Mismatch>(RESOLVE, values);
  return resolved ?? null;
}
