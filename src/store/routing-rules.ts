// Routing rules. The seed's fields are columns; what we add to them (conditions, ordered lists, splits) is one JSON
// column. Every change raises the environment's configuration version and leaves an audit entry.
import type { RoutingRule } from '../domain/routing/rule.ts';
import { auditSql, type Change } from './audit.ts';
import type { Executor, Statement } from './db.ts';
import { toTime } from './db.ts';

export interface StoredRule extends RoutingRule {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly updatedAt: number;
}

/** The JSON column `conditions`. */
export interface RuleExtras {
  readonly conditions?: RoutingRule['conditions'];
  readonly connections?: RoutingRule['connections'];
  readonly split?: RoutingRule['split'];
}

export function ruleParts({ conditions, connections, split }: RuleExtras) {
  return { conditions: conditions ?? null, connections: connections ?? null, split: split ?? null };
}

const COLUMNS = `
  r.id, r.name, r.countries, r.methods, r.connection_id AS "connectionId", r.priority,
  r.fallback_to_default AS "fallbackToDefault", r.enabled, r.conditions AS extras, r.metadata,
  r.created_at AS "createdAt", r.updated_at AS "updatedAt"`;

type Row = Omit<StoredRule, keyof RuleExtras> & { readonly extras: RuleExtras };

const toRule = ({ extras, ...row }: Row): StoredRule => ({ ...row, ...ruleParts(extras) });

/** Follows a change in the CTE `r`: raises the version and writes who did what. */
const consequences = (action: string, actor: `$${number}`, time: `$${number}`) => `
e AS (
  UPDATE environments SET config_version = config_version + 1 FROM r WHERE environments.id = r.environment_id
), a AS (${auditSql('r', 'routing_rule', `'${action}'`, METADATA, actor, time)}
)`;

const METADATA = `jsonb_build_object('name', r.name, 'connection_id', r.connection_id, 'priority', r.priority,
      'enabled', r.enabled)`;

const INSERT: Statement = {
  name: 'routing_rules_insert',
  text: `
WITH r AS (
  INSERT INTO routing_rules (environment_id, id, name, countries, methods, connection_id, priority, fallback_to_default,
    enabled, conditions, metadata, created_at, updated_at)
  SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12
  WHERE (SELECT count(*) FROM routing_rules WHERE environment_id = $1) < $14
  RETURNING *
), ${consequences('created', '$13', '$12')}
SELECT ${COLUMNS} FROM r`,
};

/** Null when the environment has `rulesMax` rules. */
export async function insertRule(
  db: Executor,
  environmentId: string,
  rule: StoredRule,
  { actor, nowMs }: Change,
  rulesMax: number,
): Promise<StoredRule | null> {
  const [row] = await db.run<Row>(INSERT, [
    ...valuesOf(environmentId, rule),
    toTime(nowMs),
    JSON.stringify(actor),
    rulesMax,
  ]);
  return row ? toRule(row) : null;
}

const UPDATE: Statement = {
  name: 'routing_rules_update',
  text: `
WITH r AS (
  UPDATE routing_rules SET name = $3, countries = $4, methods = $5, connection_id = $6, priority = $7,
    fallback_to_default = $8, enabled = $9, conditions = $10, metadata = $11, updated_at = greatest($12, updated_at)
  WHERE environment_id = $1 AND id = $2
  RETURNING *
), ${consequences('updated', '$13', '$12')}
SELECT ${COLUMNS} FROM r`,
};

/** Null when the rule is gone. Read with `lockRule` in the same transaction before. */
export async function updateRule(
  db: Executor,
  environmentId: string,
  rule: StoredRule,
  { actor, nowMs }: Change,
): Promise<StoredRule | null> {
  const [row] = await db.run<Row>(UPDATE, [
    ...valuesOf(environmentId, rule),
    toTime(nowMs),
    JSON.stringify(actor),
  ]);
  return row ? toRule(row) : null;
}

const FIND: Statement = {
  name: 'routing_rules_find',
  text: `SELECT ${COLUMNS} FROM routing_rules r WHERE r.environment_id = $1 AND r.id = $2`,
};

export async function findRule(
  db: Executor,
  environmentId: string,
  ruleId: string,
): Promise<StoredRule | null> {
  const [row] = await db.run<Row>(FIND, [environmentId, ruleId]);
  return row ? toRule(row) : null;
}

const LOCK: Statement = { name: 'routing_rules_lock', text: `${FIND.text} FOR UPDATE` };

/** As `findRule`; nobody else changes the rule until the transaction ends. */
export async function lockRule(
  tx: Executor,
  environmentId: string,
  ruleId: string,
): Promise<StoredRule | null> {
  const [row] = await tx.run<Row>(LOCK, [environmentId, ruleId]);
  return row ? toRule(row) : null;
}

const LIST: Statement = {
  name: 'routing_rules_list',
  text: `
WITH t AS (SELECT count(*)::int AS total FROM routing_rules WHERE environment_id = $1)
SELECT t.total, p.* FROM t LEFT JOIN LATERAL (
  SELECT ${COLUMNS} FROM routing_rules r WHERE r.environment_id = $1
  ORDER BY r.priority DESC, r.created_at, r.id LIMIT $2 OFFSET $3
) p ON true`,
};

/** In the order in which they are asked. */
export async function listRules(
  db: Executor,
  environmentId: string,
  page: { readonly limit: number; readonly offset: number },
): Promise<{ rules: StoredRule[]; total: number }> {
  type Listed = { readonly total: number; readonly id: string | null };
  const rows = await db.run<Listed>(LIST, [environmentId, page.limit, page.offset]);
  const rules = rows.flatMap(({ total: _total, ...row }) =>
    row.id === null ? [] : [toRule(row as unknown as Row)],
  );
  return { rules, total: rows[0]?.total ?? 0 };
}

const DELETE: Statement = {
  name: 'routing_rules_delete',
  text: `
WITH r AS (
  DELETE FROM routing_rules WHERE environment_id = $1 AND id = $2 RETURNING *
), ${consequences('deleted', '$3', '$4')}
SELECT 1 FROM r`,
};

export async function deleteRule(
  db: Executor,
  environmentId: string,
  ruleId: string,
  { actor, nowMs }: Change,
): Promise<boolean> {
  const rows = await db.run(DELETE, [environmentId, ruleId, JSON.stringify(actor), toTime(nowMs)]);
  return rows.length === 1;
}

function valuesOf(environmentId: string, rule: StoredRule): unknown[] {
  const { conditions, connections, split } = rule;
  const extras: RuleExtras = {
    ...(conditions ? { conditions } : {}),
    ...(connections ? { connections } : {}),
    ...(split ? { split } : {}),
  };
  return [
    environmentId,
    rule.id,
    rule.name,
    rule.countries,
    rule.methods,
    rule.connectionId,
    rule.priority,
    rule.fallbackToDefault,
    rule.enabled,
    JSON.stringify(extras),
    JSON.stringify(rule.metadata),
  ];
}
