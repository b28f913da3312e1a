// What time it is for this process: the database's time, carried on by a clock that nobody can set. So all processes of
// a database agree about leases and schedules, and stepping a machine's clock moves none of them. A step of the
// database's own clock is followed only when it lasts.
import { type Clock, systemSteadyMs } from '../kernel/ports.ts';
import type { Executor } from './db.ts';
import { databaseFacts } from './readiness.ts';

/** By how much two clocks differ at most that are kept: followed at once. More is a step. */
const KEPT_MS = 1_000;
/** A step is believed when it was there all that time. */
const BELIEVED_AFTER_MS = 30_000;

export interface ClockReport {
  /** `seen`: by so much does the database's clock differ, which is not believed yet. */
  readonly kind: 'seen' | 'followed' | 'gone';
  /** Positive: the database's clock is ahead. */
  readonly byMs: number;
}

export class DatabaseClock implements Clock {
  readonly #askMs: () => Promise<number>;
  readonly #steadyMs: () => number;
  #aheadMs: number;
  #step: { readonly byMs: number; readonly sinceMs: number } | null = null;

  private constructor(askMs: () => Promise<number>, steadyMs: () => number, aheadMs: number) {
    this.#askMs = askMs;
    this.#steadyMs = steadyMs;
    this.#aheadMs = aheadMs;
  }

  /** `askMs`: what the database's clock says; `steadyMs`: a clock that only measures spans. */
  static async open(askMs: () => Promise<number>, steadyMs: () => number): Promise<DatabaseClock> {
    const clock = new DatabaseClock(askMs, steadyMs, 0);
    const { byMs } = await clock.#compare();
    clock.#aheadMs = byMs;
    return clock;
  }

  nowMs(): number {
    return Math.floor(this.#steadyMs() + this.#aheadMs);
  }

  /** Asks the database once. Answers what an operator should know. */
  async follow(): Promise<ClockReport | null> {
    const { byMs, doubtMs } = await this.#compare();
    // An answer that took long says little.
    const surely = Math.sign(byMs) * Math.max(0, Math.abs(byMs) - doubtMs);
    if (Math.abs(surely) <= KEPT_MS) {
      this.#aheadMs += surely;
      return this.#forget();
    }
    const nowMs = this.#steadyMs();
    if (this.#step === null || Math.abs(this.#step.byMs - byMs) > KEPT_MS + doubtMs) {
      this.#step = { byMs, sinceMs: nowMs };
      return { kind: 'seen', byMs };
    }
    if (nowMs - this.#step.sinceMs < BELIEVED_AFTER_MS) return null;
    this.#step = null;
    this.#aheadMs += byMs;
    return { kind: 'followed', byMs };
  }

  #forget(): ClockReport | null {
    const step = this.#step;
    this.#step = null;
    return step && { kind: 'gone', byMs: step.byMs };
  }

  async #compare(): Promise<{ readonly byMs: number; readonly doubtMs: number }> {
    const askedMs = this.#steadyMs();
    const saidMs = await this.#askMs();
    const doubtMs = (this.#steadyMs() - askedMs) / 2;
    return { byMs: saidMs - (askedMs + doubtMs + this.#aheadMs), doubtMs };
  }
}

export function openDatabaseClock(db: Executor): Promise<DatabaseClock> {
  return DatabaseClock.open(async () => (await databaseFacts(db)).nowMs, systemSteadyMs);
}
