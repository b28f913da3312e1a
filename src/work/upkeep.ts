// What every process does beside its work, now and then: writes what it counted, looks whether the master keys were
// rotated, keeps the plans of a new database fit for its size, and follows what other processes publish.
import type { Context } from '../flows/context.ts';
import { analyzeYoungTables } from '../store/young-tables.ts';

const FLUSH_MS = 250;
const KEYS_MS = 2_000;
const YOUNG_TABLES_MS = 2_000;
const FLOWS_MS = 2_000;

export interface Upkeep {
  /** Writes what is left. */
  stop(): Promise<void>;
}

export function startUpkeep({ calls, db, flows, keyRing, log }: Context): Upkeep {
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
  let analyzing: Promise<void> | null = null;
  const analyze = async () => {
    // It only makes statements faster: when it fails, it is tried again.
    if (!(await analyzeYoungTables(db).catch(() => true))) clearInterval(youngTables);
    analyzing = null;
  };
  const youngTables = setInterval(() => {
    analyzing ??= analyze();
  }, YOUNG_TABLES_MS);
  const timers = [
    youngTables,
    setInterval(() => void flush(), FLUSH_MS),
    setInterval(() => keyRing.refresh(), KEYS_MS),
    setInterval(() => void flows.refresh().catch(() => {}), FLOWS_MS),
  ];
  for (const timer of timers) timer.unref();
  return {
    stop: async () => {
      for (const timer of timers) clearInterval(timer);
      await Promise.all([flush(), analyzing]);
    },
  };
}
