// Whose webhook is it, and is it genuine? The URL may name a connection (by an id that several tenants may use),
// else the message names our reference or the PSP's id. Whoever's credentials verify the bytes is the owner.
import type { Authenticity, InboundMessage, WebhookTarget } from '../../connectors/contract.ts';
import { connectorOf } from '../../connectors/registry.ts';
import { findEnvironment } from '../../store/environments.ts';
import { findAddressed, findOwners, type Owner } from '../../store/inbound-webhooks.ts';
import type { Context, Environment } from '../context.ts';

export interface Identified extends Owner {
  readonly authenticity: Authenticity;
  readonly environment: Environment;
}

/** Null when nothing is known of it (yet). A forgery is attributed to the first candidate. */
export async function identify(
  context: Context,
  provider: string,
  address: string | null,
  message: InboundMessage,
  target: WebhookTarget | null,
): Promise<Identified | null> {
  const owners = await candidates(context, provider, address, target);
  let forged: Identified | null = null;
  for (const owner of owners) {
    const judged = await judge(context, provider, owner, message);
    if (judged === null) continue;
    if (judged.authenticity !== 'forged') return judged;
    forged ??= judged;
  }
  return forged;
}

async function candidates(
  context: Context,
  provider: string,
  address: string | null,
  target: WebhookTarget | null,
): Promise<Owner[]> {
  if (address !== null) return findAddressed(context.db, provider, address);
  return target ? findOwners(context.db, provider, { ...target, environmentId: null }) : [];
}

async function judge(
  context: Context,
  provider: string,
  owner: Owner,
  message: InboundMessage,
): Promise<Identified | null> {
  const environment = await findEnvironment(context.db, owner.environmentId);
  if (!environment) return null;
  const configuration = await context.configurations.get(environment);
  const credentials = configuration.credentialsOf(owner.connectionId);
  const connector = connectorOf(provider);
  if (!connector || !credentials) return null;
  const authenticity = connector.verifyWebhook(message, credentials, context.ports.clock.nowMs());
  return { ...owner, environment, authenticity };
}
