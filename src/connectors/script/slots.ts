// Keeps so many slots in service as there should be, and one ready to step in. A slot in which a script computes
// without a sign of life is put aside at once, and ended when its time is over.
import type { SlotParts } from './parts.ts';
import { type Guest, SlotThread } from './slot-thread.ts';

export interface SlotsOptions {
  readonly inService: number;
  readonly guestsPerSlot: number;
  /** No heap may become larger. */
  readonly memoryBytes: number;
  /** Silence after which the other guests are moved out. */
  readonly asideAfterMs: number;
  /** Silence beyond a guest's processor budget after which the thread is ended. */
  readonly silenceMs: number;
  /** A slot that has had so many guests is replaced. */
  readonly guestsEver: number;
}

export interface SlotsEvents {
  /** There may be a place. */
  room(): void;
  /** To be begun again elsewhere. Innocent: it is known that another one held their slot fast. */
  victims(guests: readonly Guest[], areInnocent: boolean): void;
  /** It held its slot fast and was ended with it. */
  culprit(guest: Guest): void;
  /** No slot can be started. */
  broken(): void;
}

const SPARE = 1;
const WATCH_EVERY_MS = 20;
/** Slots that do not even start, one after the other. */
const STILLBORN_MAX = 3;

export class Slots {
  readonly #parts: SlotParts;
  readonly #options: SlotsOptions;
  readonly #events: SlotsEvents;
  /** The first ones are in service, the rest stand by. */
  #healthy: SlotThread[] = [];
  /** No new guests: held fast, distrusted, or at the end of their service. */
  readonly #aside = new Set<SlotThread>();
  #stillborn = 0;
  #watch: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor(parts: SlotParts, options: SlotsOptions, events: SlotsEvents) {
    this.#parts = parts;
    this.#options = options;
    this.#events = events;
    this.#fill();
  }

  /** The slot with the fewest guests, if one has a place. */
  free(): SlotThread | null {
    let best: SlotThread | null = null;
    for (const slot of this.#healthy.slice(0, this.#options.inService)) {
      if (!slot.isReady || slot.inFlight >= this.#options.guestsPerSlot) continue;
      if (best === null || slot.inFlight < best.inFlight) best = slot;
    }
    return best;
  }

  begin(slot: SlotThread, guest: Guest): void {
    this.#watch ??= setInterval(() => this.#look(), WATCH_EVERY_MS).unref();
    slot.begin(guest);
    if (slot.begun >= this.#options.guestsEver) {
      this.#setAside(slot);
      this.#fill();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#watch) clearInterval(this.#watch);
    const all = [...this.#healthy, ...this.#aside];
    this.#healthy = [];
    this.#aside.clear();
    await Promise.all(all.map((slot) => slot.terminate()));
  }

  #fill(): void {
    if (this.#isClosed || this.#stillborn >= STILLBORN_MAX) return;
    while (this.#healthy.length < this.#options.inService + SPARE) {
      const slot = new SlotThread(this.#parts, this.#options.memoryBytes, {
        ready: () => {
          this.#stillborn = 0;
          this.#events.room();
        },
        left: (one) => this.#left(one),
        distrusted: (one) => this.#end(one, false),
        gone: (one) => this.#gone(one),
      });
      this.#healthy.push(slot);
    }
  }

  #left(slot: SlotThread): void {
    if (this.#aside.has(slot) && slot.inFlight === 0) this.#forget(slot);
    this.#events.room();
  }

  #look(): void {
    const nowMs = performanceMs();
    const { asideAfterMs, silenceMs, inService } = this.#options;
    for (const slot of this.#healthy) {
      if (slot.silentMs(nowMs) < asideAfterMs) continue;
      this.#setAside(slot);
      this.#fill();
      this.#events.victims(slot.evacuate(), true);
    }
    // Too many at once take the processors from everybody: then silence beyond the budget is not waited for.
    const patience = this.#aside.size > 2 * inService ? asideAfterMs : silenceMs;
    for (const slot of this.#aside) {
      const budgetMs = slot.computing()?.limits.cpuMs ?? 0;
      if (slot.silentMs(nowMs) > budgetMs + patience) this.#end(slot, true);
    }
  }

  #setAside(slot: SlotThread): void {
    this.#healthy = this.#healthy.filter((one) => one !== slot);
    this.#aside.add(slot);
  }

  /** Ends the thread and says what becomes of its guests. */
  #end(slot: SlotThread, isHeldFast: boolean): void {
    const culprit = isHeldFast ? slot.computing() : null;
    const guests = slot.guests().filter((guest) => guest !== culprit);
    this.#forget(slot);
    this.#fill();
    if (culprit) this.#events.culprit(culprit);
    this.#events.victims(guests, culprit !== null);
    this.#events.room();
  }

  /** The thread ended by itself: out of memory, or worse. */
  #gone(slot: SlotThread): void {
    if (this.#isClosed || !(this.#healthy.includes(slot) || this.#aside.has(slot))) return;
    if (!slot.isReady) {
      this.#stillborn += 1;
      if (this.#stillborn >= STILLBORN_MAX) this.#events.broken();
    }
    this.#end(slot, true);
  }

  #forget(slot: SlotThread): void {
    this.#healthy = this.#healthy.filter((one) => one !== slot);
    this.#aside.delete(slot);
    void slot.terminate();
  }
}

function performanceMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1e6;
}
