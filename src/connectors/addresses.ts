// Where a provider's calls go: an override, the built-in simulator, or the PSP itself (DESIGN section 7). A sandbox
// connection never reaches a PSP while the simulators stand in, not even for a provider that has no simulator.
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
  baseUrl(provider: string, mode: Mode): string;
  /** The simulator's address as a browser reaches it, when the provider's calls go there; else null. */
  simulatorOf(provider: string, mode: Mode): string | null;
}

export function providerAddresses({ overrides, simulators }: AddressOptions): Addresses {
  const simulated = (provider: string, mode: Mode) =>
    mode === 'sandbox' && !Object.hasOwn(overrides, provider) ? simulators : null;
  return {
    baseUrl(provider, mode) {
      if (Object.hasOwn(overrides, provider)) return overrides[provider]!;
      const simulator = simulated(provider, mode);
      if (simulator) return `${simulator.url()}/simulators/${provider}`;
      const manifest = manifestOf(provider);
      if (!manifest) throw new Error(`no provider ${provider}`);
      return manifest.baseUrl[mode];
    },
    simulatorOf(provider, mode) {
      const simulator = simulated(provider, mode);
      return simulator && `${simulator.publicUrl()}/simulators/${provider}`;
    },
  };
}
