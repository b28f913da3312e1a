// Lets callers with an environment's secret in (connxt.md section 3). Missing, malformed, unknown and revoked secrets
// are told by one sentence.
import type { FastifyRequest } from 'fastify';
import { type Authenticate, authenticator, parseConnxtToken } from '../../flows/authenticate.ts';
import type { Caller, Context } from '../../flows/context.ts';
import { Problem } from '../../kernel/problem.ts';
import type { App } from '../app.ts';
import { headerOf } from './presented-key.ts';

/** Adds the check to every request of `app`, unknown paths included. */
export function requireConnxtSecret(app: App, context: Context): void {
  const authenticate = authenticator(context);
  app.addHook('onRequest', async (request) => {
    request.caller = await callerFrom(request, authenticate);
  });
}

async function callerFrom(request: FastifyRequest, authenticate: Authenticate): Promise<Caller> {
  const presented = parseConnxtToken(headerOf(request, 'x-secret-token') ?? '');
  if (!presented) throw required();
  try {
    const known = await authenticate(presented);
    // Objects that are made through this API are made by the environment (connxt.md section 3).
    return { ...known, actorId: known.environment.id };
  } catch (error) {
    throw error instanceof Problem ? required() : error;
  }
}

function required(): Problem {
  return new Problem(401, 'unauthorized', 'Authentication required');
}
