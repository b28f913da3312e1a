// Where a merchant wants his events: made, changed, switched off, its secret renewed. Of several endpoints of an
// environment one is the default: the one that Reevit's configuration shows.
import { newUuidHex } from '../../kernel/ids.ts';
import { invalid, notFound, Problem } from '../../kernel/problem.ts';
import type { Executor } from '../../store/db.ts';
import {
  type Endpoint,
  findDefaultEndpoint,
  findEndpoint,
  insertEndpoint,
  updateEndpoint,
} from '../../store/endpoints.ts';
import { lockConfiguration } from '../../store/environments.ts';
import { changeOf } from '../change-of.ts';
import type { Caller, Context } from '../context.ts';
import { publicKeyOf, type Secrets } from '../deliver-event/sign.ts';
import { checkEndpointUrl, reachOf } from './endpoint-url.ts';
import { newEd25519, newSecret, openSecrets, sealSecrets } from './secrets.ts';

const ENDPOINTS_MAX = 50;
const EVENT_TYPES_MAX = 100;
const METADATA_CHARACTERS_MAX = 4_096;
const HOUR_MS = 60 * 60_000;
const OVERLAP_HOURS_MAX = 7 * 24;

/** Undefined: as it is, or the default of a new one. */
export interface EndpointFields {
  readonly url?: string | undefined;
  readonly eventTypes?: readonly string[] | undefined;
  readonly enabled?: boolean | undefined;
  readonly retry?: 'standard' | 'reevit' | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** Whether deliveries also carry Ed25519 signatures. */
  readonly ed25519?: boolean | undefined;
}

/** The default endpoint as posted: made, or replaced but for its secret (api/reevit.md section 8). */
export async function saveDefaultEndpoint(
  context: Context,
  db: Executor,
  caller: Caller,
  fields: EndpointFields & { readonly url: string },
): Promise<Endpoint> {
  await lockConfiguration(db, caller.environment.id);
  const before = await findDefaultEndpoint(db, caller.environment.id);
  if (before === null) return createEndpoint(context, db, caller, fields, true);
  const whole = { eventTypes: [], enabled: true, retry: 'standard', metadata: {} } as const;
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return write(context, db, caller, before, { ...whole, ...Object.fromEntries(given) }, 'updated');
}

export async function createEndpoint(
  context: Context,
  db: Executor,
  caller: Caller,
  fields: EndpointFields & { readonly url: string },
  isDefault = false,
): Promise<Endpoint> {
  const { environment } = caller;
  const { ports } = context;
  const place = { environmentId: environment.id, id: `wh_${newUuidHex(ports)}` };
  const ed25519 = fields.ed25519 === true ? newEd25519(ports.random) : null;
  const secrets = { current: newSecret(ports.random), previous: null, ed25519 };
  const read = readFields(context, caller, fields);
  await lockConfiguration(db, environment.id);
  const made = await insertEndpoint(
    db,
    {
      ...place,
      isDefault,
      url: checkEndpointUrl(fields.url, reachOf(context, environment)),
      eventTypes: read.eventTypes ?? [],
      status: fields.enabled === false ? 'disabled' : 'active',
      retry: fields.retry ?? 'standard',
      metadata: read.metadata ?? {},
      sealedSecrets: sealSecrets(context, place, secrets),
      publicKey: ed25519 === null ? null : publicKeyOf(ed25519),
    },
    changeOf(context, caller),
    ENDPOINTS_MAX,
  );
  const message = `An environment has at most ${ENDPOINTS_MAX} endpoints`;
  if (!made) throw new Problem(400, 'limit_reached', message);
  return made;
}

export async function changeEndpoint(
  context: Context,
  db: Executor,
  caller: Caller,
  id: string,
  fields: EndpointFields,
): Promise<Endpoint> {
  await lockConfiguration(db, caller.environment.id);
  return write(context, db, caller, await mustFind(db, caller, id), fields, 'updated');
}

/** What waits for it is canceled. Deleting what is not there is 404. */
export async function deleteEndpoint(
  context: Context,
  db: Executor,
  caller: Caller,
  before: Endpoint | null,
): Promise<void> {
  if (!before) throw notFound('Endpoint');
  const next: Endpoint = { ...before, status: 'deleted' };
  if (!(await updateEndpoint(db, before, next, 'deleted', changeOf(context, caller))))
    throw changedMeanwhile();
}

