// Whether the process lives, whether it can work, and what it counts about itself. Without keys: nothing here names a
// merchant, a payment or a setting.
import type { Context } from '../flows/context.ts';
import type { Metrics, QueueState } from '../observe/metrics.ts';
import { measureBacklog } from '../store/backlog.ts';
import { watchReadiness } from '../store/readiness.ts';
import type { App } from './app.ts';

/** Anybody may ask for metrics, and the database is to feel nothing of it. */
const BACKLOG_KEPT_MS = 5_000;

export function healthRoutes(app: App, { db, ports }: Context, metrics: Metrics): void {
  metrics.watchQueues(backlogOf(db, ports));
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

function backlogOf(db: Context['db'], { clock }: Context['ports']): () => Promise<QueueState[]> {
  let kept: { readonly atMs: number; readonly states: Promise<QueueState[]> } | null = null;
  const measure = async (nowMs: number) =>
    (await measureBacklog(db, nowMs)).map(({ queue, due, oldestDueAt }) => {
      return { queue, due, lateS: Math.max(0, nowMs - (oldestDueAt ?? nowMs)) / 1_000 };
    });
  return () => {
    const nowMs = clock.nowMs();
    if (kept === null || Math.abs(nowMs - kept.atMs) >= BACKLOG_KEPT_MS)
      kept = { atMs: nowMs, states: measure(nowMs) };
    return kept.states;
  };
}
