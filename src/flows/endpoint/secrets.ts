// An endpoint's signing secrets: made here, stored sealed together, shown to their merchant. `whsec_` + base64 of 32
// random bytes is a key of Reevit (the whole text) and of Standard Webhooks (what it decodes to).
import type { Random } from '../../kernel/ports.ts';
import type { Endpoint } from '../../store/endpoints.ts';
import { openFields, seal } from '../../vault/envelope.ts';
import type { Context } from '../context.ts';
import type { Secrets } from '../deliver-event/sign.ts';

export function newSecret(random: Random): string {
  return `whsec_${random.bytes(32).toString('base64')}`;
}

export function newEd25519(random: Random): string {
  return random.bytes(32).toString('base64');
}

/** Where an endpoint's secrets are sealed for. */
export function endpointPlace(environmentId: string, endpointId: string) {
  return { environmentId, subject: endpointId, field: 'signing secrets' };
}

export function sealSecrets(
  { keyRing, ports }: Context,
  { environmentId, id }: Pick<Endpoint, 'environmentId' | 'id'>,
  { current, previous, ed25519 }: Secrets,
): string {
  const fields = {
    current,
    ...(previous === null ? {} : { previous }),
    ...(ed25519 === null ? {} : { ed25519 }),
  };
  return seal(keyRing, endpointPlace(environmentId, id), fields, ports.random);
}

/** The secret before the current one is among them only as long as both sign. */
export function openSecrets({ keyRing, ports }: Context, endpoint: Endpoint): Secrets {
  const { environmentId, id, sealedSecrets, overlapUntil } = endpoint;
  const fields = openFields(keyRing, endpointPlace(environmentId, id), sealedSecrets);
  const overlaps = overlapUntil !== null && ports.clock.nowMs() < overlapUntil;
  return {
    current: fields.current ?? '',
    previous: overlaps ? (fields.previous ?? null) : null,
    ed25519: fields.ed25519 ?? null,
  };
}
