// Creates a connection, or replaces the one with the same id: fields left out keep their stored value, credentials are
// replaced whole and become a new version (api/reevit.md section 6).

import { isDeepStrictEqual } from 'node:util';
import type { Credentials } from '../../connectors/contract.ts';
import { newUuidHex } from '../../kernel/ids.ts';
import { invalid, Problem } from '../../kernel/problem.ts';
import { findConnection, saveConnection } from '../../store/connections.ts';
import { lockCredentials } from '../../store/connector-settings.ts';
import type { Executor } from '../../store/db.ts';
import { lockConfiguration } from '../../store/environments.ts';
import { openFields, type SealContext, seal } from '../../vault/envelope.ts';
import { newSecret } from '../../vault/secret.ts';
import { VaultError } from '../../vault/vault-error.ts';
import { changeOf } from '../change-of.ts';
import { credentialsPlace } from '../configuration.ts';
import type { Caller, Context } from '../context.ts';
import { checkEndpointUrl, reachOf } from '../endpoint/endpoint-url.ts';
import { type PostedConnection, readConnection } from './read-connection.ts';
import { type ShownConnection, shownConnection } from './view.ts';

const CONNECTIONS_MAX = 500;

export async function saveMerchantConnection(
  context: Context,
  db: Executor,
  caller: Caller,
  posted: PostedConnection,
): Promise<ShownConnection> {
  const { ports, keyRing, onCredentialsSaved } = context;
  const { environment } = caller;
  const { credentials, manifest, ...read } = readConnection(posted, environment.mode);
  const { endpointCredential } = manifest;
  if (endpointCredential !== undefined)
    checkEndpointUrl(credentials[endpointCredential] ?? '', reachOf(context, environment));
  await lockConfiguration(db, environment.id);
  const id = read.id ?? `con_${newUuidHex(ports)}`;
  const place = credentialsPlace(environment.id, id);
  const stored = await saveConnection(
    db,
    environment.id,
    {
      ...read,
      id,
      sealedCredentials: seal(keyRing, place, credentials, ports.random),
      areOther: await areOther(context, db, place, credentials),
      webhookToken: newSecret(ports.random, 19),
    },
    changeOf(context, caller),
    CONNECTIONS_MAX,
  );
  if (!stored) throw await reasonAgainst(db, environment.id, id);
  onCredentialsSaved?.(read.provider, environment.mode, credentials);
  return shownConnection(context, environment, stored);
}

/** Than those that the connection has. What no key opens any more is taken for others. */
async function areOther(
  { keyRing }: Context,
  db: Executor,
  place: SealContext,
  credentials: Credentials,
): Promise<boolean> {
  const locked = await lockCredentials(db, place.environmentId, place.subject);
  if (!locked) return false;
  try {
    const stored = openFields(keyRing, place, locked.sealed);
    return !isDeepStrictEqual({ ...stored }, { ...credentials });
  } catch (error) {
    if (error instanceof VaultError) return true;
    throw error;
  }
}

async function reasonAgainst(db: Executor, environmentId: string, id: string): Promise<Problem> {
  const other = await findConnection(db, environmentId, id);
  if (!other)
    return new Problem(
      400,
      'limit_reached',
      `An environment has at most ${CONNECTIONS_MAX} connections`,
    );
  const message = `Connection ${id} is of provider ${other.provider}; a connection cannot change its provider`;
  return invalid('validation_error', message, 'provider');
}
