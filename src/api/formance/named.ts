// What ids of the Formance API name, looked up in the caller's environment: what an id says is never trusted.
import {
  type ConnectorRef,
  connectionIdOf,
  connectorRef,
  decodeConnector,
  decodeObject,
  encodeObject,
  findConnector,
  type ObjectRef,
} from '../../domain/ledger/ids.ts';
import type { Configuration, KnownConnection } from '../../flows/configuration.ts';
import { invalidField, invalidId, unknownThing } from './envelope.ts';

/** The connection that a body names: 400 for anything that is none of ours. */
export function connectionIn(
  { connections }: Configuration,
  said: unknown,
  field: string,
): KnownConnection {
  if (said === undefined || said === null || said === '') throw invalidField(field, 'is required');
  const ref = typeof said === 'string' ? decodeConnector(said) : null;
  const connection = ref && findConnector(connections, ref);
  if (!connection) throw invalidField(field, 'is invalid');
  return connection;
}

/** What a connection calls something. */
export interface Named {
  readonly connectionId: string;
  readonly reference: string;
}

/** An account of a path: 400 for what is no id, 404 for one of an unknown connector. */
export function namedIn({ connections }: Configuration, id: string, what: string): Named {
  const { connector, reference } = objectIn(id, what);
  const connection = findConnector(connections, connector);
  if (!connection) throw unknownThing(what);
  return { connectionId: connection.id, reference };
}

/** An initiation or task of a path: it outlives its connector. */
export function everNamedIn({ connections }: Configuration, id: string, what: string): Named {
  const { connector, reference } = objectIn(id, what);
  return { connectionId: connectionIdOf(connections, connector), reference };
}

function objectIn(id: string, what: string): ObjectRef {
  const ref = decodeObject(id);
  if (!ref) throw invalidId(`${what} ID`);
  return ref;
}

/** For queries: null for what is no id. */
export function nameOf({ connections }: Configuration, id: string): string | null {
  const ref = decodeObject(id);
  return ref && `${connectionIdOf(connections, ref.connector)} ${ref.reference}`;
}

export function connectionNameOf({ connections }: Configuration, id: string): string | null {
  const ref = decodeConnector(id);
  return ref && connectionIdOf(connections, ref);
}

/** How ids name a connection, also one that is gone. */
export function connectorOfRow(
  { connection }: Configuration,
  id: string,
  provider: string | null,
): ConnectorRef {
  return connectorRef({ id, provider: connection(id)?.provider ?? provider ?? 'unknown' });
}

export function objectId(connector: ConnectorRef, reference: string): string {
  return encodeObject({ connector, reference });
}
