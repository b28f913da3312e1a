// Keeps doing what is due: each queue on its own, as many items at once as it has slots, looked at once a second, at
// once when somebody says that something became due, and again as soon as an item ends.
import type { Context } from '../flows/context.ts';
import { endDeliveries, resumeDeliveries } from '../flows/deliver-event/wake.ts';
import { type Queue, queues } from '../flows/sync/work-due.ts';
import { eventIdAt } from '../kernel/ids.ts';
import { forgetDeliveries } from '../store/delivery-changes.ts';
import { forgetKeys } from '../store/due.ts';
import { forgetGoneConnections } from '../store/gone-connections.ts';
import { forgetForgeries } from '../store/inbound-webhooks.ts';
import { forgetScriptRuns } from '../store/script-runs.ts';

const LOOK_MS = 1_000;
const SWEEP_MS = 10 * 60_000;
const KEY_LIFETIME_MS = 24 * 60 * 60_000;
const FORGERIES_KEPT_MS = 30 * KEY_LIFETIME_MS;
/** What began as the connection was deleted is committed by then. */
const GONE_KEPT_MS = 60 * 60_000;
const DELIVERIES_KEPT_MS = 90 * KEY_LIFETIME_MS;
const SCRIPT_RUNS_KEPT_MS = 30 * KEY_LIFETIME_MS;
const SWEEP_ROWS = 5_000;
const SWEEP_STEPS_MAX = 100;

export interface Worker {
  /** All queues, or the ones whose name begins so. */
  wake(queue?: string): void;
  /** Ends after the items under way. */
  stop(): Promise<void>;
}

/** `lookMs`: for tests of what must not wait for a look. */
export function startWorker(
  context: Context,
  among: readonly Queue[] = queues,
  lookMs = LOOK_MS,
): Worker {
  resumeDeliveries(context);
  const loops = among.map((queue) => startLoop(context, queue, lookMs));
  const sweeping = setInterval(() => void sweep(context), SWEEP_MS);
  sweeping.unref();
  return {
    wake: (queue = '') => {
      for (const [index, { name }] of among.entries())
        if (name.startsWith(queue)) loops[index]?.wake();
    },
    stop: async () => {
      clearInterval(sweeping);
      await Promise.all([endDeliveries(context), ...loops.map((loop) => loop.stop())]);
    },
  };
}

function startLoop(context: Context, queue: Queue, lookMs: number): Worker {
  const underWay = new Set<Promise<void>>();
  let stopped = false;
  let woken = false;
  let wakeUp = () => {};
  const wake = () => {
    woken = true;
    wakeUp();
  };
  const look = async (): Promise<boolean> => {
    const free = queue.slots - underWay.size;
    if (free === 0) return false;
    const begun = await beginSafely(context, queue, free);
    for (const item of begun) {
      underWay.add(item);
      void item.then(() => {
        underWay.delete(item);
        wake();
      });
    }
    return begun.length === free;
  };
  const loop = (async () => {
    while (!stopped) {
      woken = false;
      const beganMs = timeOf(context, queue);
      const more = await look();
      if (stopped) continue;
      if (more || woken) {
        await rest(queue, timeOf(context, queue) - beganMs);
        continue;
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, lookMs);
        wakeUp = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    await Promise.all(underWay);
  })();
  return {
    wake,
    stop: async () => {
      stopped = true;
      wakeUp();
      await loop;
    },
  };
}

function timeOf({ ports }: Context, { restMs }: Queue): number {
  return restMs === undefined ? 0 : ports.clock.nowMs();
}

/** A queue whose looks cost something is not looked at without a break, however often it is woken. */
async function rest({ restMs }: Queue, lookedMs: number): Promise<void> {
  if (restMs === undefined) return;
  await new Promise((resolve) => setTimeout(resolve, Math.max(restMs, lookedMs)));
}

/** The database may be away for a while: the worker outlives that. */
async function beginSafely(
  context: Context,
  queue: Queue,
  limit: number,
): Promise<Promise<void>[]> {
  try {
    return await queue.begin(context, limit);
  } catch (error) {
    context.log.error({ queue: queue.name, error: String(error) }, 'due work could not be claimed');
    return [];
  }
}

/** What has outlived its time goes; what could not be swept goes next time. */
async function sweep({ db, ports }: Context): Promise<void> {
  const nowMs = ports.clock.nowMs();
  await forgetKeys(db, nowMs - KEY_LIFETIME_MS).catch(() => {});
  await forgetGoneConnections(db, nowMs - GONE_KEPT_MS).catch(() => {});
  await forgetForgeries(db, nowMs - FORGERIES_KEPT_MS).catch(() => {});
  await forgetScriptRuns(db, nowMs - SCRIPT_RUNS_KEPT_MS, SWEEP_ROWS).catch(() => 0);
  for (let step = 0; step < SWEEP_STEPS_MAX; step += 1) {
    const before = eventIdAt(nowMs - DELIVERIES_KEPT_MS);
    if ((await forgetDeliveries(db, before, SWEEP_ROWS).catch(() => 0)) < SWEEP_ROWS) return;
  }
}
