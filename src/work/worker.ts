// Keeps doing what is due: a round a second, at once when somebody says that something became due, and again
// immediately after a full round. One round at a time in this process; other processes have their own.
import type { Context } from '../flows/context.ts';
import { workDue } from '../flows/sync/work-due.ts';
import { forgetKeys } from '../store/due.ts';

const ROUND_MS = 1_000;
const SWEEP_MS = 10 * 60_000;
const KEY_LIFETIME_MS = 24 * 60 * 60_000;

export interface Worker {
  wake(): void;
  /** Ends after the round under way. */
  stop(): Promise<void>;
}

export function startWorker(context: Context): Worker {
  let stopped = false;
  let awake = false;
  let wakeUp = () => {};
  const wake = () => {
    awake = true;
    wakeUp();
  };
  const rounds = (async () => {
    while (!stopped) {
      const done = await round(context);
      if (stopped || awake || done > 0) {
        awake = false;
        continue;
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ROUND_MS);
        wakeUp = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      awake = false;
    }
  })();
  const sweep = setInterval(() => void sweepKeys(context), SWEEP_MS);
  sweep.unref();
  return {
    wake,
    stop: async () => {
      stopped = true;
      clearInterval(sweep);
      wakeUp();
      await rounds;
    },
  };
}

/** The database may be away for a while: the worker outlives that. */
async function round(context: Context): Promise<number> {
  try {
    return await workDue(context);
  } catch (error) {
    context.log.error({ error: String(error) }, 'the worker could not reach the database');
    return 0;
  }
}

async function sweepKeys(context: Context): Promise<void> {
  await forgetKeys(context.db, context.ports.clock.nowMs() - KEY_LIFETIME_MS).catch(() => {});
}
