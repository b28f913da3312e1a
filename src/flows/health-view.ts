// How the connections of one environment have been answering, as routing sees it: what all processes counted, read at
// most every two seconds. A failed read leaves the old picture: health orders connections, it must not stop payments.
import {
  type Health,
  type HealthBucket,
  healthLimits,
  healthOf,
} from '../domain/connection/health.ts';
import { loadHealth } from '../store/connection-health.ts';
import type { Executor } from '../store/db.ts';

const REFRESH_EVERY_MS = 2_000;
/** A picture is computed once for payments of the same moment. */
const MOMENT_MS = 500;

export class HealthView {
  readonly #db: Executor;
  readonly #environmentId: string;
  #buckets = new Map<string, HealthBucket[]>();
  #readAtMs = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | null = null;
  #picture: { readonly moment: number; readonly health: ReadonlyMap<string, Health> } | null = null;

  constructor(db: Executor, environmentId: string) {
    this.#db = db;
    this.#environmentId = environmentId;
  }

  async refresh(nowMs: number): Promise<void> {
    if (Math.abs(nowMs - this.#readAtMs) < REFRESH_EVERY_MS) return;
    this.#reading ??= this.#read(nowMs).finally(() => {
      this.#reading = null;
    });
    await this.#reading;
  }

  at(nowMs: number): ReadonlyMap<string, Health> {
    const moment = Math.floor(nowMs / MOMENT_MS);
    if (this.#picture?.moment !== moment) {
      const health = new Map(
        [...this.#buckets].map(([id, buckets]) => [id, healthOf(buckets, nowMs)]),
      );
      this.#picture = { moment, health };
    }
    return this.#picture.health;
  }

  async #read(nowMs: number): Promise<void> {
    this.#readAtMs = nowMs;
    const { windowMs, bucketMs } = healthLimits;
    try {
      const rows = await loadHealth(this.#db, this.#environmentId, nowMs - windowMs - bucketMs);
      const buckets = new Map<string, HealthBucket[]>();
      for (const { connectionId, ...bucket } of rows) {
        const list = buckets.get(connectionId) ?? [];
        list.push(bucket);
        buckets.set(connectionId, list);
      }
      this.#buckets = buckets;
      this.#picture = null;
    } catch {
      // Tried again after the interval.
    }
  }
}
