// GET and PUT /admin/v1/environments/{id}/connections/{id}/ingestion: whether a connection's history is read at its PSP,
// how often, and how far it was read.
import { Type } from 'typebox';
import type { Context } from '../../flows/context.ts';
import { setIngestion } from '../../flows/ingest/set.ts';
import { notFound } from '../../kernel/problem.ts';
import { findConnection } from '../../store/connections.ts';
import { type Ingestion, listIngestions } from '../../store/ingestions.ts';
import type { App } from '../app.ts';
import { operatorChange } from './operator.ts';

const Id = Type.String({ minLength: 1, maxLength: 100 });
const Params = Type.Object({ environment_id: Id, id: Id });
const Body = Type.Object({
  period_s: Type.Union([Type.Integer({ minimum: 60, maximum: 604_800 }), Type.Null()]),
  since: Type.Optional(Type.String({ maxLength: 40, format: 'date-time' })),
});

export function ingestionRoutes(app: App, context: Context): void {
  const { db } = context;
  const path = '/environments/:environment_id/connections/:id/ingestion';
  const view = async ({ environment_id, id }: { environment_id: string; id: string }) => ({
    environment_id,
    connection_id: id,
    ingestion: (await listIngestions(db, environment_id, id)).map(ingestionView),
  });

  app.get(
    path,
    { schema: { summary: "How far a connection's history was read", params: Params } },
    async ({ params }) => {
      if (!(await findConnection(db, params.environment_id, params.id)))
        throw notFound('Connection');
      return view(params);
    },
  );

  app.put(
    path,
    { schema: { summary: "Read a connection's history, or not", params: Params, body: Body } },
    async (request) => {
      const { params, body } = request;
      const where = { environmentId: params.environment_id, connectionId: params.id };
      const since = body.since === undefined ? null : Date.parse(body.since);
      const wish = { periodS: body.period_s, since };
      await setIngestion(context, where, wish, operatorChange(context, request));
      return view(params);
    },
  );
}

function ingestionView(one: Ingestion) {
  return {
    kind: one.kind,
    period_s: one.periodS,
    since: new Date(one.since).toISOString(),
    covered_to: new Date(one.coveredTo).toISOString(),
    next_poll_at: timeOrNull(one.nextPollAt),
    failures: one.failures,
    paused_at: timeOrNull(one.pausedAt),
    last_error: one.lastError,
  };
}

function timeOrNull(epochMs: number | null): string | null {
  return epochMs === null ? null : new Date(epochMs).toISOString();
}
