// One shape for every target, whether a script or a built-in connector stands behind it: a Connxt client cannot tell
// them apart (connector-contract.md section 3).
import type { Manifest } from '../../connectors/contract.ts';
import { connectors } from '../../connectors/registry.ts';
import type { ScriptVersion } from '../../connectors/script/version.ts';
import { fixedTypeId } from '../../kernel/base62.ts';
import type { FlowAction } from '../../store/flow-catalogue.ts';
import { descriptionOf } from './install.ts';

export interface TargetLists {
  readonly currencies: readonly string[];
  readonly countries: readonly string[];
  readonly paymentMethods: readonly string[];
}

export interface CatalogueDefinition {
  readonly id: string;
  readonly description: string;
  /** Null: a built-in connector. */
  readonly version: ScriptVersion | null;
  /** False while it is a draft only. */
  readonly published: boolean;
}

export interface CatalogueTarget {
  readonly id: string;
  readonly flowTypeId: string;
  /** The provider word of its connections. */
  readonly code: string;
  readonly name: string;
  readonly logo: string | null;
  readonly status: 'ENABLED' | 'DISABLED';
  readonly credentialSchema: Readonly<Record<string, unknown>>;
  readonly lists: TargetLists;
  /** By action id. */
  readonly definitions: ReadonlyMap<string, CatalogueDefinition>;
}

export function definitionOf(
  id: string,
  description: string,
  version: ScriptVersion | null,
): CatalogueDefinition {
  return { id, description, version, published: version !== null };
}

const OPERATION_OF: Readonly<Record<string, string>> = {
  DEPOSIT: 'charge',
  WITHDRAW: 'payout',
  REFUND: 'refund',
};

/** Each connector that comes with the server, under ids that are the same everywhere. */
export function builtInTargets(
  flowTypeId: string,
  actions: readonly FlowAction[],
): CatalogueTarget[] {
  return [...connectors.values()].map(({ manifest }) => {
    const { provider, name, capabilities } = manifest;
    const can = actions.filter((action) =>
      (capabilities.operations as readonly string[]).includes(OPERATION_OF[action.name] ?? ''),
    );
    return {
      id: fixedTypeId('ftg', provider),
      flowTypeId,
      code: provider,
      name,
      logo: letterLogo(name),
      status: 'ENABLED',
      credentialSchema: credentialSchemaOf(manifest),
      lists: {
        currencies: listOf(capabilities.currencies),
        countries: listOf(capabilities.countries),
        paymentMethods: capabilities.methods,
      },
      definitions: new Map(
        can.map((action) => [
          action.id,
          {
            id: fixedTypeId('fld', `${action.name} ${provider}`),
            description: descriptionOf(action.name, provider),
            version: null,
            published: true,
          },
        ]),
      ),
    };
  });
}

function listOf(list: readonly string[] | 'any'): readonly string[] {
  return list === 'any' ? [] : list;
}

function credentialSchemaOf({ credentials }: Manifest): Record<string, unknown> {
  return {
    type: 'object',
    required: credentials.filter(({ required }) => required).map(({ name }) => name),
    properties: Object.fromEntries(
      credentials.map(({ name, title, secret }) => [
        name,
        { type: 'string', title, ...(secret ? { format: 'password' } : {}) },
      ]),
    ),
    additionalProperties: false,
  };
}

/** A plain mark: PSPs' own logos are theirs. */
function letterLogo(name: string): string {
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="14" fill="#24324a"/>' +
    '<text x="32" y="44" font-family="sans-serif" font-size="36" font-weight="700" fill="#fff" text-anchor="middle">' +
    `${name.slice(0, 1).toUpperCase()}</text></svg>`;
  return `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
}
