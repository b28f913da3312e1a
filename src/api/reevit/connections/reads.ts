// GET /v1/connections and what hangs below it.
import { Type } from 'typebox';
import {
  getMerchantConnection,
  listConnectionAudit,
  listMerchantConnections,
  summariseLabels,
} from '../../../flows/connection/list.ts';
import type { Context } from '../../../flows/context.ts';
import { invalid } from '../../../kernel/problem.ts';
import type { App } from '../../app.ts';
import { callerOf } from '../../auth/reevit-caller.ts';
import { AnyObject, IdParams, PageQuery, Time, time } from '../schemas.ts';
import { ConnectionList, ConnectionView, connectionView } from './schema.ts';

const Word = Type.Optional(Type.String({ maxLength: 128 }));

const ListQuery = Type.Object({
  label: Word,
  provider: Word,
  status: Word,
  mode: Word,
  ...PageQuery(200),
});

const AuditEntry = Type.Object({
  id: Type.String(), // Go decodes a string (api/reevit.md section 18)
  actor_id: Type.String(),
  actor_type: Type.String(),
  action: Type.String(),
  metadata: AnyObject,
  created_at: Time,
});

const LabelSummary = Type.Object({
  label: Type.String(),
  total: Type.Integer(),
  providers: Type.Record(Type.String(), Type.Integer()),
  statuses: Type.Record(Type.String(), Type.Integer()),
});

export function connectionReads(app: App, context: Context): void {
  const config = { scopes: ['connections:read'] };

  app.get(
    '/connections',
    {
      config,
      schema: {
        summary: 'List connections, oldest first',
        querystring: ListQuery,
        response: { 200: ConnectionList },
      },
    },
    async (request) => {
      const { label, provider, status, mode, limit, offset } = request.query;
      const asked = {
        label: wordOrNull(label),
        provider: wordOrNull(provider),
        status: choiceOrNull('status', status, { active: 'active', inactive: 'inactive' } as const),
        mode: choiceOrNull('mode', mode, {
          test: 'sandbox',
          sandbox: 'sandbox',
          live: 'live',
        } as const),
      };
      const { environment } = callerOf(request);
      const page = { limit, offset };
      const { connections, total } = await listMerchantConnections(
        context,
        environment,
        asked,
        page,
      );
      return { connections: connections.map(connectionView), pagination: { total, ...page } };
    },
  );

  app.get(
    '/connections/labels',
    {
      config,
      schema: {
        summary: 'Count connections by label',
        response: { 200: Type.Array(LabelSummary) },
      },
    },
    (request) => summariseLabels(context, callerOf(request).environment),
  );

  app.get(
    '/connections/:id',
    {
      config,
      schema: {
        summary: 'Show a connection',
        params: IdParams,
        response: { 200: ConnectionView },
      },
    },
    async (request) => {
      const { environment } = callerOf(request);
      return connectionView(await getMerchantConnection(context, environment, request.params.id));
    },
  );

  app.get(
    '/connections/:id/audit',
    {
      config,
      schema: {
        summary: 'Who changed the connection, newest first',
        params: IdParams,
        querystring: Type.Object(PageQuery(200)),
        response: { 200: Type.Array(AuditEntry) },
      },
    },
    async (request, reply) => {
      const { environment } = callerOf(request);
      const { params, query } = request;
      const { entries, total } = await listConnectionAudit(context, environment, params.id, query);
      reply.header('x-total-count', total);
      return entries.map((entry) => ({
        id: String(entry.position),
        actor_id: entry.actorId,
        actor_type: entry.actorType,
        action: entry.action,
        metadata: entry.metadata,
        created_at: time(entry.createdAt),
      }));
    },
  );
}

/** Filters are compared in lower case; an empty one is none. */
function wordOrNull(text: string | undefined): string | null {
  return text === undefined || text.trim() === '' ? null : text.trim().toLowerCase();
}

function choiceOrNull<T extends string>(
  field: string,
  text: string | undefined,
  choices: Readonly<Record<string, T>>,
): T | null {
  const word = wordOrNull(text);
  if (word === null) return null;
  if (Object.hasOwn(choices, word)) return choices[word]!;
  const message = `${field} must be one of ${Object.keys(choices).join(', ')}`;
  throw invalid('validation_error', message, field);
}
