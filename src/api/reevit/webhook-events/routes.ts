// /v1/webhooks/events: what PSPs sent us, and sending it through again.
import { Type } from 'typebox';
import type { Context } from '../../../flows/context.ts';
import { applyWebhook } from '../../../flows/receive-webhook/apply.ts';
import { withoutSecret } from '../../../flows/receive-webhook/receive.ts';
import { Problem } from '../../../kernel/problem.ts';
import {
  findInboundWebhook,
  type InboundWebhook,
  listInboundWebhooks,
  replayInboundWebhook,
} from '../../../store/inbound-webhooks.ts';
import type { App } from '../../app.ts';
import { callerOf } from '../../auth/reevit-caller.ts';
import { time } from '../payments/view.ts';
import { IdParams } from '../schemas.ts';

const Query = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
  offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
  type: Type.Optional(Type.String({ maxLength: 200 })),
  status: Type.Optional(
    Type.Union([
      Type.Literal('received'),
      Type.Literal('applied'),
      Type.Literal('failed'),
      Type.Literal('forged'),
    ]),
  ),
});

/** A forgery is shown as failed, with its `authenticity`. */
const SHOWN_AS = {
  received: ['received'],
  applied: ['applied'],
  failed: ['failed', 'forged'],
  forged: ['forged'],
} as const;

const reads = { config: { scopes: ['webhooks:read'] } };

export function webhookEventRoutes(app: App, context: Context): void {
  const { db, ports } = context;

  app.get('/webhooks/events', { ...reads, schema: { querystring: Query } }, async (request) => {
    const { environment } = callerOf(request);
    const { limit = 50, offset = 0, type = null, status = null } = request.query;
    const statuses = status && SHOWN_AS[status];
    const filter = { type, statuses, limit, offset };
    const rows = await listInboundWebhooks(db, environment.id, filter);
    return rows.map((row) => eventView(row, environment.organizationId, environment.mode));
  });

  app.get('/webhooks/events/:id', { ...reads, schema: { params: IdParams } }, async (request) => {
    const { environment } = callerOf(request);
    const row = await findInboundWebhook(db, environment.id, request.params.id);
    if (!row) throw new Problem(404, 'not_found', 'Webhook event not found');
    return eventView(row, environment.organizationId, environment.mode);
  });

  app.post(
    '/webhooks/events/:id/replay',
    { config: { scopes: ['webhooks:write'] }, schema: { params: IdParams } },
    async (request) => {
      const { environment } = callerOf(request);
      const row = await replayInboundWebhook(
        db,
        environment.id,
        request.params.id,
        ports.clock.nowMs(),
      );
      if (row) {
        await applyWebhook(context, row);
        return { status: 'applied' };
      }
      const known = await findInboundWebhook(db, environment.id, request.params.id);
      if (!known) throw new Problem(404, 'not_found', 'Webhook event not found');
      throw new Problem(400, 'webhook_forged', 'A forged webhook is never applied');
    },
  );
}

function eventView(row: InboundWebhook, organizationId: string, mode: string) {
  const status = row.status === 'forged' ? 'failed' : row.status;
  const payload = payloadOf(row.rawBody);
  return {
    id: row.id,
    provider: row.provider,
    org_id: organizationId,
    mode,
    connection_id: row.connectionId,
    payment_id: row.paymentId ?? '',
    event_type: row.eventType,
    type: row.eventType,
    provider_event_id: row.eventId ?? '',
    status,
    authenticity: row.authenticity,
    payload,
    data: payload,
    headers: withoutSecret(row.provider, row.headers),
    error: row.error,
    attempts: row.tries,
    attempt_count: row.tries,
    deliveries: row.deliveries,
    next_replay_at: time(row.nextTryAt),
    created_at: time(row.createdAt),
    updated_at: time(row.updatedAt),
  };
}

/** An object always: Go decodes nothing else. */
function payloadOf(rawBody: Buffer): Record<string, unknown> {
  const text = rawBody.toString('utf8');
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // shown as text below
  }
  return { raw: text.slice(0, 10_000) };
}
