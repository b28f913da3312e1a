// Which providers there are: those with a connector, and those whose connections can only be stored so far.
import type { Connector, Manifest } from './contract.ts';
import { manifestsWithoutConnector } from './manifests.ts';
import { paystack } from './paystack/index.ts';
import { stripe } from './stripe/index.ts';

export const connectors: ReadonlyMap<string, Connector> = new Map(
  [paystack, stripe].map((connector) => [connector.manifest.provider, connector]),
);

const manifests: ReadonlyMap<string, Manifest> = new Map(
  [...[...connectors.values()].map(({ manifest }) => manifest), ...manifestsWithoutConnector].map(
    (manifest) => [manifest.provider, manifest],
  ),
);

/** The provider words of every API, those that cannot charge yet included. */
export function providers(): string[] {
  return [...manifests.keys()];
}

export function manifestOf(provider: string): Manifest | null {
  return manifests.get(provider) ?? null;
}

/** Null for an unknown provider and for one that cannot charge yet. */
export function connectorOf(provider: string): Connector | null {
  return connectors.get(provider) ?? null;
}
