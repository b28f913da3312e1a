// Lets callers with a Reevit key in (api/reevit.md sections 1 and 3). Every route says which scopes it takes or that it
// is open; a route that says neither stops the start, so that none is open by mistake.
import type { FastifyRequest } from 'fastify';
import { type Authenticate, authenticator, parseReevitKey } from '../../flows/authenticate.ts';
import type { Caller, Context } from '../../flows/context.ts';
import { Problem } from '../../kernel/problem.ts';
import type { App } from '../app.ts';
import { bearerOf, headerOf } from './presented-key.ts';

/** Adds the check to every route that is registered on `app` from here on. */
export function requireReevitKey(app: App, context: Context): void {
  const authenticate = authenticator(context);
  app.addHook('onRoute', (route) => {
    const { open, orClientSecret, scopes } = route.config ?? {};
    if (open === true) return;
    if (!scopes?.length) throw new Error(`${route.method} ${route.url} names no scope`);
    const check = async (request: FastifyRequest) => {
      if (orClientSecret && Object.hasOwn(request.query as object, 'client_secret')) return;
      request.caller = await callerFrom(request, authenticate);
      requireScope(request.caller, scopes);
    };
    route.onRequest = [check, ...[route.onRequest ?? []].flat()];
  });
}

/** Who is asking, on a route that is not open. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === null) throw new Error('an open route asked for its caller');
  return request.caller;
}

function requireScope(caller: Caller, scopes: readonly string[]): void {
  if (scopes.some((scope) => caller.scopes.includes(scope))) return;
  const [required = ''] = scopes;
  const message = `API key missing required scope: ${required}`;
  throw new Problem(403, 'insufficient_scopes', message, { required_scopes: scopes });
}

async function callerFrom(request: FastifyRequest, authenticate: Authenticate): Promise<Caller> {
  const text = headerOf(request, 'x-reevit-key') ?? bearerOf(request);
  if (text === null)
    throw new Problem(401, 'unauthorized', 'Send an API key in the header X-Reevit-Key');
  const presented = parseReevitKey(text);
  if (!presented) throw invalidKey();
  const caller = await authenticate(presented);
  if (caller.environment.mode !== presented.mode) throw invalidKey();
  const organization = headerOf(request, 'x-org-id');
  if (organization !== null && organization !== caller.environment.organizationId)
    throw new Problem(403, 'forbidden', 'X-Org-Id is not the organization of this API key');
  return { ...caller, actorId: headerOf(request, 'x-actor-id')?.slice(0, 200) ?? null };
}

function invalidKey(): Problem {
  return new Problem(401, 'invalid_api_key', 'The API key is not valid');
}
