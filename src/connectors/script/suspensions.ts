// Scripts that had to be ended by force again and again are not begun any more for a while (script-sandbox.md SB-24).
import type { Clock } from '../../kernel/ports.ts';

const TIMES = 3;
const WITHIN_MS = 10 * 60_000;
const SCRIPTS_MAX = 1_000;

export class Suspensions {
  readonly #clock: Clock;
  readonly #endedAtMs = new Map<string, number[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  count(sha256: string): void {
    const recent = this.#recent(sha256);
    this.#endedAtMs.delete(sha256);
    this.#endedAtMs.set(sha256, [...recent, this.#clock.nowMs()].slice(-TIMES));
    const [oldest] = this.#endedAtMs.keys();
    if (this.#endedAtMs.size > SCRIPTS_MAX) this.#endedAtMs.delete(oldest!);
  }

  isSuspended(sha256: string): boolean {
    return this.#recent(sha256).length >= TIMES;
  }

  #recent(sha256: string): number[] {
    const since = this.#clock.nowMs() - WITHIN_MS;
    return (this.#endedAtMs.get(sha256) ?? []).filter((atMs) => atMs > since);
  }
}
