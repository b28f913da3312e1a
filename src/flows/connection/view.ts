// A connection as merchants see it: what they declared, completed from the connector's manifest, with its health.
import { manifestOf } from '../../connectors/registry.ts';
import { type Health, healthOf } from '../../domain/connection/health.ts';
import type { StoredConnection } from '../../store/connections.ts';
import type { Context, Environment } from '../context.ts';

export interface ShownConnection extends StoredConnection {
  readonly mode: 'sandbox' | 'live';
  readonly shownCapabilities: object;
  readonly health: Health;
}

export function shownConnection(
  { ports }: Context,
  { mode }: Environment,
  stored: StoredConnection,
): ShownConnection {
  const { provider, capabilities, buckets } = stored;
  return {
    ...stored,
    mode,
    shownCapabilities: capabilities ?? declaredBy(provider),
    health: healthOf(buckets, ports.clock.nowMs()),
  };
}

/** `any` is shown as an empty list, which means the same when it is sent. */
export function declaredBy(provider: string) {
  const capabilities = manifestOf(provider)?.capabilities;
  const list = (words: readonly string[] | 'any' | undefined) =>
    words === undefined || words === 'any' ? [] : words;
  return {
    methods: capabilities?.methods ?? [],
    countries: list(capabilities?.countries),
    currencies: list(capabilities?.currencies),
  };
}
