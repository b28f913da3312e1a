// Whose webhook is it, and is it genuine? The URL may name a connection (by an id that several tenants may use),
// else the message names our reference or the PSP's id. Whoever's credentials verify the bytes is the owner.
import type { Authenticity, InboundMessage, WebhookTarget } from '../../connectors/contract.ts';
import { connectorOf } from '../../connectors/registry.ts';
import { findEnvironment } from '../../store/environments.ts';
import { findAddressed, findOwners, type Owner } from '../../store/webhook-owners.ts';
import type { Context, Environment } from '../context.ts';

export interface Identified extends Owner {
  readonly authenticity: Authenticity;
  readonly environment: Environment;
}

/**
 * Null when nothing is known of it (yet). Proof counts before everything: tenants may use one id for their connections,
 * so a connection without a secret must not take what another one can verify. Among those that cannot tell, it is the
 * one whose payment the message names. A forgery is attributed to the first candidate.
 */
export async function identify(
  context: Context,
  provider: string,
  address: string | null,
  message: InboundMessage,
  target: WebhookTarget | null,
): Promise<Identified | null> {
  const owners = await candidates(context, provider, address, target);
  const unsigned: Identified[] = [];
  let forged: Identified | null = null;
  for (const owner of owners) {
    const judged = await judge(context, provider, owner, message);
    if (judged?.authenticity === 'verified') return judged;
    if (judged?.authenticity === 'unsigned') unsigned.push(judged);
    else forged ??= judged;
  }
  if (unsigned.length < 2 || address === null || target === null) return unsigned[0] ?? forged;
  const named = await findOwners(context.db, provider, { ...target, environmentId: null });
  return unsigned.find((one) => named.some((owner) => isSame(one, owner))) ?? unsigned[0] ?? null;
}

function isSame(one: Owner, other: Owner): boolean {
  return one.environmentId === other.environmentId && one.connectionId === other.connectionId;
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
