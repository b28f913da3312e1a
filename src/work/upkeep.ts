// What every process does beside its work, now and then: writes what it counted, looks whether the master keys were
// rotated, keeps the plans of a new database fit for its size, follows what other processes publish, and the clock.
import type { Context } from '../flows/context.ts';
import { LEASE_MS } from '../flows/sync/work-due.ts';
import type { DatabaseClock } from '../store/database-clock.ts';
import { hasten } from '../store/due.ts';
import { analyzeYoungTables } from '../store/young-tables.ts';

const FLUSH_MS = 250;
const KEYS_MS = 2_000;
const YOUNG_TABLES_MS = 2_000;
const FLOWS_MS = 2_000;
const CLOCK_MS = 5_000;

export interface Upkeep {
  /** Writes what is left. */
  stop(): Promise<void>;
}

export function startUpkeep(context: Context, clock: DatabaseClock): Upkeep {
  const { calls, db, flows, keyRing, log } = context;
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
  let looking: Promise<void> | null = null;
  const look = () => {
    looking ??= followClock(context, clock)
      .catch(() => {}) // the clock goes on without the database
      .finally(() => {
        looking = null;
      });
  };
  const timers = [
    youngTables,
    setInterval(look, CLOCK_MS),
    setInterval(() => void flush(), FLUSH_MS),
    setInterval(() => keyRing.refresh(), KEYS_MS),
    setInterval(() => void flows.refresh().catch(() => {}), FLOWS_MS),
  ];
  for (const timer of timers) timer.unref();
  return {
    stop: async () => {
      for (const timer of timers) clearInterval(timer);
      await Promise.all([flush(), analyzing, looking]);
    },
  };
}

const REPORTS = {
  seen: "the database's clock was set; it is followed if that lasts",
  followed: "the database's clock was set, and is followed",
  gone: "the database's clock was set back to what it was",
} as const;

async function followClock({ db, log }: Context, clock: DatabaseClock): Promise<void> {
  const report = await clock.follow();
  if (report === null) return;
  const byMs = Math.round(report.byMs);
  log.warn({ byMs }, REPORTS[report.kind]);
  if (report.kind !== 'followed' || byMs > 0) return;
  await hasten(db, { nowMs: clock.nowMs(), byMs: -byMs, leaseMs: LEASE_MS });
}
