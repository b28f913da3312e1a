// The HTTP server: what all APIs have in common. It mounts them and knows nothing of any of them.
//
//   const app = buildServer({
//     context, logger, metrics,
//     surfaces: [reevitApi(context, nouns), adminApi(context, adminToken), webhooks, simulators],
//   });
//   await app.listen({ host, port });   …   await app.close();   // waits for requests in flight
//
// A surface (app.ts) is an API with its prefix, its error envelope and its routes. Below `/v1`, a noun is a function
// `(app, context) => void` that registers routes; each route says who may call it in `config` (`scopes`, or
// `open: true`), has TypeBox schemas, reads `callerOf(request)` (auth/reevit-caller.ts), throws Problem for every
// refusal, and runs mutations through `idempotent(…)` (idempotency/idempotent.ts). Refusals are written in the
// surface's envelope here, by one error handler.
import {
  type FastifyBaseLogger,
  type FastifyReply,
  type FastifyRequest,
  LogController,
  fastify as newFastify,
} from 'fastify';
import type { Context } from '../flows/context.ts';
import { newId } from '../kernel/ids.ts';
import { notFound, Problem } from '../kernel/problem.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { App, Envelope, Surface } from './app.ts';
import { flatEnvelope } from './flat-envelope.ts';
import { guard, guardText } from './guard.ts';
import { healthRoutes } from './health.ts';
import { takeJson } from './json-body.ts';
import { describeRoutes, openApiOf } from './openapi.ts';
import { Places } from './places.ts';
import { problemOf } from './problem-of.ts';
import { RateLimiter } from './rate-limit.ts';
import { requestValidator, responseSerializer } from './schema-compilers.ts';

export interface ServerLimits {
  readonly bodyBytesMax: number;
  /** Requests being answered at once; more are told to come back, before anything of them is stored. */
  readonly inFlightMax: number;
  /** Requests of one key in a minute; 0: no limit. */
  readonly requestsPerMinute: number;
}

const serverDefaults: ServerLimits = {
  bodyBytesMax: 1024 * 1024,
  inFlightMax: 1000,
  requestsPerMinute: 0,
};

export interface ServerParts {
  readonly context: Context;
  readonly logger: FastifyBaseLogger;
  readonly metrics: Metrics;
  readonly surfaces: readonly Surface[];
  readonly limits?: Partial<ServerLimits>;
}

export function buildServer({ context, logger, metrics, surfaces, limits }: ServerParts): App {
  const { bodyBytesMax, inFlightMax, requestsPerMinute } = { ...serverDefaults, ...limits };
  const envelopeOf = (url: string): Envelope => surfaceOf(surfaces, url)?.envelope ?? flatEnvelope;
  const app: App = newFastify({
    loggerInstance: logger,
    logController: new LogController({
      disableRequestLogging: true, // one line an answer, written below
      requestIdLogLabel: 'requestId',
    }),
    bodyLimit: bodyBytesMax,
    requestIdHeader: false,
    genReqId: () => newId('req', context.ports),
    return503OnClosing: false, // answered below, in the API's envelope
    forceCloseConnections: 'idle',
    connectionTimeout: 0,
    requestTimeout: 30_000,
    http: { connectionsCheckingInterval: 5_000 }, // how late the time-out may be
    keepAliveTimeout: 72_000,
    // Ids of the Formance API carry references of up to 1000 characters.
    routerOptions: { maxParamLength: 8_000 },
    frameworkErrors: (error, request, reply) =>
      void answerProblem(problemOf(error, request), envelopeOf(request.url), request, reply),
  });
  app.setValidatorCompiler(requestValidator());
  app.setSerializerCompiler(responseSerializer());
  app.decorateRequest('caller', null);
  app.decorateRequest('place', null);
  takeJson(app);
  addHeaders(app);
  limitRequests(app, metrics, inFlightMax);
  limitKeys(app, new RateLimiter(requestsPerMinute, context.ports.clock));
  measure(app, logger, metrics, surfaces);
  handleErrors(app, flatEnvelope);
  healthRoutes(app, context, metrics);
  for (const surface of surfaces) mount(app, surface);
  return app;
}

