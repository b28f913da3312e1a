// Which providers there are: the connectors of this server's own code, and those that are published scripts.
import type { Connector, Manifest } from './contract.ts';
import { dummypay } from './dummypay/index.ts';
import { flutterwave } from './flutterwave/index.ts';
import { generic } from './generic/index.ts';
import { hubtel } from './hubtel/index.ts';
import { monnify } from './monnify/index.ts';
import { mpesa } from './mpesa/index.ts';
import { paystack } from './paystack/index.ts';
import { stripe } from './stripe/index.ts';

/** Those that take payments. */
export const connectors: ReadonlyMap<string, Connector> = new Map(
  [flutterwave, hubtel, monnify, mpesa, paystack, stripe].map((connector) => [
    connector.manifest.provider,
    connector,
  ]),
);

/** With those that only pay out, or only keep books. */
const builtIn: ReadonlyMap<string, Connector> = new Map([
  ...connectors,
  [dummypay.manifest.provider, dummypay],
  [generic.manifest.provider, generic],
]);

const manifests: ReadonlyMap<string, Manifest> = new Map(
  [...builtIn].map(([provider, { manifest }]) => [provider, manifest]),
);

/** As published in the database: what is installed, not what somebody made. Replaced whole when that changes. */
let scripts: ReadonlyMap<string, Connector> = new Map();

export function setScriptConnectors(published: readonly Connector[]): void {
  scripts = new Map(published.map((connector) => [connector.manifest.provider, connector]));
}

/** A connector of this server's own code: no script may take its name. */
export function isBuiltIn(provider: string): boolean {
  return manifests.has(provider);
}

/** The provider words of every API. */
export function providers(): string[] {
  return [...manifests.keys(), ...scripts.keys()];
}

export function manifestOf(provider: string): Manifest | null {
  return manifests.get(provider) ?? scripts.get(provider)?.manifest ?? null;
}

/** Null for an unknown provider. */
export function connectorOf(provider: string): Connector | null {
  return builtIn.get(provider) ?? scripts.get(provider) ?? null;
}

/** Where callbacks of a provider come in, for PSPs that take an address per request. */
export function callbackBase(publicUrl: string, provider: string): string {
  return `${publicUrl}/wh/${manifests.get(provider)?.callbackAlias ?? provider}`;
}

/** The provider that a callback address means by its word. */
export function providerOfCallback(word: string): string {
  for (const { provider, callbackAlias } of manifests.values())
    if (callbackAlias === word) return provider;
  return word;
}

/** The credentials of a provider that are no secrets: account numbers, public keys. */
export function shownCredentials({ credentials }: Manifest): string[] {
  return credentials.filter(({ secret }) => !secret).map(({ name }) => name);
}
