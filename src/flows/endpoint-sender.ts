// A sender for providers whose base URL the merchant names: his word, so it is judged again whenever it is used.
import type { Credentials, Mode } from '../connectors/contract.ts';
import { manifestOf } from '../connectors/registry.ts';
import type { Network, Send } from '../connectors/transport.ts';
import { checkEndpointUrl, reachOf } from './endpoint/endpoint-url.ts';

export interface EndpointParts {
  readonly transport: Network;
  readonly localEndpoints: boolean;
}

/** Null for a provider that has a base URL of its own. */
export function senderToEndpoint(
  { transport, localEndpoints }: EndpointParts,
  provider: string,
  mode: Mode,
  deadlineMs: number,
  credentials: Credentials = {},
): Send | null {
  const field = manifestOf(provider)?.endpointCredential;
  if (field === undefined) return null;
  const reach = reachOf({ localEndpoints }, { mode });
  try {
    const url = checkEndpointUrl(credentials[field] ?? '', reach);
    return transport.toEndpoint(url, reach, deadlineMs);
  } catch {
    return async () => ({ sent: 'not_sent', reason: 'the endpoint may not be called' });
  }
}
