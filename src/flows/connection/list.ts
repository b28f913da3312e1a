// Reading connections. What this process has counted of calls is written first, so that the counters shown are live.
import { notFound } from '../../kernel/problem.ts';
import { type AuditEntry, listAudit } from '../../store/audit.ts';
import {
  type ConnectionFilter,
  countLabels,
  findConnection,
  listConnections,
} from '../../store/connections.ts';
import type { Context, Environment } from '../context.ts';
import { type ShownConnection, shownConnection } from './view.ts';

export interface Page {
  readonly limit: number;
  readonly offset: number;
}

export interface ConnectionQuery extends ConnectionFilter {
  /** A mode other than the environment's own matches nothing. */
  readonly mode: 'sandbox' | 'live' | null;
}

export async function listMerchantConnections(
  context: Context,
  environment: Environment,
  { mode, ...filter }: ConnectionQuery,
  page: Page,
): Promise<{ connections: ShownConnection[]; total: number }> {
  if (mode !== null && mode !== environment.mode) return { connections: [], total: 0 };
  await flushCounters(context);
  const { connections, total } = await listConnections(context.db, environment.id, filter, page);
  return {
    connections: connections.map((one) => shownConnection(context, environment, one)),
    total,
  };
}

export async function getMerchantConnection(
  context: Context,
  environment: Environment,
  id: string,
): Promise<ShownConnection> {
  await flushCounters(context);
  const stored = await findConnection(context.db, environment.id, id);
  if (!stored) throw notFound('Connection', 'connection_not_found');
  return shownConnection(context, environment, stored);
}

export async function listConnectionAudit(
  context: Context,
  environment: Environment,
  id: string,
  page: Page,
): Promise<{ entries: AuditEntry[]; total: number }> {
  const found = await listAudit(context.db, environment.id, { type: 'connection', id }, page);
  // A deleted connection keeps its history; one that never was has none.
  if (found.total === 0) throw notFound('Connection', 'connection_not_found');
  return found;
}

export interface LabelSummary {
  readonly label: string;
  readonly total: number;
  readonly providers: Readonly<Record<string, number>>;
  readonly statuses: Readonly<Record<string, number>>;
}

export async function summariseLabels(
  { db }: Context,
  environment: Environment,
): Promise<LabelSummary[]> {
  const byLabel = new Map<string, { total: number; providers: Counts; statuses: Counts }>();
  for (const { label, provider, status, count } of await countLabels(db, environment.id)) {
    const summary = byLabel.get(label) ?? { total: 0, providers: {}, statuses: {} };
    summary.total += count;
    summary.providers[provider] = (summary.providers[provider] ?? 0) + count;
    summary.statuses[status] = (summary.statuses[status] ?? 0) + count;
    byLabel.set(label, summary);
  }
  return [...byLabel].map(([label, summary]) => ({ label, ...summary }));
}

type Counts = Record<string, number>;

/** Counters that cannot be written now are shown as they are stored. */
async function flushCounters({ calls, log }: Context): Promise<void> {
  await calls.flush().catch(() => log.warn({}, 'call counters were not written'));
}
