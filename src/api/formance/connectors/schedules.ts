// What polls a connector's PSP: a schedule for each kind of its history, which v1 calls tasks, and their runs
// (api/formance.md sections 3 and 5).
import type { FastifyRequest } from 'fastify';
import type { HistoryKind } from '../../../domain/ledger/history.ts';
import { connectorRef } from '../../../domain/ledger/ids.ts';
import type { KnownConnection } from '../../../flows/configuration.ts';
import type { Context } from '../../../flows/context.ts';
import {
  type IngestionRun,
  pageRuns,
  pageSchedules,
  type Schedule,
} from '../../../store/ingestion-runs.ts';
import { callerOf } from '../../auth/reevit-caller.ts';
import { unknownThing } from '../envelope.ts';
import type { List, Positioned } from '../list.ts';
import { timeView } from '../read-body.ts';
import { connectorIdOf } from './find.ts';

/** Only what is switched on is a schedule. */
export function scheduleList(
  { db }: Context,
  connection: KnownConnection,
): List<Schedule & Positioned> {
  return {
    name: `schedules of ${connection.id}`,
    fields: () => ({}),
    sorts: { createdAt: 'created_at', id: 'kind' },
    defaultSort: { field: 'created_at', descending: true },
    tie: 'kind',
    fetch: (environment, page) => pageSchedules(db, environment.id, connection.id, page),
  };
}

export function instanceList(
  { db }: Context,
  connection: KnownConnection,
  kind: HistoryKind,
): List<IngestionRun & Positioned> {
  return {
    name: `instances of ${scheduleId(connection, kind)}`,
    fields: () => ({}),
    sorts: { createdAt: 'started_at' },
    defaultSort: { field: 'started_at', descending: true },
    tie: 'started_at',
    fetch: (environment, page) =>
      pageRuns(db, environment.id, { connectionId: connection.id, kind }, page),
  };
}

/** 404 for one that is not there, or switched off. */
export async function scheduleNamed(
  { db }: Context,
  request: FastifyRequest,
  connection: KnownConnection,
  id: string,
  what: string,
): Promise<Schedule> {
  const all = await pageSchedules(db, callerOf(request).environment.id, connection.id, {
    limit: 100,
    filter: null,
    order: [{ field: 'kind', descending: false }],
    after: null,
  });
  const found = all.find(({ kind }) => scheduleId(connection, kind) === id);
  if (!found) throw unknownThing(what);
  return found;
}

function scheduleId(connection: KnownConnection, kind: HistoryKind): string {
  return `${connectorRef(connection).reference}-${kind}`;
}

export function scheduleView(
  connection: KnownConnection,
  { kind, createdAt, pausedAt, lastError }: Schedule,
) {
  return {
    id: scheduleId(connection, kind),
    connectorID: connectorIdOf(connection),
    createdAt: timeView(createdAt),
    ...(pausedAt === null ? {} : { pausedAt: timeView(pausedAt), pausedReason: lastError }),
  };
}

export function instanceView(connection: KnownConnection, kind: HistoryKind, run: IngestionRun) {
  const scheduleID = scheduleId(connection, kind);
  const { startedAt, updatedAt, endedAt, error } = run;
  return {
    id: `${scheduleID}-${startedAt}`,
    connectorID: connectorIdOf(connection),
    scheduleID,
    createdAt: timeView(startedAt),
    updatedAt: timeView(updatedAt),
    terminated: endedAt !== null,
    ...(endedAt === null ? {} : { terminatedAt: timeView(endedAt) }),
    ...(error === '' ? {} : { error }),
  };
}

/** The descriptor is what the SDK's union takes of every provider. */
export function taskView(connection: KnownConnection, schedule: Schedule) {
  const { kind, createdAt, updatedAt, pausedAt, lastError } = schedule;
  return {
    id: scheduleId(connection, kind),
    connectorID: connectorIdOf(connection),
    createdAt: timeView(createdAt),
    updatedAt: timeView(updatedAt),
    descriptor: { name: `Fetch ${kind}`, key: kind },
    status: pausedAt === null ? 'ACTIVE' : 'STOPPED',
    state: null,
    error: lastError,
  };
}
