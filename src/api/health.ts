// Whether the process lives, whether it can work, and what it counts about itself. Without keys: nothing here names a
// merchant, a payment or a setting.
import type { Context } from '../flows/context.ts';
import type { Metrics } from '../observe/metrics.ts';
import { watchReadiness } from '../store/readiness.ts';
import type { App } from './app.ts';

export function healthRoutes(app: App, { db }: Context, metrics: Metrics): void {
  const reasonAgainst = watchReadiness(db);
  let stopping = false;
  app.addHook('preClose', async () => {
    stopping = true;
  });

  app.get('/healthz', () => ({ status: 'ok' }));

  app.get('/readyz', async (_request, reply) => {
    const reason = stopping ? 'stopping' : await reasonAgainst();
    return reply.code(reason === null ? 200 : 503).send({ status: reason ?? 'ready' });
  });

  app.get('/metrics', async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
}
