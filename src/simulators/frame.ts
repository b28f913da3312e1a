// Mounts one simulator as an encapsulated Fastify plugin: its body parsers, its errors and its 404 in the PSP's own
// words, the faults around its handlers, and the control endpoints under `_simulator`.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import qs from 'qs';
import type { Books } from './books.ts';
import { type Fault, type Faults, faultMs, faultNamed } from './faults.ts';
import { type Log, PspError, type RefusalKind, type Simulator } from './simulator.ts';
import { type Timers, wait } from './timers.ts';
import type { WebhookSender } from './webhooks.ts';

export interface Frame {
  readonly provider: string;
  readonly simulator: Simulator;
  readonly books: Books;
  readonly faults: Faults;
  readonly webhooks: WebhookSender;
  readonly timers: Timers;
  readonly log: Log;
  /** The faults found for a request, shared with the simulator's handlers. */
  readonly hits: WeakMap<FastifyRequest, readonly Fault[]>;
}

const PLEASE_WAIT_MS = 2_000;

export function mountFrame(scope: FastifyInstance, frame: Frame): void {
  parseBodies(scope);
  answerErrors(scope, frame);
  scope.addHook('preHandler', (request, reply) => before(frame, request, reply));
  scope.addHook('onSend', (request, reply, payload) => after(frame, request, reply, payload));
  writeTogether(scope, frame.books);
  frame.simulator.routes(scope);
}

/** What a handler writes before it first waits is one line of the journal: a crash leaves all of it or nothing. */
function writeTogether(scope: FastifyInstance, books: Books): void {
  scope.addHook('onRoute', (route) => {
    const { handler } = route;
    route.handler = function together(request, reply) {
      return books.atomically(() => handler.call(this, request, reply));
    };
  });
}

/** JSON and forms are parsed, all else stays text: PSPs differ in what they make of it. */
export function parseBodies(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  const asString = { parseAs: 'string' } as const;
  scope.addContentTypeParser<string>('application/json', asString, (_request, text, done) => {
    try {
      done(null, text === '' ? undefined : JSON.parse(text));
    } catch {
      done(Object.assign(new Error('the body is not JSON'), { statusCode: 400 }), undefined);
    }
  });
  scope.addContentTypeParser<string>(
    'application/x-www-form-urlencoded',
    asString,
    (_request, text, done) =>
      done(null, qs.parse(text, { depth: 10, arrayLimit: 100, parameterLimit: 1_000 })),
  );
  scope.addContentTypeParser<string>('*', asString, (_request, text, done) => done(null, text));
}

function answerErrors(scope: FastifyInstance, { simulator, provider, log }: Frame): void {
  const refuse = (reply: FastifyReply, kind: RefusalKind, message: string) =>
    sendPspError(reply, simulator.refusal(kind, message));
  scope.setNotFoundHandler((request, reply) =>
    refuse(reply, 'not_found', `${request.method} ${pathBelow(request, provider)}`),
  );
  scope.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    if (error instanceof PspError) return sendPspError(reply, error);
    if (error.statusCode !== undefined && error.statusCode < 500)
      return refuse(reply, 'bad_body', error.message);
    log.error({ provider, method: request.method, err: error }, 'simulator failed');
    return refuse(reply, 'internal', 'internal error');
  });
}

function sendPspError(reply: FastifyReply, { status, headers, body }: PspError): FastifyReply {
  return reply.code(status).headers(headers).send(body);
}

/** The request's path without prefix and query: `/transaction/initialize`. */
export function pathBelow(request: FastifyRequest, provider: string): string {
  const prefix = `/simulators/${provider}`;
  const path = request.url.split('?', 1)[0]!;
  return path.startsWith(prefix) ? path.slice(prefix.length) : path;
}

async function before(frame: Frame, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const { simulator, faults, timers, hits } = frame;
  const probe = simulator.probe(request);
  const found = [...(simulator.magic?.(probe) ?? []), ...faults.ofRequest(probe)];
  hits.set(request, found);
  const latency = faultNamed(found, 'latency_before');
  if (latency) await wait(timers, faultMs(latency, PLEASE_WAIT_MS));
  if (faultNamed(found, 'reset_before')) return hangUp(reply);
  if (faultNamed(found, 'error_500_before')) throw simulator.refusal('internal', 'internal error');
  if (faultNamed(found, 'rate_limit')) throw simulator.refusal('rate_limited', 'too many requests');
  if (faultNamed(found, 'unavailable') && !simulator.answersUnavailable?.(probe))
    throw simulator.refusal('unavailable', 'unavailable');
}

const HTML_502 =
  '<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>';

/** The handler has done its work: what follows only spoils the reply. */
async function after(
  { simulator, timers, hits, webhooks }: Frame,
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
): Promise<unknown> {
  const found = hits.get(request) ?? [];
  await webhooks.earlyOnes();
  const latency = faultNamed(found, 'latency');
  if (latency) await wait(timers, faultMs(latency, PLEASE_WAIT_MS));
  if (faultNamed(found, 'reply_lost')) {
    hangUp(reply);
    return payload;
  }
  if (faultNamed(found, 'error_500_after')) {
    const { status, body } = simulator.refusal('internal', 'internal error');
    return respell(reply.code(status), JSON.stringify(body));
  }
  if (faultNamed(found, 'html_502')) return respell(reply.code(502).type('text/html'), HTML_502);
  if (faultNamed(found, 'truncated_json') && typeof payload === 'string')
    return respell(reply, payload.slice(0, payload.length >> 1));
  if (faultNamed(found, 'empty_body')) return respell(reply, '');
  return payload;
}

function respell(reply: FastifyReply, text: string): string {
  reply.removeHeader('content-length');
  return text;
}

/** Closes the connection without an answer. */
function hangUp(reply: FastifyReply): void {
  reply.hijack();
  reply.raw.destroy(); // the request's own destroy leaves the socket open once its body was read
}
