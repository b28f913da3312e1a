// /v1/webhooks/outbound and /v1/webhooks/dashboard: what was delivered, what waits and what was given up. The first has
// S25's words for a delivery's state, the second S26's (api/reevit.md section 19).
import { type Static, Type } from 'typebox';
import type { Context } from '../../../flows/context.ts';
import { deliveryIdOf } from '../../../flows/deliver-event/message.ts';
import { cancelOne, mustFindDelivery, replayOne } from '../../../flows/deliver-event/replay.ts';
import { eventIdAt } from '../../../kernel/ids.ts';
import { invalid } from '../../../kernel/problem.ts';
import {
  countDeliveries,
  type Delivery,
  type DeliveryAttempt,
  type DeliveryFilter,
  listDeliveries,
  listDeliveryAttempts,
  type ShownDelivery,
} from '../../../store/deliveries.ts';
import type { App } from '../../app.ts';
import { callerOf } from '../../auth/reevit-caller.ts';
import { IdParams, time, timeOrNull } from '../schemas.ts';

const Word = Type.Optional(Type.String({ maxLength: 2_048 }));
const OutboundQuery = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
  offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 100_000, default: 0 })),
  status: Word,
  target_url: Word,
  event_type: Word,
  endpoint_id: Word,
});
const WindowQuery = Type.Object({
  window: Type.Optional(Type.String({ pattern: '^[1-9]\\d{0,3}[hd]$', default: '24h' })),
});

const reads = { scopes: ['webhooks:read'] };
const writes = { scopes: ['webhooks:write'] };

type Status = Delivery['status'];
type Asked = Pick<DeliveryFilter, 'statuses' | 'tried'>;

const ANY: Asked = { statuses: null, tried: null };
const OUTBOUND: Readonly<Record<string, Asked>> = {
  pending: { statuses: ['pending'], tried: null },
  delivering: { statuses: [], tried: null },
  succeeded: { statuses: ['succeeded'], tried: null },
  failed: { statuses: ['failed', 'canceled'], tried: null },
};
const DASHBOARD: Readonly<Record<string, Asked>> = {
  pending: { statuses: ['pending'], tried: false },
  retrying: { statuses: ['pending'], tried: true },
  success: { statuses: ['succeeded'], tried: null },
  failed: { statuses: ['failed'], tried: null },
  canceled: { statuses: ['canceled'], tried: null },
};

export function outboundRoutes(app: App, context: Context): void {
  const { db } = context;

  app.get(
    '/webhooks/outbound',
    { config: reads, schema: { summary: 'List deliveries', querystring: OutboundQuery } },
    async (request) => {
      const rows = await list(context, callerOf(request).environment.id, request.query, OUTBOUND);
      return rows.map(outboundView);
    },
  );

  app.get(
    '/webhooks/outbound/stats',
    { config: reads, schema: { summary: 'Count deliveries', querystring: WindowQuery } },
    async (request) => {
      const counts = await count(context, callerOf(request).environment.id, request.query);
      const of = (...statuses: Status[]) => sum(counts, (one) => statuses.includes(one.status));
      return {
        total: sum(counts, () => true),
        pending: of('pending'),
        delivering: 0,
        succeeded: of('succeeded'),
        failed: of('failed', 'canceled'),
      };
    },
  );

  app.get(
    '/webhooks/outbound/:id',
    { config: reads, schema: { summary: 'Show a delivery', params: IdParams } },
    async (request) => {
      const { environment } = callerOf(request);
      const delivery = await mustFindDelivery(context, environment, request.params.id);
      const log = await listDeliveryAttempts(db, delivery);
      return { ...outboundView(delivery), attempt_log: log.map(attemptView) };
    },
  );
}

