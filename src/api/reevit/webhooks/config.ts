// /v1/webhooks/config and /v1/webhooks/endpoints: where a merchant wants his events. The first is Reevit's, one for each
// organization and mode (api/reevit.md section 8); the second has the others too.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import type { Caller, Context } from '../../../flows/context.ts';
import { replayEndpoint, testEndpoint } from '../../../flows/deliver-event/replay.ts';
import {
  changeEndpoint,
  createEndpoint,
  deleteEndpoint,
  type EndpointFields,
  mustFind,
  rotateSecret,
  saveDefaultEndpoint,
} from '../../../flows/endpoint/save.ts';
import { openSecrets } from '../../../flows/endpoint/secrets.ts';
import { notFound, Problem } from '../../../kernel/problem.ts';
import type { Executor } from '../../../store/db.ts';
import { type Endpoint, findDefaultEndpoint, listEndpoints } from '../../../store/endpoints.ts';
import type { App } from '../../app.ts';
import { callerOf } from '../../auth/reevit-caller.ts';
import { idempotent } from '../../idempotency/idempotent.ts';
import { instant } from '../instant.ts';
import { AnyObject, IdParams, OrNull, time, timeOrNull } from '../schemas.ts';

const Fields = {
  events: OrNull(Type.Array(Type.String({ maxLength: 100 }), { maxItems: 100 })),
  enabled: OrNull(Type.Boolean()),
  metadata: OrNull(AnyObject),
  retry: Type.Optional(Type.Union([Type.Enum(['standard', 'reevit']), Type.Null()])),
  ed25519: OrNull(Type.Boolean()),
};
const Url = Type.String({ minLength: 1, maxLength: 2_048 });
const Posted = Type.Object({ ...Fields, url: Url });
const Patched = Type.Object({ ...Fields, url: OrNull(Url) });
const Rotation = Type.Object({
  overlap_hours: Type.Optional(Type.Number({ minimum: 0, maximum: 168, default: 24 })),
});
const Replay = Type.Object({
  from: Type.String({ maxLength: 40 }),
  to: OrNull(Type.String({ maxLength: 40 })),
  failed_only: OrNull(Type.Boolean()),
});

const reads = { scopes: ['webhooks:read'] };
const writes = { scopes: ['webhooks:write'], missingCodes: { url: 'missing_url' } };

export function webhookConfigRoutes(app: App, context: Context): void {
  const { db } = context;

  app.get(
    '/webhooks/config',
    { config: reads, schema: { summary: 'The default endpoint, with its signing secret' } },
    async (request) => {
      const caller = callerOf(request);
      return view(context, caller, await mustHaveDefault(context, caller));
    },
  );

  app.post(
    '/webhooks/config',
    { config: writes, schema: { summary: 'Make or replace the default endpoint', body: Posted } },
    (request, reply) =>
      written(context, request, reply, 201, (tx, caller) => {
        const fields = { ...fieldsOf(request.body), url: request.body.url };
        return saveDefaultEndpoint(context, tx, caller, fields);
      }),
  );

  app.delete(
    '/webhooks/config',
    { config: writes, schema: { summary: 'Remove the default endpoint' } },
    (request, reply) =>
      idempotent(context, request, reply, async (tx) => {
        const caller = callerOf(request);
        const before = await findDefaultEndpoint(tx, caller.environment.id);
        await deleteEndpoint(context, tx, caller, before);
        return { status: 200, body: { status: 'deleted' } };
      }),
  );

  app.post(
    '/webhooks/test',
    { config: writes, schema: { summary: 'Send a test event to the default endpoint' } },
    async (request) => {
      const { environment } = callerOf(request);
      const endpoint = await findDefaultEndpoint(db, environment.id);
      if (!endpoint)
        throw new Problem(400, 'webhook_not_configured', 'POST /v1/webhooks/config first');
      await testEndpoint(context, environment, endpoint);
      return { status: 'ok' };
    },
  );
}

