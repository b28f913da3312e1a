// The queues of deliveries: their items are endpoints, each served by one process at a time. Endpoints that are slow or
// fail have a queue of their own, so that they hold up each other and nobody else.
import { claimEndpoints, type Endpoint } from '../../store/endpoints.ts';
import { findEnvironment } from '../../store/environments.ts';
import type { Context } from '../context.ts';
import type { Queue } from '../sync/work-due.ts';
import { LANE_LEASE_MS, Lane } from './lane.ts';
import { crewOf } from './wake.ts';

/** Endpoints served at once, of each kind. */
const SLOTS = 256;
/** A look at all endpoints costs the database something: many events at once cause one. */
const REST_MS = 4;

export const deliveryQueues: readonly Queue[] = (['fast', 'slow'] as const).map((pace) => ({
  name: pace === 'fast' ? 'deliveries' : 'slow deliveries',
  slots: SLOTS,
  restMs: REST_MS,
  begin: async (context, limit) => {
    if (pace === 'fast') for (const one of crewOf(context).serving) one.wake();
    const nowMs = context.ports.clock.nowMs();
    const claim = { nowMs, leaseMs: LANE_LEASE_MS, limit };
    const endpoints = await claimEndpoints(context.db, pace, claim);
    return endpoints.map((endpoint) => serve(context, endpoint));
  },
}));

async function serve(context: Context, endpoint: Endpoint): Promise<void> {
  const failed = (error: unknown) =>
    context.log.error({ endpoint: endpoint.id, error: String(error) }, 'deliveries failed');
  try {
    const environment = await findEnvironment(context.db, endpoint.environmentId);
    if (!environment) return;
    const lane = new Lane(context, environment, endpoint);
    const { done, slot } = lane.run();
    const crew = crewOf(context);
    const one = {
      environmentId: environment.id,
      wake: () => lane.wake(),
      end: () => lane.end(),
      ended: done.catch(failed).finally(() => crew.serving.delete(one)),
    };
    crew.serving.add(one);
    if (crew.stopping) lane.end();
    await slot.catch(() => {}); // it was logged
  } catch (error) {
    failed(error);
  }
}
