// Routing rules on the wire. The specs and Go's SDK disagree about their shape (api/reevit.md section 7): both are taken,
// flat fields win where both are sent, and the union is answered.
import { type Static, Type } from 'typebox';
import type { RuleFields } from '../../../flows/routing-rule/read-rule.ts';
import type { StoredRule } from '../../../store/routing-rules.ts';
import { AnyObject, OrNull, Pagination, Time, time } from '../schemas.ts';

const Words = Type.Array(Type.String({ maxLength: 64 }), { maxItems: 300 });
const Share = Type.Object({
  connection_id: Type.String(),
  weight: Type.Number(),
});

export const RuleBody = Type.Object({
  name: Type.Optional(Type.String({ maxLength: 200 })),
  countries: OrNull(Words),
  connection_id: Type.Optional(Type.String({ maxLength: 200 })),
  methods: OrNull(Words),
  priority: Type.Optional(Type.Integer({ minimum: 0, maximum: 2_147_483_647 })),
  fallback_to_default: Type.Optional(Type.Boolean()),
  enabled: Type.Optional(Type.Boolean()),
  status: Type.Optional(Type.Enum(['active', 'inactive', ''])),
  conditions: OrNull(Type.Object({ countries: OrNull(Words), methods: OrNull(Words) })),
  action: OrNull(
    Type.Object({
      connection_id: Type.Optional(Type.String({ maxLength: 200 })),
      fallback_to_default: Type.Optional(Type.Boolean()),
    }),
  ),
  connections: OrNull(Type.Array(Type.String())),
  split: OrNull(Type.Array(Share)),
  metadata: OrNull(AnyObject),
});

export const RuleView = Type.Object({
  id: Type.String(),
  name: Type.String(),
  countries: Type.Array(Type.String()),
  methods: Type.Array(Type.String()),
  connection_id: Type.String(),
  priority: Type.Integer(),
  fallback_to_default: Type.Boolean(),
  enabled: Type.Boolean(),
  status: Type.String(),
  conditions: AnyObject,
  action: AnyObject,
  connections: Type.Optional(Type.Array(Type.String())),
  split: Type.Optional(Type.Array(Share)),
  metadata: AnyObject,
  created_at: Time,
  updated_at: Time,
});

export const RuleList = Type.Object({ rules: Type.Array(RuleView), pagination: Pagination });

type Body = Static<typeof RuleBody>;

export function ruleFields(body: Body): RuleFields {
  const { conditions, action } = body;
  const countries = body.countries ?? conditions?.countries;
  const methods = body.methods === null ? [] : (body.methods ?? conditions?.methods);
  const connectionId = body.connection_id ?? action?.connection_id;
  const fallbackToDefault = body.fallback_to_default ?? action?.fallback_to_default;
  const enabled = body.enabled ?? (body.status ? body.status === 'active' : undefined);
  return defined({
    name: body.name,
    countries,
    methods,
    connectionId,
    priority: body.priority,
    fallbackToDefault,
    enabled,
    conditions: conditions && ownConditions(conditions),
    connections: body.connections,
    split: body.split,
    metadata: body.metadata ?? undefined,
  });
}

/** Go's `conditions` hold countries and methods, which are fields of their own here. */
function ownConditions(conditions: NonNullable<Body['conditions']>) {
  const { countries: _countries, methods: _methods, ...own } = conditions;
  return own;
}

export function ruleView(rule: StoredRule): Static<typeof RuleView> {
  const { countries, methods, connectionId, fallbackToDefault } = rule;
  return {
    id: rule.id,
    name: rule.name,
    countries: [...countries],
    methods: [...methods],
    connection_id: connectionId,
    priority: rule.priority,
    fallback_to_default: fallbackToDefault,
    enabled: rule.enabled,
    status: rule.enabled ? 'active' : 'inactive',
    conditions: { countries, methods, ...rule.conditions },
    action: { connection_id: connectionId, fallback_to_default: fallbackToDefault },
    ...(rule.connections ? { connections: [...rule.connections] } : {}),
    ...(rule.split ? { split: [...rule.split] } : {}),
    metadata: rule.metadata,
    created_at: time(rule.createdAt),
    updated_at: time(rule.updatedAt),
  };
}

function defined(
  fields: { [K in keyof RuleFields]: RuleFields[K] | undefined | null },
): RuleFields {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as RuleFields;
}
