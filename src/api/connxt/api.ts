// The Connxt API below /connxt/v2 (api/connxt.md): targets, PSPs and transactions behind an environment's secret, and the
// callbacks of PSPs and payers, which prove themselves by their address.
import type { Context } from '../../flows/context.ts';
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
        echoCorrelation(app);
        flowTypeRoutes(app, context);
        pspRoutes(app, context);
        transactionRoutes(app, context);
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

function echoCorrelation(app: App): void {
  app.addHook('onRequest', async (request, reply) => {
    const given = request.headers['x-correlation-id'];
    const usable = typeof given === 'string' && /^[\x20-\x7e]{1,128}$/.test(given);
    reply.header('x-correlation-id', usable ? given : request.id);
  });
}