export function webhookEndpointRoutes(app: App, context: Context): void {
  const { db } = context;

  app.get(
    '/webhooks/endpoints',
    { config: reads, schema: { summary: 'List endpoints, newest first' } },
    async (request) => {
      const caller = callerOf(request);
      const endpoints = await listEndpoints(db, caller.environment.id);
      return { endpoints: endpoints.map((one) => view(context, caller, one)) };
    },
  );

  app.post(
    '/webhooks/endpoints',
    { config: writes, schema: { summary: 'Add an endpoint', body: Posted } },
    (request, reply) =>
      written(context, request, reply, 201, (tx, caller) => {
        const fields = { ...fieldsOf(request.body), url: request.body.url };
        return createEndpoint(context, tx, caller, fields);
      }),
  );

  app.get(
    '/webhooks/endpoints/:id',
    { config: reads, schema: { summary: 'Show an endpoint', params: IdParams } },
    async (request) => {
      const caller = callerOf(request);
      return view(context, caller, await mustFind(db, caller, request.params.id));
    },
  );

  app.patch(
    '/webhooks/endpoints/:id',
    { config: writes, schema: { summary: 'Change an endpoint', params: IdParams, body: Patched } },
    (request, reply) =>
      written(context, request, reply, 200, (tx, caller) =>
        changeEndpoint(context, tx, caller, request.params.id, fieldsOf(request.body)),
      ),
  );

  app.delete(
    '/webhooks/endpoints/:id',
    { config: writes, schema: { summary: 'Remove an endpoint', params: IdParams } },
    (request, reply) =>
      idempotent(context, request, reply, async (tx) => {
        const caller = callerOf(request);
        await deleteEndpoint(context, tx, caller, await mustFind(tx, caller, request.params.id));
        return { status: 204 };
      }),
  );

  app.post(
    '/webhooks/endpoints/:id/rotate-secret',
    {
      config: writes,
      schema: {
        summary: 'Make a new signing secret; the old one signs too for a while',
        params: IdParams,
        body: Type.Optional(Rotation),
      },
    },
    (request, reply) =>
      written(context, request, reply, 200, (tx, caller) => {
        const overlapHours = request.body?.overlap_hours ?? 24;
        return rotateSecret(context, tx, caller, request.params.id, overlapHours);
      }),
  );

  app.post(
    '/webhooks/endpoints/:id/test',
    { config: writes, schema: { summary: 'Send a test event', params: IdParams } },
    async (request) => {
      const caller = callerOf(request);
      const endpoint = await mustFind(db, caller, request.params.id);
      await testEndpoint(context, caller.environment, endpoint);
      return { status: 'ok' };
    },
  );

  app.post(
    '/webhooks/endpoints/:id/replay',
    {
      config: writes,
      schema: {
        summary: 'Send the events of a time range again, those missed while disabled too',
        params: IdParams,
        body: Replay,
      },
    },
    async (request) => {
      const { environment } = callerOf(request);
      const { from, to, failed_only: failedOnly } = request.body;
      const toMs = to ? instant(to, 'to') : context.ports.clock.nowMs();
      const range = { fromMs: instant(from, 'from'), toMs, failedOnly: failedOnly === true };
      return replayEndpoint(context, environment.id, request.params.id, range);
    },
  );
}

/** An endpoint that is made or changed under its key; the answer has its secret. */
function written(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  status: 200 | 201,
  work: (tx: Executor, caller: Caller) => Promise<Endpoint>,
): Promise<FastifyReply> {
  const caller = callerOf(request);
  const run = async (tx: Executor) => {
    return { status, body: view(context, caller, await work(tx, caller)) };
  };
  return idempotent(context, request, reply, run, { secret: true });
}

async function mustHaveDefault({ db }: Context, { environment }: Caller): Promise<Endpoint> {
  const endpoint = await findDefaultEndpoint(db, environment.id);
  if (!endpoint) throw notFound('Webhook configuration');
  return endpoint;
}

/** Null means absent: Go sends it for what is unset. */
function fieldsOf(body: Static<typeof Patched>): EndpointFields {
  return {
    url: body.url ?? undefined,
    eventTypes: body.events ?? undefined,
    enabled: body.enabled ?? undefined,
    metadata: body.metadata ?? undefined,
    retry: body.retry ?? undefined,
    ed25519: body.ed25519 ?? undefined,
  };
}

function view(context: Context, { environment }: Caller, endpoint: Endpoint) {
  return {
    id: endpoint.id,
    url: endpoint.url,
    events: endpoint.eventTypes,
    enabled: endpoint.status === 'active',
    status: endpoint.status,
    status_reason: endpoint.statusReason,
    metadata: endpoint.metadata,
    org_id: environment.organizationId,
    mode: environment.mode,
    default: endpoint.isDefault,
    retry: endpoint.retry,
    signing_secret: openSecrets(context, endpoint).current,
    previous_secret_until: timeOrNull(endpoint.overlapUntil),
    public_key: endpoint.publicKey ?? '',
    failures: endpoint.failures,
    failing_since: timeOrNull(endpoint.failingSince),
    last_success_at: timeOrNull(endpoint.lastSuccessAt),
    last_failure_at: timeOrNull(endpoint.lastFailureAt),
    created_at: time(endpoint.createdAt),
    updated_at: time(endpoint.updatedAt),
  };
}
