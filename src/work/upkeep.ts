// What every process does beside its work, now and then: writes what it counted, and looks whether the master keys
// were rotated.
import type { Context } from '../flows/context.ts';

const FLUSH_MS = 250;
const KEYS_MS = 2_000;

export interface Upkeep {
  /** Writes what is left. */
  stop(): Promise<void>;
}

export function startUpkeep({ calls, keyRing, log }: Context): Upkeep {
  let failing = false;
  const flush = async () => {
    try {
      await calls.flush();
      failing = false;
    } catch (error) {
      if (!failing) log.warn({ error: String(error) }, 'call statistics wait for the database');
      failing = true;
    }
  };
  const timers = [
    setInterval(() => void flush(), FLUSH_MS),
    setInterval(() => keyRing.refresh(), KEYS_MS),
  ];
  for (const timer of timers) timer.unref();
  return {
    stop: async () => {
      for (const timer of timers) clearInterval(timer);
      await flush();
    },
  };
}
