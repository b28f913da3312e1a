// What the Connxt API can sell, in memory: every target with its definitions, scripts and built-in connectors alike.
// Read again when its version in the database has risen; the connectors of scripts are handed to the registry.

import { isBuiltIn, setScriptConnectors } from '../../connectors/registry.ts';
import { builtInScripts } from '../../connectors/script/builtin.ts';
import { scriptConnector } from '../../connectors/script/connector.ts';
import type { ScriptAction, ScriptPool } from '../../connectors/script/contract.ts';
import type { ScriptVersion, VersionSettings } from '../../connectors/script/version.ts';
import type { Ports } from '../../kernel/ports.ts';
import { Problem } from '../../kernel/problem.ts';
import type { Db } from '../../store/db.ts';
import {
  catalogueVersion,
  type FlowAction,
  type FlowTarget,
  type FlowVersion,
  findFlowVersion,
  listFlowActions,
  listFlowDefinitions,
  listFlowTargets,
  listFlowTypes,
  listPublishedVersions,
  lockCatalogue,
} from '../../store/flow-catalogue.ts';
import { installConnector, SYSTEM } from './install.ts';
import { builtInTargets, type CatalogueTarget, definitionOf, type TargetLists } from './targets.ts';
import type { Workshop } from './versions.ts';

export interface Catalogue {
  readonly types: readonly { readonly id: string; readonly name: string }[];
  /** Newest first. */
  readonly actions: readonly FlowAction[];
  /** By name, then id. */
  readonly targets: readonly CatalogueTarget[];
}

export interface FlowCatalogueParts {
  readonly db: Db;
  readonly ports: Ports;
  readonly scripts: ScriptPool;
}

const VERSIONS_MAX = 500;
const NONE: Catalogue = { types: [], actions: [], targets: [] };

export class FlowCatalogue {
  readonly workshop: Workshop;
  readonly #parts: FlowCatalogueParts;
  #version: bigint | null = null;
  #current: Catalogue = NONE;
  #refreshing: Promise<void> | null = null;
  /** Versions by definition and number: they never change. */
  readonly #versions = new Map<string, ScriptVersion>();

  constructor(parts: FlowCatalogueParts) {
    this.#parts = parts;
    this.workshop = parts;
  }

  /** The version that was read last; null: none yet. */
  get seen(): bigint | null {
    return this.#version;
  }

  get current(): Catalogue {
    return this.#current;
  }

  /** At the start: the built-in scripts are installed, and everything is read. */
  async open(): Promise<void> {
    const { db, ports, scripts } = this.#parts;
    await db.transaction(async (tx) => {
      await lockCatalogue(tx); // of servers that start together one installs
      for (const one of builtInScripts())
        await installConnector({ db: tx, ports, scripts }, one, SYSTEM);
    });
    await this.refresh();
  }

  /** Cheap when nothing has changed. */
  async refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = null;
    });
    await this.#refreshing;
  }

  target(id: string): CatalogueTarget | null {
    return this.#current.targets.find((one) => one.id === id) ?? null;
  }

  targetOfProvider(provider: string): CatalogueTarget | null {
    return this.#current.targets.find(({ code }) => code === provider) ?? null;
  }

  action(id: string): FlowAction | null {
    return this.#current.actions.find((one) => one.id === id) ?? null;
  }

  actionNamed(name: string): FlowAction | null {
    return this.#current.actions.find((one) => one.name === name) ?? null;
  }

  /** Refuses a code that a built-in connector has. */
  assertOurs(code: string): void {
    if (!isBuiltIn(code)) return;
    throw new Problem(409, 'connector_exists', `${code} is a built-in connector`, { field: 'key' });
  }

  /** A version that some transaction is bound to; null when it never was validated. */
  async version(definitionId: string, number: number): Promise<ScriptVersion | null> {
    const key = `${definitionId} ${number}`;
    const known = this.#versions.get(key);
    if (known) return known;
    const found = await findFlowVersion(this.#parts.db, definitionId, number);
    if (!found || found.status === 'draft') return null;
    const version = toScriptVersion(found as FlowVersion<VersionSettings>);
    if (this.#versions.size >= VERSIONS_MAX) this.#versions.clear();
    this.#versions.set(key, version);
    return version;
  }

  async #refresh(): Promise<void> {
    const { db } = this.#parts;
    const version = await catalogueVersion(db);
    if (version === this.#version) return;
    const [types, actions, targets, definitions, published] = await Promise.all([
      listFlowTypes(db),
      listFlowActions(db),
      listFlowTargets(db),
      listFlowDefinitions(db),
      listPublishedVersions(db),
    ]);
    const byDefinition = new Map(
      published.map((one) => [
        one.definitionId,
        toScriptVersion(one as FlowVersion<VersionSettings>),
      ]),
    );
    const [type = { id: '' }] = types;
    const scripts = (targets as FlowTarget<TargetLists>[]).map((target): CatalogueTarget => {
      const own = definitions.filter(({ flowTargetId }) => flowTargetId === target.id);
      return {
        ...target,
        credentialSchema: target.credentialSchema as unknown as Record<string, unknown>,
        lists: target.inputSchema,
        definitions: new Map(
          own.map((one) => [
            one.flowActionId,
            definitionOf(one.id, one.description, byDefinition.get(one.id) ?? null),
          ]),
        ),
      };
    });
    this.#current = {
      types,
      actions,
      targets: [...scripts, ...builtInTargets(type.id, actions)].sort(byNameThenId),
    };
    setScriptConnectors(
      scripts.map((target) =>
        scriptConnector({
          target,
          pool: this.#parts.scripts,
          published: (action) => this.#published(target, action),
          version: (definitionId, number) => this.version(definitionId, number),
        }),
      ),
    );
    this.#version = version;
  }

  #published(target: CatalogueTarget, action: ScriptAction): ScriptVersion | null {
    const { id } = this.actionNamed(action) ?? { id: '' };
    return target.definitions.get(id)?.version ?? null;
  }
}

function toScriptVersion(version: FlowVersion<VersionSettings>): ScriptVersion {
  const { definitionId, number, sha256, source, settings } = version;
  return { definitionId, number, sha256, source, settings };
}

function byNameThenId(a: CatalogueTarget, b: CatalogueTarget): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}
