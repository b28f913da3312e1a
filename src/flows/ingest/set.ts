// Switches the reading of a connection's history on or off.
import { connectorOf } from '../../connectors/registry.ts';
import { invalid, notFound, Problem } from '../../kernel/problem.ts';
import type { Change } from '../../store/audit.ts';
import { findConnection } from '../../store/connections.ts';
import { saveIngestion } from '../../store/ingestions.ts';
import type { Context } from '../context.ts';

export interface IngestionWish {
  /** Null: off. */
  readonly periodS: number | null;
  /** Null: as it is, or from now on. Epoch milliseconds. */
  readonly since: number | null;
}

export async function setIngestion(
  { db, wake }: Context,
  where: { readonly environmentId: string; readonly connectionId: string },
  wish: IngestionWish,
  change: Change,
): Promise<void> {
  const connection = await findConnection(db, where.environmentId, where.connectionId);
  if (!connection) throw notFound('Connection');
  const { provider } = connection;
  if (wish.periodS !== null && !connectorOf(provider)?.history)
    throw new Problem(400, 'not_supported', `${provider} has no history to read`, { provider });
  if (wish.since !== null && !(wish.since >= 0 && wish.since <= change.nowMs))
    throw invalid('invalid_request', 'since is a time in the past', 'since');
  if (!(await saveIngestion(db, where, wish, change))) throw notFound('Connection');
  wake('ingestion');
}
