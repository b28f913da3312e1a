// An environment's connections and rules made ready for many plans: done once per change of configuration, so that
// a plan itself only looks things up.
import { effectiveCapabilities, type ManifestCapabilities } from '../connection/capabilities.ts';
import type { Connection } from '../connection/connection.ts';
import { type FeeTable, feeTable } from '../connection/fees.ts';
import { biasByMethod, labelRank, positionByCountry } from '../connection/hints.ts';
import { methodKey } from '../connection/method.ts';
import { type CompiledRule, compileRule, type RoutingRule, rulesInOrder } from './rule.ts';

/** What routing reads of a connector's manifest. */
export interface ProviderFacts {
  readonly name: string;
  readonly capabilities: ManifestCapabilities;
}

export interface CompiledRouting {
  /** Oldest first. */
  readonly connections: readonly CompiledConnection[];
  readonly byId: ReadonlyMap<string, CompiledConnection>;
  readonly rules: readonly CompiledRule[];
}

export interface CompiledConnection {
  readonly connection: Connection;
  /** Its place among all by age: the last word in every order. */
  readonly age: number;
  readonly providerWord: string;
  readonly fallbackOnly: boolean;
  readonly labelRank: number;
  readonly biasByMethod: ReadonlyMap<string, number>;
  readonly positionByCountry: ReadonlyMap<string, number>;
  readonly fees: FeeTable;
  /** Null when no connector of this provider is installed. */
  readonly can: CompiledCapabilities | null;
}

export interface CompiledCapabilities {
  readonly providerName: string;
  readonly methods: ReadonlySet<string>;
  /** Null: any. */
  readonly countries: ReadonlySet<string> | null;
  readonly currencies: ReadonlySet<string> | null;
  readonly operations: ReadonlySet<string>;
  readonly manualCapture: {
    readonly methods: ReadonlySet<string>;
    readonly currencies: ReadonlySet<string> | null;
  } | null;
  readonly minimumMinor: ReadonlyMap<string, bigint>;
  readonly maximumMinor: ReadonlyMap<string, bigint>;
}

export function compileRouting(
  connections: readonly Connection[],
  rules: readonly RoutingRule[],
  providers: ReadonlyMap<string, ProviderFacts>,
): CompiledRouting {
  const oldestFirst = [...connections].sort(
    (a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1),
  );
  const compiled = oldestFirst.map((connection, age) =>
    compileConnection(connection, age, providers.get(connection.provider)),
  );
  return {
    connections: compiled,
    byId: new Map(compiled.map((one) => [one.connection.id, one])),
    rules: rulesInOrder(rules).map(compileRule),
  };
}

function compileConnection(
  connection: Connection,
  age: number,
  provider: ProviderFacts | undefined,
): CompiledConnection {
  const { routingHints } = connection;
  return {
    connection,
    age,
    providerWord: connection.provider.toLowerCase(),
    fallbackOnly: routingHints.fallback_only === true,
    labelRank: labelRank(connection.labels),
    biasByMethod: biasByMethod(routingHints),
    positionByCountry: positionByCountry(routingHints),
    fees: feeTable(connection.feeStructure),
    can: provider ? compileCapabilities(connection, provider) : null,
  };
}

function compileCapabilities(
  { capabilities }: Connection,
  { name, capabilities: manifest }: ProviderFacts,
): CompiledCapabilities {
  const { methods, countries, currencies } = effectiveCapabilities(capabilities, manifest);
  const manual = manifest.manualCapture;
  return {
    providerName: name,
    methods: new Set(methods),
    countries: setOrAny(countries),
    currencies: setOrAny(currencies),
    operations: new Set(manifest.operations),
    manualCapture: manual && {
      methods: new Set(manual.methods.map(methodKey)),
      currencies: setOrAny(manual.currencies),
    },
    minimumMinor: new Map(Object.entries(manifest.minimumMinor)),
    maximumMinor: new Map(Object.entries(manifest.maximumMinor)),
  };
}

function setOrAny(list: readonly string[] | 'any'): ReadonlySet<string> | null {
  return list === 'any' ? null : new Set(list);
}
