// Switches the reading of a connection's history on or off.
import { manifestOf } from '../../connectors/registry.ts';
import { parseDuration } from '../../domain/ledger/duration.ts';
import { sweptKinds } from '../../domain/ledger/history.ts';
import { invalid, notFound, Problem } from '../../kernel/problem.ts';
import type { Change } from '../../store/audit.ts';
import { findConnection } from '../../store/connections.ts';
import type { Executor } from '../../store/db.ts';
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
  const kinds = kindsOf(provider);
  if (wish.periodS !== null && kinds.length === 0)
    throw new Problem(400, 'not_supported', `${provider} has no history to read`, { provider });
  if (wish.since !== null && !(wish.since >= 0 && wish.since <= change.nowMs))
    throw invalid('invalid_request', 'since is a time in the past', 'since');
  if (!(await saveIngestion(db, where, { ...wish, kinds }, change))) throw notFound('Connection');
  wake('ingestion');
}

/** Of a connector of the Formance API, in its own transaction. Nothing where the PSP has no history to read. */
export async function pollConnector(
  tx: Executor,
  where: { readonly environmentId: string; readonly connectionId: string },
  wish: IngestionWish,
  change: Change,
): Promise<void> {
  const connection = await findConnection(tx, where.environmentId, where.connectionId);
  const kinds = connection ? kindsOf(connection.provider) : [];
  if (kinds.length > 0) await saveIngestion(tx, where, { ...wish, kinds }, change);
}

function kindsOf(provider: string) {
  return sweptKinds(manifestOf(provider)?.history?.kinds ?? []);
}

/** Seconds of `30m`. */
export function periodOf(pollingPeriod: string): number {
  return Math.round((parseDuration(pollingPeriod) ?? 0) / 1000);
}
