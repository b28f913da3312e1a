// The Connxt API below /connxt/v2 (api/connxt.md): targets, PSPs and transactions behind an environment's secret, and the
// callbacks of PSPs and payers, which prove themselves by their address.
import type { Context } from '../../flows/context.ts';
import { Problem } from '../../kernel/problem.ts';
import type { App, Surface } from '../app.ts';
import { requireConnxtSecret } from '../auth/connxt-caller.ts';
import { callbackRoutes } from './callbacks.ts';
import { connxtEnvelope } from './envelope.ts';
import { flowTypeRoutes } from './flow-types.ts';
import { pspRoutes } from './psps/routes.ts';
import { transactionRoutes } from './transactions/routes.ts';
import { connxtValidator } from './validator.ts';

export function connxtApi(context: Context): Surface[] {
  const envelope = connxtEnvelope(context.ports.clock);
  return [
    {
      name: 'connxt',
      prefix: '/connxt/v2',
      title: 'Switchyard: Connxt-compatible API',
      envelope,
      guardsBodies: true,
      routes: (app: App) => {
        app.setValidatorCompiler(connxtValidator());
        requireConnxtSecret(app, context);
        takeUntyped(app);
        const refuseOthers = methodsOf(app);
        echoCorrelation(app);
        flowTypeRoutes(app, context);
        pspRoutes(app, context);
        transactionRoutes(app, context);
        refuseOthers();
      },
    },
    {
      name: 'callbacks',
      prefix: '/connxt/v2/external/inbound',
      title: null,
      envelope,
      guardsBodies: false,
      routes: (app: App) => callbackRoutes(app, context),
    },
  ];
}

/** A body that says no type is JSON (connxt.md section 3); one that says it is plain text is none. */
function takeUntyped(app: App): void {
  app.removeContentTypeParser('text/plain');
  app.addHook('onRequest', async ({ raw }) => {
    raw.headers['content-type'] ??= 'application/json';
  });
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Notes the methods of each path; the call that it answers has the others refused by 405, with what is allowed. */
function methodsOf(app: App): () => void {
  const known = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, prefix, method }) => {
    const path = url.slice(prefix.length);
    const methods = known.get(path) ?? new Set();
    for (const one of [method].flat()) methods.add(one);
    known.set(path, methods);
  });
  return () => {
    for (const [url, methods] of known) {
      const allowed = [...methods].filter((one) => METHODS.includes(one)).join(', ');
      app.route({
        method: METHODS.filter((one) => !methods.has(one)),
        url,
        handler: async (_request, reply) => {
          reply.header('allow', allowed);
          throw new Problem(405, 'method_not_allowed', `Allowed: ${allowed}`);
        },
      });
    }
  };
}

function echoCorrelation(app: App): void {
  app.addHook('onRequest', async (request, reply) => {
    const given = request.headers['x-correlation-id'];
    const usable = typeof given === 'string' && /^[\x20-\x7e]{1,128}$/.test(given);
    reply.header('x-correlation-id', usable ? given : request.id);
  });
}
