// Virtual time. Everything that happens in a world is an event of this queue: one at a time, each until nothing is left
// to do but wait for the next. So the order of things, and with it the run, depends on the seed alone.
import type { Timers } from '../../src/simulators/timers.ts';
import { isBusyOutside } from './outside.ts';

interface Happening {
  readonly atMs: number;
  readonly number: number;
  readonly run: () => void | Promise<void>;
  canceled: boolean;
}

/** Turns of the event loop without anything new after which everybody waits. */
const QUIET_TURNS = 3;

export class Time {
  #nowMs: number;
  #last = 0;
  /** A binary heap, the earliest first. */
  readonly #heap: Happening[] = [];

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  /** How many events there were: what a run compares itself with. */
  get happened(): number {
    return this.#happened;
  }
  #happened = 0;

  after(ms: number, run: () => void | Promise<void>): () => void {
    this.#last += 1;
    const happening = {
      atMs: this.#nowMs + Math.max(0, ms),
      number: this.#last,
      run,
      canceled: false,
    };
    this.#push(happening);
    return () => {
      happening.canceled = true;
    };
  }

  readonly timers: Timers = { after: (ms, run) => this.after(ms, run) };

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(ms, resolve);
    });
  }

  /** Lets things happen until `until` says so, or `endMs` is reached, or nothing is left. */
  async run(until: () => boolean, endMs: number): Promise<void> {
    await this.#settle();
    while (!until()) {
      const next = this.#pop();
      if (!next) return;
      if (next.canceled) continue;
      if (next.atMs > endMs) {
        this.#push(next);
        this.#nowMs = endMs;
        return;
      }
      this.#nowMs = next.atMs;
      this.#happened += 1;
      await next.run();
      await this.#settle();
    }
  }

  async #settle(): Promise<void> {
    let quiet = 0;
    let last = this.#last;
    while (quiet < QUIET_TURNS) {
      await new Promise(setImmediate);
      quiet = last === this.#last && !isBusyOutside() ? quiet + 1 : 0;
      last = this.#last;
    }
  }

  #push(happening: Happening): void {
    const heap = this.#heap;
    let at = heap.push(happening) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(heap[at]!, heap[parent]!)) break;
      swap(heap, at, parent);
      at = parent;
    }
  }

  #pop(): Happening | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    heap[0] = last;
    for (let at = 0; ; ) {
      const left = 2 * at + 1;
      const right = left + 1;
      let least = at;
      if (left < heap.length && isBefore(heap[left]!, heap[least]!)) least = left;
      if (right < heap.length && isBefore(heap[right]!, heap[least]!)) least = right;
      if (least === at) return first;
      swap(heap, at, least);
      at = least;
    }
  }
}

function isBefore(a: Happening, b: Happening): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.number < b.number);
}

function swap(heap: Happening[], a: number, b: number): void {
  [heap[a], heap[b]] = [heap[b]!, heap[a]!];
}