/** A new secret. The one before signs too for `overlapHours`, so that a merchant can change over in peace. */
export async function rotateSecret(
  context: Context,
  db: Executor,
  caller: Caller,
  id: string,
  overlapHours: number,
): Promise<Endpoint> {
  if (!(overlapHours >= 0 && overlapHours <= OVERLAP_HOURS_MAX))
    throw invalid(
      'validation_error',
      `overlap_hours must be from 0 to ${OVERLAP_HOURS_MAX}`,
      'overlap_hours',
    );
  const { ports } = context;
  await lockConfiguration(db, caller.environment.id);
  const before = await mustFind(db, caller, id);
  const { current, ed25519 } = openSecrets(context, before);
  const secrets: Secrets = {
    current: newSecret(ports.random),
    previous: overlapHours === 0 ? null : current,
    ed25519,
  };
  const next: Endpoint = {
    ...before,
    sealedSecrets: sealSecrets(context, before, secrets),
    overlapUntil: overlapHours === 0 ? null : ports.clock.nowMs() + overlapHours * HOUR_MS,
  };
  const change = changeOf(context, caller);
  const rotated = await updateEndpoint(db, before, next, 'secret rotated', change);
  if (!rotated) throw changedMeanwhile();
  return rotated;
}

export async function mustFind(db: Executor, caller: Caller, id: string): Promise<Endpoint> {
  const found = await findEndpoint(db, caller.environment.id, id);
  if (!found) throw notFound('Endpoint');
  return found;
}

async function write(
  context: Context,
  db: Executor,
  caller: Caller,
  before: Endpoint,
  fields: EndpointFields,
  action: string,
): Promise<Endpoint> {
  const { url, eventTypes, enabled, retry, metadata } = readFields(context, caller, fields);
  const status = enabled === undefined ? before.status : enabled ? 'active' : 'disabled';
  const next: Endpoint = {
    ...before,
    url: url ?? before.url,
    eventTypes: eventTypes ?? before.eventTypes,
    status,
    statusReason:
      status === 'active' ? '' : status === before.status ? before.statusReason : 'by request',
    retry: retry ?? before.retry,
    metadata: metadata ?? before.metadata,
    ...keysAfter(context, before, fields.ed25519),
  };
  const written = await updateEndpoint(db, before, next, action, changeOf(context, caller));
  if (!written) throw changedMeanwhile();
  return written;
}

function keysAfter(
  context: Context,
  before: Endpoint,
  wanted: boolean | undefined,
): Pick<Endpoint, 'publicKey' | 'sealedSecrets'> {
  const { publicKey, sealedSecrets } = before;
  if (wanted === undefined || wanted === (publicKey !== null)) return { publicKey, sealedSecrets };
  const ed25519 = wanted ? newEd25519(context.ports.random) : null;
  const secrets = { ...openSecrets(context, before), ed25519 };
  return {
    publicKey: ed25519 === null ? null : publicKeyOf(ed25519),
    sealedSecrets: sealSecrets(context, before, secrets),
  };
}

function readFields(
  context: Context,
  { environment }: Caller,
  { url, eventTypes, metadata, ...fields }: EndpointFields,
): EndpointFields {
  if (eventTypes !== undefined) {
    const wrong = eventTypes.find((one) => !/^[a-z0-9_]+(\.[a-z0-9_]+)+$/.test(one));
    if (wrong !== undefined)
      throw invalid('validation_error', `${wrong.slice(0, 60)} is no type of an event`, 'events');
    if (eventTypes.length > EVENT_TYPES_MAX)
      throw invalid('validation_error', `At most ${EVENT_TYPES_MAX} types of events`, 'events');
  }
  if (metadata !== undefined && JSON.stringify(metadata).length > METADATA_CHARACTERS_MAX)
    throw invalid('validation_error', `At most ${METADATA_CHARACTERS_MAX} characters`, 'metadata');
  return {
    ...fields,
    url: url === undefined ? undefined : checkEndpointUrl(url, reachOf(context, environment)),
    eventTypes: eventTypes && [...new Set(eventTypes)],
    metadata,
  };
}

function changedMeanwhile(): Problem {
  return new Problem(409, 'conflict', 'The endpoint is being changed by another request', {}, 1);
}