function mount(app: App, surface: Surface): void {
  const document = surface.title === null ? null : openApiOf(surface.title);
  app.register(
    async (inside: App) => {
      inside.decorate('envelope', surface.envelope);
      if (surface.guardsBodies) {
        inside.addHook('preValidation', async (request) => {
          guardText(request.params);
          guardText(request.query);
          guard(request.body);
        });
      }
      handleErrors(inside, surface.envelope);
      if (document) describeRoutes(inside, document);
      await surface.routes(inside);
    },
    { prefix: surface.prefix },
  );
  if (document) app.get(`/openapi/${surface.name}.json`, () => document);
}

function surfaceOf(surfaces: readonly Surface[], url: string): Surface | null {
  const below = ({ prefix }: Surface) => url === prefix || url.startsWith(`${prefix}/`);
  return surfaces.find((one) => one.prefix !== '' && below(one)) ?? null;
}

function handleErrors(app: App, envelope: Envelope): void {
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error, request);
    // What was foreseen, such as a merchant's endpoint that is down, is no error of this server.
    const level = error instanceof Problem ? 'warn' : 'error';
    if (problem.status >= 500) request.log[level](safely(error, request), 'request failed');
    return answerProblem(problem, envelope, request, reply);
  });
  app.setNotFoundHandler((request, reply) =>
    answerProblem(notFound('Route'), envelope, request, reply),
  );
}

function answerProblem(
  problem: Problem,
  envelope: Envelope,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  if (problem.retryAfterS !== null) reply.header('retry-after', problem.retryAfterS);
  // What is left of a body that was refused half-way is not read as the next request.
  if (!request.raw.complete) reply.header('connection', 'close');
  const body = envelope(problem);
  const type = typeof body === 'string' ? 'text/plain' : 'application/json';
  return reply
    .code(problem.status)
    .header('content-type', `${type}; charset=utf-8`)
    .header('x-request-id', request.id)
    .send(body);
}

/** An error without the values that came with it: Postgres' details quote rows. */
function safely(error: unknown, request: FastifyRequest): object {
  const { name, message, stack, code, constraint, table } = error as Error &
    Record<string, unknown>;
  const route = `${request.method} ${request.routeOptions.url ?? '(none)'}`;
  return { route, error: { name, message, code, constraint, table, stack } };
}

/** api/reevit.md section 1. A page of ours (checkout, simulator) sets its own policy over this one. */
function addHeaders(app: App): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({
      'x-request-id': request.id,
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'strict-origin-when-cross-origin',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cache-control': 'no-store',
    });
  });
}

const ALWAYS_ANSWERED = new Set(['/healthz', '/readyz', '/metrics']);

function limitRequests(app: App, metrics: Metrics, inFlightMax: number): void {
  const places = new Places(inFlightMax);
  let stopping = false;
  metrics.watchRequests(() => places.answering);
  app.addHook('preClose', async () => {
    stopping = true;
  });
  app.addHook('onResponse', async () => {
    // Else the connection of a request that was under way is kept open for a next one that never comes.
    if (stopping) app.server.closeIdleConnections();
  });
  app.addHook('onRequest', async (request, reply) => {
    if (stopping) reply.header('connection', 'close');
    if (ALWAYS_ANSWERED.has(request.url)) return;
    if (stopping) throw new Problem(503, 'stopping', 'The server is stopping', {}, 1);
    const place = places.enter();
    request.place = place;
    reply.raw.once('close', () => places.leave(place));
  });
  app.addHook('preValidation', async ({ place, caller }) => {
    if (place !== null) places.answer(place, caller?.environment.id ?? '');
  });
}

/** After every API has found out who is asking (onRequest), and before the body is read. */
function limitKeys(app: App, limiter: RateLimiter): void {
  app.addHook('preParsing', async (request, reply) => {
    if (request.caller !== null) limiter.count(request.caller.keyId, reply);
  });
}

function measure(
  app: App,
  logger: FastifyBaseLogger,
  metrics: Metrics,
  surfaces: readonly Surface[],
): void {
  // Nothing in this line is the client's, so it is not searched for secrets, which takes longer than all the rest.
  const log = logger.child({}, { redact: [] });
  app.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions } = request;
    // The pattern, never the path: paths and queries carry ids and secrets.
    const route = routeOptions.url ?? '(none)';
    const api = surfaceOf(surfaces, request.url)?.name ?? 'other';
    metrics.request({ api, method, route, status: reply.statusCode }, reply.elapsedTime / 1000);
    if (ALWAYS_ANSWERED.has(route)) return;
    const ms = Math.round(reply.elapsedTime);
    log.info({ requestId: request.id, method, route, status: reply.statusCode, ms }, 'answered');
  });
}
