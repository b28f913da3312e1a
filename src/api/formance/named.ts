// What ids of the Formance API name, looked up in the caller's environment: what an id says is never trusted.
import {
  type ConnectorRef,
  connectorRef,
  decodeConnector,
  decodeObject,
  encodeObject,
  findConnector,
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

/** An account, initiation or task of a path: 400 for what is no id, 404 for one of an unknown connector. */
export function namedIn({ connections }: Configuration, id: string, what: string): Named {
  const ref = decodeObject(id);
  if (!ref) throw invalidId(`${what} ID`);
  const connection = findConnector(connections, ref.connector);
  if (!connection) throw unknownThing(what);
  return { connectionId: connection.id, reference: ref.reference };
}

/** For queries: null when the id names nothing here. */
export function nameOf({ connections }: Configuration, id: string): string | null {
  const ref = decodeObject(id);
  const connection = ref && findConnector(connections, ref.connector);
  return ref && connection ? `${connection.id} ${ref.reference}` : null;
}

export function connectionNameOf({ connections }: Configuration, id: string): string | null {
  const ref = decodeConnector(id);
  return (ref && findConnector(connections, ref)?.id) ?? null;
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
