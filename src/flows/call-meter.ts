// Counts calls of PSPs in memory and writes the sums now and then, so that the hot path holds no lock for a counter.
// `flush` is called by a timer of the process, on shutdown, and before connections are shown. What a process that dies
// had not flushed (a quarter of a second) is lost: these are statistics, never money.
import { type HealthBucket, healthLimits } from '../domain/connection/health.ts';
import type { CallResult, Metrics } from '../observe/metrics.ts';
import { addCalls, type CallTotals } from '../store/connection-health.ts';
import type { Executor } from '../store/db.ts';

export interface CallRecord {
  readonly environmentId: string;
  readonly connectionId: string;
  /** The PSP did, or began, what it was asked. */
  readonly ok: boolean;
  /** The PSP, not the customer or the merchant, is the cause that it did not. */
  readonly pspFailure: boolean;
  readonly latencyMs: number;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** More connections than this between two flushes are not counted. */
const CONNECTIONS_MAX = 10_000;
/** Minutes that no reading looks at are not kept. */
const KEPT_MS = healthLimits.windowMs + 2 * healthLimits.bucketMs;

type Totals = { -readonly [K in keyof Omit<CallTotals, 'minutes'>]: CallTotals[K] } & {
  readonly minutes: Map<number, HealthBucket>;
};

export interface CallMeterParts {
  readonly db: Executor;
  readonly metrics?: Metrics;
}

export class CallMeter {
  readonly #db: Executor;
  readonly #metrics: Metrics | null;
  #totals = new Map<string, Totals>();
  #flushing: Promise<void> | null = null;

  constructor({ db, metrics }: CallMeterParts) {
    this.#db = db;
    this.#metrics = metrics ?? null;
  }

  record(call: CallRecord): void {
    const result: CallResult = call.ok ? 'succeeded' : call.pspFailure ? 'psp_failed' : 'refused';
    this.#metrics?.pspCall(result, call.latencyMs / 1000);
    const { bucketMs } = healthLimits;
    const startMs = Math.floor(call.at / bucketMs) * bucketMs;
    this.#add({
      environmentId: call.environmentId,
      connectionId: call.connectionId,
      succeeded: call.ok ? 1 : 0,
      failed: call.ok ? 0 : 1,
      latencyMs: Math.max(0, Math.round(call.latencyMs)),
      lastSuccessAt: call.ok ? call.at : null,
      lastFailureAt: call.ok ? null : call.at,
      minutes: [
        {
          startMs,
          succeeded: call.pspFailure ? 0 : 1,
          failed: call.pspFailure ? 1 : 0,
          failedInARow: call.pspFailure ? 1 : 0,
          lastCallAtMs: call.at,
        },
      ],
    });
  }

  /** Resolves when everything recorded before the call is written. Rejects, and keeps the sums, when it cannot be. */
  async flush(): Promise<void> {
    while (this.#flushing) await this.#flushing.catch(() => {});
    if (this.#totals.size === 0) return;
    this.#flushing = this.#write();
    try {
      await this.#flushing;
    } finally {
      this.#flushing = null;
    }
  }

  async #write(): Promise<void> {
    const batch = [...this.#totals.values()].map(toCallTotals);
    this.#totals = new Map();
    let newestMs = 0;
    for (const { minutes } of batch)
      for (const { startMs } of minutes) newestMs = Math.max(newestMs, startMs);
    try {
      await addCalls(this.#db, batch, newestMs - KEPT_MS);
    } catch (error) {
      const later = [...this.#totals.values()].map(toCallTotals);
      this.#totals = new Map();
      for (const one of [...batch, ...later]) this.#add(one);
      throw error;
    }
  }

  #add(more: CallTotals): void {
    const key = `${more.environmentId} ${more.connectionId}`;
    let totals = this.#totals.get(key);
    if (totals === undefined) {
      if (this.#totals.size >= CONNECTIONS_MAX) return;
      const { minutes: _minutes, ...none } = { ...more, succeeded: 0, failed: 0, latencyMs: 0 };
      totals = { ...none, minutes: new Map() };
      this.#totals.set(key, totals);
    }
    totals.succeeded += more.succeeded;
    totals.failed += more.failed;
    totals.latencyMs += more.latencyMs;
    totals.lastSuccessAt = latest(totals.lastSuccessAt, more.lastSuccessAt);
    totals.lastFailureAt = latest(totals.lastFailureAt, more.lastFailureAt);
    for (const minute of more.minutes) addMinute(totals.minutes, minute);
  }
}

function addMinute(minutes: Map<number, HealthBucket>, more: HealthBucket): void {
  const before = minutes.get(more.startMs);
  minutes.set(
    more.startMs,
    before
      ? {
          startMs: more.startMs,
          succeeded: before.succeeded + more.succeeded,
          failed: before.failed + more.failed,
          failedInARow: more.succeeded > 0 ? more.failedInARow : before.failedInARow + more.failed,
          lastCallAtMs: Math.max(before.lastCallAtMs, more.lastCallAtMs),
        }
      : more,
  );
  // A database that is away for an hour must not fill the memory.
  if (minutes.size > KEPT_MS / healthLimits.bucketMs + 1)
    minutes.delete(Math.min(...minutes.keys()));
}

function latest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}

function toCallTotals(totals: Totals): CallTotals {
  return { ...totals, minutes: [...totals.minutes.values()] };
}
