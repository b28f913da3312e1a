// Where a provider's calls go: an override, the built-in simulator, or the PSP itself (DESIGN section 7). A sandbox
// connection never reaches a PSP while the simulators stand in, not even for a provider that has no simulator: but for
// one whose address is the merchant's to say (flows/endpoint-sender.ts).
import type { Mode } from './contract.ts';
import { manifestOf } from './registry.ts';

export interface AddressOptions {
  /** SWITCHYARD_PROVIDER_URLS: provider to base URL, in either mode. */
  readonly overrides: Readonly<Record<string, string>>;
  /** Null: sandbox connections go to the PSPs' own sandbox hosts. */
  readonly simulators: {
    /** The server that mounts them, as this process reaches it. */
    readonly url: () => string;
    /** The same as a browser reaches it. */
    readonly publicUrl: () => string;
  } | null;
}

export interface Addresses {
  /** `host`: one of the manifest's further hosts. Null: a sandbox connection of a PSP that has no sandbox. */
  baseUrl(provider: string, mode: Mode, host?: string): string | null;
  /** What stands in for the PSP: an override or the simulator; null: nothing does. */
  standInOf(provider: string, mode: Mode): string | null;
  /** The simulator's address as a browser reaches it, when the provider's calls go there; else null. */
  simulatorOf(provider: string, mode: Mode): string | null;
}

export function providerAddresses({ overrides, simulators }: AddressOptions): Addresses {
  const simulated = (provider: string, mode: Mode) =>
    mode === 'sandbox' && !Object.hasOwn(overrides, provider) ? simulators : null;
  const standInOf = (provider: string, mode: Mode) => {
    if (Object.hasOwn(overrides, provider)) return overrides[provider]!;
    const simulator = simulated(provider, mode);
    return simulator && `${simulator.url()}/simulators/${provider}`;
  };
  return {
    standInOf,
    baseUrl(provider, mode, host) {
      const standIn = standInOf(provider, mode);
      if (standIn !== null) return standIn;
      const manifest = manifestOf(provider);
      if (!manifest) throw new Error(`no provider ${provider}`);
      if (mode === 'sandbox' && manifest.liveOnly) return null;
      if (host === undefined) return manifest.baseUrl[mode];
      const further = manifest.hosts?.[host];
      if (further === undefined) throw new Error(`${provider} has no host ${host}`);
      return further;
    },
    simulatorOf(provider, mode) {
      const simulator = simulated(provider, mode);
      return simulator && `${simulator.publicUrl()}/simulators/${provider}`;
    },
  };
}
