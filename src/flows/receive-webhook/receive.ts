// Takes a PSP's webhook: checks its origin, stores it raw, answers at once. Applying it is the worker's.
// A forgery is stored too, apart from the genuine event whose id it may carry, and changes nothing.
import { createHash } from 'node:crypto';
import type { Authenticity, InboundMessage, WebhookMessage } from '../../connectors/contract.ts';
import { storable } from '../../connectors/exchange.ts';
import { connectorOf, manifestOf, providerOfCallback } from '../../connectors/registry.ts';
import { newId } from '../../kernel/ids.ts';
import { insertInboundWebhook } from '../../store/inbound-webhooks.ts';
import type { Context } from '../context.ts';
import { strangerBounds } from './bounds.ts';
import { identify } from './identify.ts';

export type Receipt = 'accepted' | 'forged' | 'unknown_provider' | 'unreadable' | 'full';

/** The provider of a callback address, by the word in it. */
export const providerOfWord = providerOfCallback;

/** What a provider wants to hear when its message was taken. */
export function acknowledgementOf(provider: string): object {
  return manifestOf(provider)?.acknowledgement ?? { status: 'received' };
}

/** Headers that may carry credentials of somebody in between. */
const PRIVATE_HEADERS = new Set(['authorization', 'cookie', 'proxy-authorization', 'x-reevit-key']);

/** `address`: the connection's id or webhook token from the URL, when there was one. */
export async function receiveWebhook(
  context: Context,
  provider: string,
  address: string | null,
  message: InboundMessage,
): Promise<Receipt> {
  const receipt = await receive(context, provider, address, message);
  // Any word may stand in a URL: what is no provider of ours is no label of ours.
  const label = receipt === 'unknown_provider' ? 'unknown' : provider;
  context.metrics?.inboundWebhook(label, receipt);
  return receipt;
}

async function receive(
  context: Context,
  provider: string,
  address: string | null,
  message: InboundMessage,
): Promise<Receipt> {
  const connector = connectorOf(provider);
  if (!connector) return 'unknown_provider';
  const said = connector.readWebhook(message);
  const owner = await identify(context, provider, address, message, said?.target ?? null);
  const authenticity: Authenticity = owner?.authenticity ?? 'unsigned';
  const forged = authenticity === 'forged';
  if (said === null && !forged) return 'unreadable';
  // A forgery is refused either way; what may be genuine is sent again by its PSP.
  const stray = forged || owner === null;
  const full = stray && !(await strangerBounds(context).hasRoom(context, message.rawBody.length));
  if (full) return forged ? 'forged' : 'full';
  const nowMs = context.ports.clock.nowMs();
  await insertInboundWebhook(context.db, {
    environmentId: owner?.environmentId ?? '',
    id: newId('inw', context.ports),
    provider,
    connectionId: owner?.connectionId ?? '',
    dedupeKey: dedupeKey(authenticity, message, said),
    eventType: bounded(said?.eventType ?? 'unreadable'),
    eventId: said?.eventId ? bounded(said.eventId) : null,
    status: forged ? 'forged' : 'received',
    authenticity,
    rawBody: message.rawBody,
    // Whose it is may become known later: then it is verified later.
    headers: stored(owner ? withoutSecret(provider, message.headers) : message.headers),
    query: stored(message.query),
    paymentId: owner?.paymentId ?? null,
    error: forged ? 'the signature does not match' : '',
    tries: 0,
    nextTryAt: forged ? null : nowMs,
    deliveries: 1,
    createdAt: nowMs,
    updatedAt: nowMs,
  });
  if (!forged) context.wake('webhooks');
  return forged ? 'forged' : 'accepted';
}

/** Only a verified event may occupy its PSP's event id; anything else is its own bytes. */
function dedupeKey(
  authenticity: Authenticity,
  message: InboundMessage,
  said: WebhookMessage | null,
): string {
  const digest = createHash('sha256').update(message.rawBody).digest('hex');
  if (authenticity !== 'verified') return `${authenticity}:${digest}`;
  return said?.eventId ? `id:${keyOf(said.eventId)}` : `body:${digest}`;
}

/** Two long ids with one beginning are two events. */
function keyOf(eventId: string): string {
  return eventId.length <= TEXT_MAX && storable(eventId, TEXT_MAX) === eventId
    ? eventId
    : createHash('sha256').update(eventId).digest('hex');
}

/** What may be shown: with the secret itself, whoever reads webhooks could write them. */
export function withoutSecret(
  provider: string,
  headers: Readonly<Record<string, string>>,
): Record<string, string> {
  const secret = manifestOf(provider)?.secretHeader;
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name !== secret));
}

const TEXT_MAX = 200;

function bounded(text: string): string {
  return storable(text, TEXT_MAX);
}

function stored(fields: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([name]) => !PRIVATE_HEADERS.has(name))
      .map(([name, value]) => [bounded(name), storable(value, 1_000)]),
  );
}
