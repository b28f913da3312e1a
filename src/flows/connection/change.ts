// Small changes of a connection: its labels, whether it takes payments, and its end.
import type { ConnectionStatus } from '../../domain/connection/connection.ts';
import { labelsProblems } from '../../domain/connection/hints.ts';
import { notFound, Problem } from '../../kernel/problem.ts';
import {
  deleteConnection,
  type StoredConnection,
  setLabels,
  setStatus,
} from '../../store/connections.ts';
import type { Executor } from '../../store/db.ts';
import { changeOf } from '../change-of.ts';
import type { Caller, Context } from '../context.ts';
import { refuse } from './read-connection.ts';
import { type ShownConnection, shownConnection } from './view.ts';

export async function labelConnection(
  context: Context,
  db: Executor,
  caller: Caller,
  id: string,
  labels: readonly string[],
): Promise<ShownConnection> {
  refuse(labelsProblems(labels));
  const wanted = [...new Set(labels)];
  const stored = await setLabels(db, caller.environment.id, id, wanted, changeOf(context, caller));
  return shown(context, caller, stored);
}

export async function setConnectionStatus(
  context: Context,
  db: Executor,
  caller: Caller,
  id: string,
  status: ConnectionStatus,
): Promise<ShownConnection> {
  const stored = await setStatus(db, caller.environment.id, id, status, changeOf(context, caller));
  return shown(context, caller, stored);
}

/**
 * Refused while a payment at the connection is not final: its outcome has still to be asked for, and that needs the
 * credentials. Such a connection can be set inactive. What begins at the same moment is not seen: for that they are kept
 * an hour, and as long as anything is open (store/gone-connections.ts).
 */
export async function deleteMerchantConnection(
  context: Context,
  db: Executor,
  caller: Caller,
  id: string,
): Promise<void> {
  const result = await deleteConnection(db, caller.environment.id, id, changeOf(context, caller));
  if (result === 'not_found') throw notFound('Connection', 'connection_not_found');
  if (result === 'used') {
    const message =
      'The connection has payments that are not final: set it inactive, and delete it when they are';
    throw new Problem(409, 'connection_in_use', message);
  }
}

function shown(
  context: Context,
  { environment }: Caller,
  stored: StoredConnection | null,
): ShownConnection {
  if (!stored) throw notFound('Connection', 'connection_not_found');
  return shownConnection(context, environment, stored);
}
