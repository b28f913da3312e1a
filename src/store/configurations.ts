// Everything that routing and connectors need to know of an environment, read as one snapshot with its version.
import type { DeclaredCapabilities } from '../domain/connection/capabilities.ts';
import type { ConnectionStatus } from '../domain/connection/connection.ts';
import type { FeeStructure } from '../domain/connection/fees.ts';
import type { RoutingHints } from '../domain/connection/hints.ts';
import type { RoutingRule } from '../domain/routing/rule.ts';
import type { Executor, Statement } from './db.ts';
import { type RuleExtras, ruleParts } from './routing-rules.ts';

export interface ConfiguredConnection {
  readonly id: string;
  readonly provider: string;
  readonly status: ConnectionStatus;
  readonly capabilities: DeclaredCapabilities | null;
  readonly routingHints: RoutingHints;
  readonly labels: readonly string[];
  readonly feeStructure: FeeStructure;
  readonly sealedCredentials: string;
  readonly webhookToken: string;
  readonly createdAt: number;
  readonly credentialsSince: number | null;
}

export interface ConfigurationSnapshot {
  readonly version: bigint;
  readonly connections: readonly ConfiguredConnection[];
  readonly rules: readonly RoutingRule[];
}

/** The whole millisecond, as everything that goes through the driver. */
const epochMs = (column: string) => `floor(extract(epoch FROM ${column}) * 1000)::bigint`;

const LOAD: Statement = {
  name: 'configurations_load',
  text: `
SELECT e.config_version AS version,
  (SELECT coalesce(jsonb_agg(jsonb_build_object(
     'id', c.id, 'provider', c.provider, 'status', c.status, 'capabilities', c.capabilities,
     'routingHints', c.routing_hints, 'labels', c.labels, 'feeStructure', c.fee_structure,
     'sealedCredentials', c.sealed_credentials, 'webhookToken', c.webhook_token,
     'createdAt', ${epochMs('c.created_at')}, 'credentialsSince', ${epochMs('c.credentials_since')})), '[]')
   FROM connections c WHERE c.environment_id = e.id) AS connections,
  (SELECT coalesce(jsonb_agg(jsonb_build_object(
     'id', r.id, 'name', r.name, 'countries', r.countries, 'methods', r.methods,
     'connectionId', r.connection_id, 'priority', r.priority, 'fallbackToDefault', r.fallback_to_default,
     'enabled', r.enabled, 'createdAt', ${epochMs('r.created_at')}, 'extras', r.conditions)), '[]')
   FROM routing_rules r WHERE r.environment_id = e.id) AS rules
FROM environments e WHERE e.id = $1`,
};

type Row = Omit<ConfigurationSnapshot, 'rules'> & {
  readonly rules: readonly (RoutingRule & { readonly extras: RuleExtras })[];
};

export async function loadConfiguration(
  db: Executor,
  environmentId: string,
): Promise<ConfigurationSnapshot | null> {
  const [row] = await db.run<Row>(LOAD, [environmentId]);
  if (!row) return null;
  const rules = row.rules.map(({ extras, ...rule }) => ({ ...rule, ...ruleParts(extras) }));
  return { ...row, rules };
}
