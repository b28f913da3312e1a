// Lets callers with an access token of the Formance API in (api/formance.md section 13). Reading takes the scope
// `payments:read`, everything else `payments:write`.
import type { FastifyRequest } from 'fastify';
import type { Tokens } from '../../flows/oauth/tokens.ts';
import { Problem } from '../../kernel/problem.ts';
import type { App } from '../app.ts';

const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Adds the check to every route that is registered on `app` from here on. */
export function requireAccessToken(app: App, tokens: Tokens): void {
  app.addHook('onRoute', (route) => {
    if (route.config?.open === true) return;
    const reads = [route.method].flat().every((method) => READING.has(method));
    const scope = reads ? 'payments:read' : 'payments:write';
    route.config = { ...route.config, scopes: [scope] };
    const check = async (request: FastifyRequest) => {
      const token = tokenOf(request);
      if (token === null) throw new Problem(401, 'unauthorized', 'Send an access token');
      request.caller = await tokens.callerOf(token);
      if (!request.caller.scopes.includes(scope))
        throw new Problem(403, 'VALIDATION', `The access token lacks the scope ${scope}`);
    };
    route.onRequest = [check, ...[route.onRequest ?? []].flat()];
  });
}

/** Longer than the keys of the other APIs: it carries a signature. */
function tokenOf(request: FastifyRequest): string | null {
  return /^Bearer +([\w.-]{1,4096})$/i.exec(request.headers.authorization ?? '')?.[1] ?? null;
}
