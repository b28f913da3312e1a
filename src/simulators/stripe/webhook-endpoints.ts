// /v1/webhook_endpoints: a merchant registers an address and gets its signing secret, shown this once.
import type { Account } from './account.ts';
import type { Api } from './api.ts';
import { invalidRequest, noSuch } from './errors.ts';
import { mergedMetadata } from './metadata.ts';
import type { WebhookEndpoint } from './objects.ts';
import { boolean, list, metadata, notSimulated, shape, text, unsettable, url } from './params.ts';
import { listPage, nothing, paging, wire } from './wire.ts';

/** As at Stripe: sixteen per account. */
const ENDPOINTS_MAX = 16;

function findEndpoint(account: Account, id: string): WebhookEndpoint {
  const endpoint = account.endpoints.get(id);
  if (!endpoint) throw noSuch('webhook endpoint', id, 'webhook_endpoint');
  return endpoint;
}

export function webhookEndpointRoutes(api: Api): void {
  const enabled_events = list(text(100), 300);
  const createShape = shape(
    { enabled_events, url },
    { api_version: text(50), connect: notSimulated, description: unsettable(text()), metadata },
  );
  api.post('/v1/webhook_endpoints', createShape, (account, params) => {
    if (account.endpoints.list().length >= ENDPOINTS_MAX)
      throw invalidRequest(`You have reached the maximum of ${ENDPOINTS_MAX} webhook endpoints.`);
    const secret = `whsec_${account.newSecret(32)}`;
    const endpoint = account.endpoints.put({
      id: account.newId('we'),
      object: 'webhook_endpoint',
      api_version: params.api_version ?? null,
      created: account.nowS(),
      description: params.description ?? null,
      enabled_events: params.enabled_events,
      livemode: account.livemode,
      metadata: mergedMetadata({}, params.metadata),
      status: 'enabled',
      url: params.url,
      sim: { secret },
    });
    return { ...wire(endpoint), secret };
  });
  const updateShape = shape(
    {},
    { enabled_events, url, disabled: boolean, description: unsettable(text()), metadata },
  );
  api.post('/v1/webhook_endpoints/:id', updateShape, (account, params, id) => {
    const before = findEndpoint(account, id);
    const { enabled_events = before.enabled_events, url = before.url } = params;
    const { description = before.description, disabled = before.status === 'disabled' } = params;
    return account.endpoints.put({
      ...before,
      enabled_events,
      url,
      description,
      status: disabled ? 'disabled' : 'enabled',
      metadata: mergedMetadata(before.metadata, params.metadata),
    });
  });
  api.get('/v1/webhook_endpoints/:id', nothing, (account, _params, id) =>
    findEndpoint(account, id),
  );
  api.get('/v1/webhook_endpoints', shape({}, paging), (account, page) =>
    listPage(account, account.endpoints, '/v1/webhook_endpoints', page),
  );
  api.delete('/v1/webhook_endpoints/:id', nothing, (account, _params, id) => {
    account.endpoints.remove(findEndpoint(account, id).id);
    return { id, object: 'webhook_endpoint', deleted: true };
  });
}

/** Two secrets, separated by a comma, while the merchant changes it: the first is the new one. */
export function endpointOfStripe(credentials: Readonly<Record<string, string>>) {
  const { secret_key: key, stripe_webhook_secret: secrets } = credentials;
  return key && secrets ? { key, secret: secrets.split(',', 1)[0]!.trim() } : null;
}
