// GET /v1/events/stream: the feed as server-sent events (api/reevit.md section 15). A client that comes back with
// Last-Event-ID misses nothing; one that reads too slowly gets no more until it has read what it has.
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import type { Context, Environment } from '../../../flows/context.ts';
import { eventBody } from '../../../flows/deliver-event/message.ts';
import { Problem } from '../../../kernel/problem.ts';
import { authenticate } from '../../../store/api-keys.ts';
import { type EventHorizon, eventsAfter, newestEvent } from '../../../store/events.ts';
import type { App } from '../../app.ts';
import { headerOf } from '../../auth/presented-key.ts';
import { callerOf } from '../../auth/reevit-caller.ts';
import { cursorOf, toEvent } from './routes.ts';

const LOOK_MS = 500;
const COMMENT_MS = 15_000;
const PAGE = 100;
const STREAMS_MAX = 200;
const STREAMS_OF_ENVIRONMENT_MAX = 10;

interface Stream {
  readonly environment: Environment;
  readonly keyId: string;
  readonly raw: FastifyReply['raw'];
  after: bigint;
  quietSince: number;
  busy: boolean;
}

export function streamRoute(app: App, context: Context, horizon: EventHorizon): void {
  const streams = new Set<Stream>();
  const timer = setInterval(() => void lookAll(context, horizon, streams), LOOK_MS);
  timer.unref();
  app.addHook('preClose', async () => {
    clearInterval(timer);
    for (const { raw } of streams) raw.end();
  });

  app.get(
    '/events/stream',
    {
      config: { scopes: ['webhooks:read'] },
      schema: {
        summary: 'Events as they happen (text/event-stream)',
        querystring: Type.Object({ mode: Type.Optional(Type.String({ maxLength: 20 })) }),
      },
    },
    async (request, reply) => {
      const { environment, keyId } = callerOf(request);
      const last = headerOf(request, 'last-event-id');
      const after =
        last === null
          ? await newestEvent(context.db, environment.id, await horizon.settled())
          : cursorOf(last);
      // From here on at once, so that those who come together count each other.
      refuseTooMany(streams, environment);
      const headers = { ...reply.getHeaders(), 'content-type': 'text/event-stream' };
      reply.hijack();
      const { raw } = reply;
      if (raw.destroyed) return; // gone before it began: its end was told already
      raw.writeHead(200, headers as Record<string, string>);
      raw.write(': open\n\n');
      const quietSince = context.ports.clock.nowMs();
      const stream: Stream = { environment, keyId, raw, after, quietSince, busy: false };
      streams.add(stream);
      raw.once('close', () => streams.delete(stream));
    },
  );
}

function refuseTooMany(streams: ReadonlySet<Stream>, { id }: Environment): void {
  const own = [...streams].filter(({ environment }) => environment.id === id).length;
  if (streams.size >= STREAMS_MAX || own >= STREAMS_OF_ENVIRONMENT_MAX)
    throw new Problem(429, 'rate_limited', 'Too many event streams are open', {}, 30);
}

async function lookAll(context: Context, horizon: EventHorizon, streams: ReadonlySet<Stream>) {
  if (streams.size === 0) return;
  const upTo = await horizon.settled().catch(() => null); // the database is away: look again later
  if (upTo === null) return;
  await Promise.all([...streams].map((one) => look(context, one, upTo).catch(() => one.raw.end())));
}

async function look(context: Context, stream: Stream, upTo: bigint): Promise<void> {
  const { raw, environment, after } = stream;
  if (stream.busy || raw.writableNeedDrain || raw.writableEnded) return;
  stream.busy = true;
  try {
    const key = await authenticate(context.db, stream.keyId);
    if (key === null || key.revokedAt !== null) return void raw.end();
    const page = { after, upTo, types: null, paymentId: null, limit: PAGE };
    const rows = await eventsAfter(context.db, environment.id, page);
    const nowMs = context.ports.clock.nowMs();
    for (const row of rows) {
      const data = JSON.stringify(eventBody(context, environment, toEvent(row)));
      raw.write(`id: ${row.sequence}\nevent: ${row.type}\ndata: ${data}\n\n`);
      stream.after = row.sequence;
    }
    if (rows.length > 0) stream.quietSince = nowMs;
    else if (nowMs - stream.quietSince >= COMMENT_MS) {
      raw.write(': still here\n\n');
      stream.quietSince = nowMs;
    }
  } finally {
    stream.busy = false;
  }
}
