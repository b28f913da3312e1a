// For tests that own the time: what simulators do later happens when the test's clock has moved past it.
import type { Timers } from '../src/simulators/timers.ts';

/** Timers that fire when the test's time has moved past them, the earliest first. */
export class HeldTimers implements Timers {
  readonly #nowMs: () => number;
  readonly #held = new Set<{ readonly atMs: number; readonly run: () => void }>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  after(ms: number, run: () => void): () => void {
    const one = { atMs: this.#nowMs() + ms, run };
    this.#held.add(one);
    return () => this.#held.delete(one);
  }

  async fire(): Promise<void> {
    for (;;) {
      const [next] = [...this.#held].sort((a, b) => a.atMs - b.atMs);
      if (!next || next.atMs > this.#nowMs()) return;
      this.#held.delete(next);
      next.run();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
