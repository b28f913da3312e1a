// An environment's connections and rules, made ready and kept in memory while their version stands: a payment reads no
// configuration from the database. Credentials are opened when they are first needed and never leave this process.
import type { Credentials } from '../connectors/contract.ts';
import { connectorOf, manifestOf, providers } from '../connectors/registry.ts';
import type { Connection } from '../domain/connection/connection.ts';
import type { Health } from '../domain/connection/health.ts';
import {
  type CompiledRouting,
  compileRouting,
  type ProviderFacts,
} from '../domain/routing/compile.ts';
import type { RoutingRule } from '../domain/routing/rule.ts';
import type { Ports } from '../kernel/ports.ts';
import {
  type ConfigurationSnapshot,
  type ConfiguredConnection,
  loadConfiguration,
} from '../store/configurations.ts';
import type { Executor } from '../store/db.ts';
import { openFields } from '../vault/envelope.ts';
import type { KeyRing } from '../vault/key-ring.ts';
import type { Environment } from './context.ts';
import { HealthView } from './health-view.ts';

/** A connection as configured: the domain's, where its webhooks come in, and since when it has its credentials. */
export type KnownConnection = Connection & {
  readonly webhookToken: string;
  /** Null: since it was made. */
  readonly credentialsSince: number | null;
};

export interface Configuration {
  readonly version: bigint;
  readonly routing: CompiledRouting;
  readonly rules: readonly RoutingRule[];
  readonly connections: readonly KnownConnection[];
  connection(id: string): KnownConnection | null;
  /** Null when there is no such connection. */
  credentialsOf(connectionId: string): Credentials | null;
  /** A few seconds old at most. */
  health(nowMs: number): ReadonlyMap<string, Health>;
}

export interface ConfigurationParts {
  readonly db: Executor;
  readonly ports: Ports;
  readonly keyRing: KeyRing;
  /** Knows the connectors that are scripts: a connection of one may be newer than what this process has seen. */
  readonly flows?: { refresh(): Promise<void>; readonly seen: bigint | null };
}

interface Entry {
  /** Null until the first load has ended. */
  configuration: Configuration | null;
  /** The catalogue that it was compiled with. */
  seen: bigint | null;
  loading: Promise<Configuration> | null;
  readonly health: HealthView;
  /** Opened credentials by their sealed text, which is new with every version. */
  opened: Map<string, Credentials>;
}

const ENVIRONMENTS_MAX = 2_000;
const LOADS_MAX = 5;

function providerFacts(): ReadonlyMap<string, ProviderFacts> {
  return new Map(
    providers().flatMap((provider) => {
      const manifest = manifestOf(provider);
      return manifest ? [[provider, manifest] as const] : [];
    }),
  );
}

export class ConfigurationCache {
  readonly #parts: ConfigurationParts;
  /** Least recently used first. */
  readonly #entries = new Map<string, Entry>();

  constructor(parts: ConfigurationParts) {
    this.#parts = parts;
  }

  /** At least as new as the version that the caller's key was read with. */
  async get(environment: Environment): Promise<Configuration> {
    const entry = this.#entryOf(environment.id);
    const configuration = await this.#current(environment, entry);
    await entry.health.refresh(this.#parts.ports.clock.nowMs());
    return configuration;
  }

  async #current(environment: Environment, entry: Entry): Promise<Configuration> {
    const { configVersion } = environment;
    for (let loads = 0; loads < LOADS_MAX; loads += 1) {
      const known = entry.configuration;
      const same = entry.seen === (this.#parts.flows?.seen ?? null);
      if (known !== null && known.version >= configVersion && same) return known;
      // One load at a time; one that began before the change may come back too old.
      entry.loading ??= this.#load(environment, entry).finally(() => {
        entry.loading = null;
      });
      await entry.loading;
    }
    throw new Error(`environment ${environment.id}: version ${configVersion} cannot be read`);
  }

  async #load(environment: Environment, entry: Entry): Promise<Configuration> {
    const snapshot = await loadConfiguration(this.#parts.db, environment.id);
    if (snapshot === null) throw new Error(`environment ${environment.id} does not exist`);
    if (snapshot.connections.some(({ provider }) => manifestOf(provider) === null))
      await this.#parts.flows?.refresh();
    const sealed = new Set(snapshot.connections.map((one) => one.sealedCredentials));
    entry.opened = new Map([...entry.opened].filter(([text]) => sealed.has(text)));
    const seen = this.#parts.flows?.seen ?? null;
    const configuration = configurationOf(environment, snapshot, entry, this.#parts.keyRing);
    entry.configuration = configuration;
    entry.seen = seen;
    return configuration;
  }

  #entryOf(environmentId: string): Entry {
    let entry = this.#entries.get(environmentId);
    if (entry === undefined) {
      const health = new HealthView(this.#parts.db, environmentId);
      entry = { configuration: null, seen: null, loading: null, health, opened: new Map() };
    }
    this.#entries.delete(environmentId);
    this.#entries.set(environmentId, entry);
    if (this.#entries.size > ENVIRONMENTS_MAX) {
      const [oldest = ''] = this.#entries.keys();
      this.#entries.delete(oldest);
    }
    return entry;
  }
}

function configurationOf(
  environment: Environment,
  { version, connections, rules }: ConfigurationSnapshot,
  entry: Entry,
  keyRing: KeyRing,
): Configuration {
  const stored = new Map(connections.map((one) => [one.id, one]));
  const known = connections.map((one) => toConnection(environment, one));
  const byId = new Map(known.map((one) => [one.id, one]));
  return {
    version,
    routing: compileRouting(known, rules, providerFacts()),
    rules,
    connections: known,
    connection: (id) => byId.get(id) ?? null,
    credentialsOf: (id) => {
      const connection = stored.get(id);
      if (!connection) return null;
      const { sealedCredentials } = connection;
      let credentials = entry.opened.get(sealedCredentials);
      if (credentials === undefined) {
        const place = credentialsPlace(environment.id, id);
        credentials = openFields(keyRing, place, sealedCredentials);
        entry.opened.set(sealedCredentials, credentials);
      }
      return credentials;
    },
    health: (nowMs) => entry.health.at(nowMs),
  };
}

/** Where a connection's credentials are sealed for. */
export function credentialsPlace(environmentId: string, connectionId: string) {
  return { environmentId, subject: connectionId, field: 'credentials' };
}

function toConnection({ mode }: Environment, stored: ConfiguredConnection): KnownConnection {
  return {
    id: stored.id,
    provider: stored.provider,
    mode,
    status: stored.status,
    capabilities: stored.capabilities ?? {},
    routingHints: stored.routingHints,
    labels: stored.labels,
    feeStructure: stored.feeStructure,
    canCharge: connectorOf(stored.provider) !== null,
    webhookToken: stored.webhookToken,
    credentialsSince: stored.credentialsSince,
    createdAt: stored.createdAt,
  };
}
