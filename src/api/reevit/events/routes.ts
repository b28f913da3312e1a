// /v1/events: the events of an environment by pull, in one order without gaps, and as a stream that can be resumed.
import { Type } from 'typebox';
import type { Context } from '../../../flows/context.ts';
import { eventBody } from '../../../flows/deliver-event/message.ts';
import { invalid } from '../../../kernel/problem.ts';
import { type EventHorizon, type EventRow, eventsAfter } from '../../../store/events.ts';
import type { App } from '../../app.ts';
import { callerOf } from '../../auth/reevit-caller.ts';

const FeedQuery = Type.Object({
  after: Type.Optional(Type.String({ maxLength: 20, default: '0' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
  type: Type.Optional(Type.String({ maxLength: 100 })),
  payment_id: Type.Optional(Type.String({ maxLength: 100 })),
});

export function feedRoute(app: App, context: Context, horizon: EventHorizon): void {
  app.get(
    '/events',
    {
      config: { scopes: ['webhooks:read'] },
      schema: {
        summary: 'Events after a cursor, oldest first, without gaps',
        querystring: FeedQuery,
      },
    },
    async (request) => {
      const { environment } = callerOf(request);
      const { after = '0', limit = 50, type, payment_id } = request.query;
      const page = {
        after: cursorOf(after),
        upTo: await horizon.settled(),
        types: type ? [type] : null,
        paymentId: payment_id || null,
        limit: limit + 1,
      };
      const rows = await eventsAfter(context.db, environment.id, page);
      const shown = rows.slice(0, limit);
      return {
        events: shown.map((row) => ({
          ...eventBody(context, environment, toEvent(row)),
          cursor: String(row.sequence),
        })),
        next_after: String(shown.at(-1)?.sequence ?? page.after),
        has_more: rows.length > limit,
      };
    },
  );
}

/** The number of the last event that a client has. */
export function cursorOf(text: string): bigint {
  if (/^\d{1,18}$/.test(text)) return BigInt(text);
  throw invalid('validation_error', 'after must be a cursor that this feed gave', 'after');
}

export function toEvent({ id, type, ...row }: EventRow) {
  return { eventId: id, eventType: type, ...row };
}
