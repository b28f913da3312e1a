// The connector that a request is about: by its id, or, on old routes of v1, the only one of its provider.
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import {
  connectorRef,
  decodeConnector,
  encodeConnector,
  findConnector,
} from '../../../domain/ledger/ids.ts';
import { providerOfWord, v1ProviderOf } from '../../../domain/ledger/providers.ts';
import type { Configuration, KnownConnection } from '../../../flows/configuration.ts';
import type { Context } from '../../../flows/context.ts';
import { findConnectorSettings, type ListedConnector } from '../../../store/connector-settings.ts';
import { callerOf } from '../../auth/reevit-caller.ts';
import { invalidId, unknownThing } from '../envelope.ts';
import { onlyConnectionOf } from '../initiations/only-connection.ts';

const Word = Type.String({ minLength: 1, maxLength: 8_000 });
export const wordSchema = { params: Type.Object({ connector: Word }) };
export const idSchema = { params: Type.Object({ connectorID: Word }) };
export const bothSchema = { params: Type.Object({ connector: Word, connectorID: Word }) };

export interface Found {
  readonly configuration: Configuration;
  readonly connection: KnownConnection;
}

/** 400 for what is no id, 404 for one of nothing here, or of another provider than the path says. */
export async function found(context: Context, request: FastifyRequest): Promise<Found> {
  const { connector, connectorID } = request.params as {
    readonly connector?: string;
    readonly connectorID?: string;
  };
  const configuration = await context.configurations.get(callerOf(request).environment);
  if (connectorID === undefined)
    return { configuration, connection: onlyConnectionOf(configuration, connector ?? '') };
  const ref = decodeConnector(connectorID);
  if (!ref) throw invalidId('Connector ID');
  const connection = findConnector(configuration.connections, ref);
  if (!connection || (connector !== undefined && !isOf(connection, connector)))
    throw unknownThing('Connector');
  return { configuration, connection };
}

/** GENERIC stands on v1 for every provider that has no name there. */
function isOf({ provider }: KnownConnection, word: string): boolean {
  const said = providerOfWord(word);
  return said === provider || (said === 'generic' && v1ProviderOf(provider) === null);
}

export async function settingsOf(
  { db }: Context,
  request: FastifyRequest,
  { connection }: Found,
): Promise<ListedConnector> {
  const settings = await findConnectorSettings(db, callerOf(request).environment.id, connection.id);
  if (!settings) throw unknownThing('Connector');
  return settings;
}

export function connectorIdOf(connection: { readonly id: string; readonly provider: string }) {
  return encodeConnector(connectorRef(connection));
}
