// Checks the parts of a routing rule that a merchant sent, against each other and against the connections there are.
import type { FieldProblem } from '../../domain/connection/field-problem.ts';
import type { RoutingRule, RuleConditions } from '../../domain/routing/rule.ts';
import { ruleProblems } from '../../domain/routing/rule-problems.ts';
import { invalid } from '../../kernel/problem.ts';
import { findMissingConnections } from '../../store/connections.ts';
import type { Executor } from '../../store/db.ts';
import { refuse } from '../connection/read-connection.ts';

/** What was sent of a rule; absent: keep, or take the default. */
export interface RuleFields {
  readonly name?: string;
  readonly countries?: readonly string[];
  readonly methods?: readonly string[];
  readonly connectionId?: string;
  readonly priority?: number;
  readonly fallbackToDefault?: boolean;
  readonly enabled?: boolean;
  /** Null: none. */
  readonly conditions?: RuleConditions | null;
  readonly connections?: readonly string[] | null;
  readonly split?: RoutingRule['split'];
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** The rule after the change, before it has an id or times. */
export type RuleContent = Required<{
  [K in keyof RuleFields]: NonNullable<RuleFields[K]> | null;
}> & {
  readonly name: string;
  readonly countries: readonly string[];
  readonly methods: readonly string[];
  readonly connectionId: string;
  readonly priority: number;
  readonly fallbackToDefault: boolean;
  readonly enabled: boolean;
  readonly metadata: Readonly<Record<string, unknown>>;
};

const CONDITIONS = new Set([
  'amount_min',
  'amount_max',
  'currencies',
  'bins',
  'customer_ids',
  'metadata',
  'time',
]);
const METADATA_CHARACTERS_MAX = 16_384;
const PRIORITY_MAX = 2_147_483_647;

/** Throws a Problem naming the first thing that is wrong. */
export async function readRule(
  db: Executor,
  environmentId: string,
  fields: RuleFields,
  before: RuleContent | null,
): Promise<RuleContent> {
  const name = (fields.name ?? before?.name ?? '').trim();
  if (name === '') throw invalid('missing_name', 'Rule name is required', 'name');
  const countries = (fields.countries ?? before?.countries ?? []).map((code) => code.toUpperCase());
  if (countries.length === 0)
    throw invalid('missing_countries', 'At least one country is required', 'countries');
  const connectionId = fields.connectionId ?? before?.connectionId ?? '';
  if (connectionId === '')
    throw invalid('missing_connection_id', 'A connection_id is required', 'connection_id');
  const content: RuleContent = {
    name,
    countries: [...new Set(countries)],
    methods: fields.methods ?? before?.methods ?? [],
    connectionId,
    priority: fields.priority ?? before?.priority ?? 0,
    fallbackToDefault: fields.fallbackToDefault ?? before?.fallbackToDefault ?? true,
    enabled: fields.enabled ?? before?.enabled ?? true,
    conditions: changed(fields.conditions, before?.conditions),
    connections: changed(fields.connections, before?.connections),
    split: changed(fields.split, before?.split),
    metadata: fields.metadata ?? before?.metadata ?? {},
  };
  checkPriority(content.priority);
  refuse([...ruleProblems(content), ...unknownConditions(content), ...metadataProblems(content)]);
  await checkConnections(db, environmentId, content);
  return content;
}

/** Undefined: as before. Empty is stored as none. */
function changed<T extends object>(
  sent: T | null | undefined,
  before: T | null | undefined,
): T | null {
  const value = sent === undefined ? (before ?? null) : sent;
  return value !== null && Object.keys(value).length === 0 ? null : value;
}

function checkPriority(priority: number): void {
  if (Number.isInteger(priority) && priority >= 0 && priority <= PRIORITY_MAX) return;
  throw invalid('invalid_priority', 'priority must be a whole number of 0 or more', 'priority');
}

/** Fields that nobody knows are ignored elsewhere; an ignored condition would match payments it should not. */
function unknownConditions({ conditions }: RuleContent): FieldProblem[] {
  return Object.keys(conditions ?? {})
    .filter((condition) => !CONDITIONS.has(condition))
    .map((condition) => ({
      field: `conditions.${condition.slice(0, 40)}`,
      message: `is not a condition; there are countries, methods, ${[...CONDITIONS].join(', ')}`,
    }));
}

function metadataProblems({ metadata }: RuleContent): FieldProblem[] {
  if (JSON.stringify(metadata).length <= METADATA_CHARACTERS_MAX) return [];
  const message = `must have at most ${METADATA_CHARACTERS_MAX} characters as JSON`;
  return [{ field: 'metadata', message }];
}

async function checkConnections(
  db: Executor,
  environmentId: string,
  { connectionId, connections, split }: RuleContent,
): Promise<void> {
  const named = [
    [connectionId, 'connection_id'],
    ...(connections ?? []).map((id, i) => [id, `connections[${i}]`]),
    ...(split ?? []).map((arm, i) => [arm.connection_id, `split[${i}].connection_id`]),
  ] as const;
  const missing = await findMissingConnections(
    db,
    environmentId,
    named.map(([id]) => id!),
  );
  const wrong = named.find(([id]) => missing.has(id!));
  if (wrong) throw invalid('connection_not_found', `There is no connection ${wrong[0]}`, wrong[1]);
}