export function dashboardRoutes(app: App, context: Context): void {
  const { db } = context;
  const base = '/webhooks/dashboard';

  app.get(
    base,
    { config: reads, schema: { summary: 'Deliveries of a window', querystring: WindowQuery } },
    async (request) => {
      const counts = await count(context, callerOf(request).environment.id, request.query);
      const states = Object.entries(DASHBOARD).map(([word, { statuses, tried }]) => [
        word,
        sum(
          counts,
          (one) => statuses!.includes(one.status) && (tried === null || tried === one.tried),
        ),
      ]);
      return {
        window: request.query.window ?? '24h',
        total: sum(counts, () => true),
        ...Object.fromEntries(states),
      };
    },
  );

  app.get(
    `${base}/deliveries`,
    { config: reads, schema: { summary: 'List deliveries', querystring: OutboundQuery } },
    async (request) => {
      const rows = await list(context, callerOf(request).environment.id, request.query, DASHBOARD);
      return rows.map(dashboardView);
    },
  );

  app.get(
    `${base}/deliveries/:id`,
    { config: reads, schema: { summary: 'Show a delivery', params: IdParams } },
    async (request) => {
      const { environment } = callerOf(request);
      const delivery = await mustFindDelivery(context, environment, request.params.id);
      const log = await listDeliveryAttempts(db, delivery);
      return { ...dashboardView(delivery), attempt_log: log.map(attemptView) };
    },
  );

  for (const [word, act] of [
    ['retry', replayOne],
    ['cancel', cancelOne],
  ] as const) {
    app.post(
      `${base}/deliveries/:id/${word}`,
      { config: writes, schema: { summary: `${word} a delivery`, params: IdParams } },
      async (request) => {
        const { environment } = callerOf(request);
        const delivery = await mustFindDelivery(context, environment, request.params.id);
        await act(context, delivery);
        return dashboardView(await mustFindDelivery(context, environment, request.params.id));
      },
    );
  }
}

function list(
  { db }: Context,
  environmentId: string,
  query: Static<typeof OutboundQuery>,
  words: Readonly<Record<string, Asked>>,
): Promise<ShownDelivery[]> {
  const { status, target_url, event_type, endpoint_id, limit = 50, offset = 0 } = query;
  const asked = status ? words[status] : ANY;
  if (!asked)
    throw invalid(
      'validation_error',
      `status must be one of ${Object.keys(words).join(', ')}`,
      'status',
    );
  const filter = {
    ...asked,
    eventType: event_type || null,
    url: target_url || null,
    endpointId: endpoint_id || null,
  };
  return listDeliveries(db, environmentId, filter, { limit, offset });
}

function count(
  { db, ports }: Context,
  environmentId: string,
  { window = '24h' }: Static<typeof WindowQuery>,
) {
  const hours = Number(window.slice(0, -1)) * (window.endsWith('d') ? 24 : 1);
  const since = eventIdAt(ports.clock.nowMs() - hours * 3_600_000);
  return countDeliveries(db, environmentId, since);
}

type Counts = Awaited<ReturnType<typeof countDeliveries>>;

function sum(counts: Counts, wanted: (one: Counts[number]) => boolean): number {
  return counts.filter(wanted).reduce((total, one) => total + one.count, 0);
}

function outboundView(delivery: ShownDelivery) {
  const { status } = delivery;
  return { ...viewOf(delivery), status: status === 'canceled' ? 'failed' : status };
}

function dashboardView(delivery: ShownDelivery) {
  const { status, attempts } = delivery;
  const word = status === 'succeeded' ? 'success' : status;
  return { ...viewOf(delivery), status: word === 'pending' && attempts > 0 ? 'retrying' : word };
}

function viewOf(delivery: ShownDelivery) {
  return {
    id: deliveryIdOf(delivery),
    event_id: delivery.eventId,
    event_type: delivery.eventType,
    endpoint_id: delivery.endpointId,
    payment_id: delivery.paymentId ?? '',
    target_url: delivery.url,
    url: delivery.url,
    response_code: delivery.responseStatus ?? 0,
    attempts: delivery.attempts,
    attempt_count: delivery.attempts,
    last_error: delivery.lastError,
    next_attempt_at: timeOrNull(delivery.nextTryAt),
    delivered_at: timeOrNull(delivery.deliveredAt),
    created_at: time(delivery.createdAt),
    updated_at: time(delivery.updatedAt),
  };
}

function attemptView({ number, responseStatus, error, latencyMs, createdAt }: DeliveryAttempt) {
  return {
    attempt: number,
    response_code: responseStatus ?? 0,
    error,
    latency_ms: latencyMs,
    created_at: time(createdAt),
  };
}
