// A connector of the Formance API is a connection with a name there that reads its PSP's history: installed, configured,
// and reset, each in one transaction with the connection itself.
import { notFound, Problem } from '../../kernel/problem.ts';
import { findConnection } from '../../store/connections.ts';
import {
  type ConnectorSettings,
  findConnectorSettings,
  lockCredentials,
  saveConnectorSettings,
} from '../../store/connector-settings.ts';
import { type Executor, violatedConstraint } from '../../store/db.ts';
import { openFields } from '../../vault/envelope.ts';
import { changeOf } from '../change-of.ts';
import { credentialsPlace } from '../configuration.ts';
import { deleteMerchantConnection } from '../connection/change.ts';
import type { PostedConnection } from '../connection/read-connection.ts';
import { saveMerchantConnection } from '../connection/save.ts';
import type { Caller, Context } from '../context.ts';
import { periodOf, pollConnector } from '../ingest/set.ts';
import { finishedTask } from '../ledger-task.ts';

export interface NewConnector extends ConnectorSettings {
  readonly provider: string;
  readonly credentials: Readonly<Record<string, unknown>>;
}

/** What a change leaves out is kept. */
export interface ConnectorChange {
  readonly name: string | null;
  readonly pollingPeriod: string | null;
  readonly credentials: Readonly<Record<string, unknown>>;
}

const BARE: Omit<PostedConnection, 'id' | 'provider' | 'credentials'> = {
  mode: null,
  status: null,
  capabilities: null,
  routingHints: null,
  labels: null,
  feeStructure: null,
};

/** The new connection's id. Its PSP's history is read whole, at once and then once a period. */
export async function installConnector(
  context: Context,
  caller: Caller,
  { provider, credentials, ...settings }: NewConnector,
): Promise<string> {
  const made = await context.db.transaction(async (tx) => {
    const posted = { ...BARE, id: null, provider, credentials };
    const { id } = await saveMerchantConnection(context, tx, caller, posted);
    await nameIt(tx, caller, id, settings);
    const wish = { periodS: periodOf(settings.pollingPeriod), since: 0 };
    await pollConnector(tx, at(caller, id), wish, changeOf(context, caller));
    return id;
  });
  context.wake('ingestion');
  return made;
}

/** What polls is timed anew, and goes on if it was paused. What does not begins when a period is given. */
export async function configureConnector(
  context: Context,
  caller: Caller,
  id: string,
  { name, pollingPeriod, credentials }: ConnectorChange,
): Promise<void> {
  const { environment } = caller;
  await context.db.transaction(async (tx) => {
    const { provider, stored } = await lockedCredentials(context, tx, caller, id);
    const posted = { ...BARE, id, provider, credentials: { ...stored, ...credentials } };
    await saveMerchantConnection(context, tx, caller, posted);
    const settings = await findConnectorSettings(tx, environment.id, id);
    await nameIt(tx, caller, id, {
      name: name ?? settings?.name ?? id,
      pollingPeriod: pollingPeriod ?? settings?.pollingPeriod ?? '30m',
    });
    const polledS = settings?.periodS ?? null;
    const periodS = pollingPeriod === null ? polledS : periodOf(pollingPeriod);
    const wish = { periodS, since: settings?.hasPolled ? null : 0 };
    if (periodS !== null) await pollConnector(tx, at(caller, id), wish, changeOf(context, caller));
  });
  context.wake('ingestion');
}

/**
 * The same connection under a new id; the old one is nobody's any more. Refused as its deletion would be. What polled reads
 * on from now: all before is recorded under the old id.
 */
export async function resetConnector(
  context: Context,
  caller: Caller,
  id: string,
): Promise<string> {
  const { environment } = caller;
  const madeId = await context.db.transaction(async (tx) => {
    const { provider, stored } = await lockedCredentials(context, tx, caller, id);
    const connection = await findConnection(tx, environment.id, id);
    const settings = await findConnectorSettings(tx, environment.id, id);
    if (!connection || !settings) throw unknownConnector();
    await deleteMerchantConnection(context, tx, caller, id);
    const { status, capabilities, routingHints, labels, feeStructure } = connection;
    const kept = { status, capabilities, routingHints, labels, feeStructure, mode: null };
    const posted = { ...kept, id: null, provider, credentials: stored };
    const made = await saveMerchantConnection(context, tx, caller, posted);
    const name = settings.name === id ? made.id : settings.name;
    await nameIt(tx, caller, made.id, { ...settings, name });
    const wish = { periodS: settings.periodS, since: null };
    if (wish.periodS !== null)
      await pollConnector(tx, at(caller, made.id), wish, changeOf(context, caller));
    return made.id;
  });
  context.wake('ingestion');
  return madeId;
}

/** The reference of the task that says so. */
export function uninstallConnector(context: Context, caller: Caller, id: string): Promise<string> {
  return context.db.transaction(async (tx) => {
    await deleteMerchantConnection(context, tx, caller, id);
    // The task of a connector that is gone names none.
    return finishedTask(context, tx, caller.environment.id, null, null);
  });
}

async function lockedCredentials(
  { keyRing }: Context,
  tx: Executor,
  { environment }: Caller,
  id: string,
) {
  const locked = await lockCredentials(tx, environment.id, id);
  if (!locked) throw unknownConnector();
  const stored = openFields(keyRing, credentialsPlace(environment.id, id), locked.sealed);
  return { provider: locked.provider, stored };
}

async function nameIt(
  tx: Executor,
  { environment }: Caller,
  id: string,
  settings: ConnectorSettings,
): Promise<void> {
  try {
    await saveConnectorSettings(tx, environment.id, id, settings);
  } catch (error) {
    if (violatedConstraint(error) !== 'connector_settings_name') throw error;
    throw new Problem(409, 'name_taken', 'Another connector has this name', { field: 'name' });
  }
}

function at({ environment }: Caller, connectionId: string) {
  return { environmentId: environment.id, connectionId };
}

function unknownConnector(): Problem {
  return notFound('Connector', 'connection_not_found');
}
