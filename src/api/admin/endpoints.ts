// Endpoints of an environment as an operator sees them: how they answer, without their secrets; and sending again.
import { Type } from 'typebox';
import type { Context } from '../../flows/context.ts';
import { mustFindDelivery, replayEndpoint, replayOne } from '../../flows/deliver-event/replay.ts';
import { invalid, notFound } from '../../kernel/problem.ts';
import { type Endpoint, listEndpoints } from '../../store/endpoints.ts';
import { findEnvironment } from '../../store/environments.ts';
import type { App } from '../app.ts';
import { noteOperator } from './operator.ts';

const Id = Type.String({ minLength: 1, maxLength: 100 });
const Instant = Type.String({ maxLength: 40 });
const Params = Type.Object({ environment_id: Id, id: Id });
const Replay = Type.Object({
  from: Instant,
  to: Type.Optional(Instant),
  failed_only: Type.Optional(Type.Boolean({ default: false })),
});

export function endpointRoutes(app: App, context: Context): void {
  const { db, ports } = context;
  const base = '/environments/:environment_id';

  app.get(
    `${base}/endpoints`,
    {
      schema: {
        summary: 'Endpoints of an environment and how they answer',
        params: Type.Object({ environment_id: Id }),
      },
    },
    async ({ params }) => {
      const { id } = await mustFind(context, params.environment_id);
      return { endpoints: (await listEndpoints(db, id)).map(view) };
    },
  );

  app.post(
    `${base}/endpoints/:id/replay`,
    { schema: { summary: 'Send a time range again', params: Params, body: Replay } },
    async (request) => {
      const { environment_id, id } = request.params;
      const { from, to, failed_only: failedOnly = false } = request.body;
      const environment = await mustFind(context, environment_id);
      const toMs = to === undefined ? ports.clock.nowMs() : instant(to, 'to');
      const range = { fromMs: instant(from, 'from'), toMs, failedOnly };
      const subject = { type: 'endpoint', id } as const;
      const entry = { environmentId: environment.id, subject, action: 'replayed' };
      const metadata = { ...request.body };
      await noteOperator(context, request, { ...entry, metadata });
      return replayEndpoint(context, environment.id, id, range);
    },
  );

  app.post(
    `${base}/deliveries/:id/retry`,
    { schema: { summary: 'Send one delivery again', params: Params } },
    async (request) => {
      const environment = await mustFind(context, request.params.environment_id);
      const delivery = await mustFindDelivery(context, environment, request.params.id);
      const subject = { type: 'endpoint', id: delivery.endpointId } as const;
      const metadata = { delivery: request.params.id };
      const entry = {
        environmentId: environment.id,
        subject,
        action: 'delivery retried',
        metadata,
      };
      await noteOperator(context, request, entry);
      await replayOne(context, delivery);
      return { status: 'pending' };
    },
  );
}

async function mustFind({ db }: Context, id: string) {
  const environment = await findEnvironment(db, id);
  if (!environment) throw notFound('Environment');
  return environment;
}

function instant(text: string, field: string): number {
  const epochMs = Date.parse(text);
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(epochMs)) return epochMs;
  throw invalid('validation_error', `${field} must be a date or an RFC 3339 date-time`, field);
}

function view(endpoint: Endpoint) {
  return {
    id: endpoint.id,
    environment_id: endpoint.environmentId,
    url: endpoint.url,
    events: endpoint.eventTypes,
    status: endpoint.status,
    status_reason: endpoint.statusReason,
    pace: endpoint.pace,
    failures: endpoint.failures,
    failing_since: timeOrNull(endpoint.failingSince),
    last_success_at: timeOrNull(endpoint.lastSuccessAt),
    last_failure_at: timeOrNull(endpoint.lastFailureAt),
  };
}

function timeOrNull(epochMs: number | null): string | null {
  return epochMs === null ? null : new Date(epochMs).toISOString();
}
