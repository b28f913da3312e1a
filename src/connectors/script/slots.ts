// Keeps so many slots in service as there should be, and one ready to step in. Where a script computes for longer than
// any should, the others in its slot are moved out; where it gives no sign of life, its thread is ended in time.
import { elapsedMs } from './guest-clock.ts';
import type { SlotParts } from './parts.ts';
import { type Guest, SlotThread } from './slot-thread.ts';

export interface SlotsOptions {
  readonly inService: number;
  readonly guestsPerSlot: number;
  /** No heap may become larger. */
  readonly memoryBytes: number;
  /** Silence beyond a guest's processor budget after which the thread is ended. */
  readonly silenceMs: number;
  /** A slot that has had so many guests is replaced. */
  readonly guestsEver: number;
}

export interface SlotsEvents {
  /** There may be a place. */
  room(): void;
  /** To be begun again elsewhere. Innocent: it is known that another one held their slot. */
  victims(guests: readonly Guest[], areInnocent: boolean): void;
  /** It computes for longer than any should. */
  held(guest: Guest): void;
  /** It held its slot fast and was ended with it. */
  culprit(guest: Guest): void;
  /** No slot can be started. */
  broken(): void;
}

const WATCH_EVERY_MS = 10;
/** A guest that computed for so long has its slot for itself from then on. */
const ALONE_AFTER_MS = 25;
/** And from then on another slot is started in its place. */
const REPLACED_AFTER_MS = 100;
const SPARE = 1;
const SURPLUS_MS = 10_000;
/** Slots that do not even start, one after the other. */
const STILLBORN_MAX = 3;

export class Slots {
  readonly #parts: SlotParts;
  readonly #options: SlotsOptions;
  readonly #events: SlotsEvents;
  #healthy: SlotThread[] = [];
  /** Of the healthy ones, those that one guest has for itself. */
  readonly #held = new Set<SlotThread>();
  /** Of the healthy ones, those for suspects. */
  readonly #docks = new Set<SlotThread>();
  /** Not given to anybody any more; ended when their guests have left. */
  readonly #leaving = new Set<SlotThread>();
  #stillborn = 0;
  #heldAtMs = 0;
  #suspectsAtMs = 0;
  #watch: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor(parts: SlotParts, options: SlotsOptions, events: SlotsEvents) {
    this.#parts = parts;
    this.#options = options;
    this.#events = events;
    this.#fill(0);
  }

  /** The slot where a guest will wait least, if one has a place; `among`: only these. */
  free(isSuspect: boolean, among: ReadonlySet<SlotThread> | null): SlotThread | null {
    const { inService, guestsPerSlot } = this.#options;
    const open = this.#healthy.filter((slot) => slot.isReady && !this.#held.has(slot));
    const others = open.filter((slot) => !this.#docks.has(slot));
    // For one that is computing the spare may stand in.
    const busy = others.filter((slot) => slot.isComputing()).length;
    const inTurn = others.slice(0, inService + Math.min(SPARE, busy));
    // A dock is better than nothing: who is there with a suspect is moved out in time.
    const choice = isSuspect ? this.#dockOf(others) : inTurn.length > 0 ? inTurn : open;
    const wait = (slot: SlotThread) => slot.inFlight + (slot.isComputing() ? guestsPerSlot : 0);
    const [best] = choice
      .filter((slot) => slot.inFlight < guestsPerSlot && (among === null || among.has(slot)))
      .sort((a, b) => wait(a) - wait(b));
    return best ?? null;
  }

  /** Where suspects are confined: one slot beside those in service, as long as there are any. */
  #dockOf(others: readonly SlotThread[]): SlotThread[] {
    this.#suspectsAtMs = elapsedMs();
    if (this.#docks.size === 0) {
      const dock = others.at(-1);
      // The last open slot is for those who are not suspect.
      if (dock && others.length > 1) this.#docks.add(dock);
      this.#fill(0);
    }
    return [...this.#docks].filter((slot) => slot.isReady && !this.#held.has(slot));
  }

  begin(slot: SlotThread, guest: Guest): void {
    this.#watch ??= setInterval(() => this.#look(), WATCH_EVERY_MS).unref();
    slot.begin(guest);
    if (slot.begun < this.#options.guestsEver) return;
    this.#leave(slot);
    this.#fill(0);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#watch) clearInterval(this.#watch);
    const all = [...this.#healthy, ...this.#leaving];
    this.#healthy = [];
    this.#leaving.clear();
    await Promise.all(all.map((slot) => slot.terminate()));
  }

  /** `lost`: slots that are held for so long that others have to take their place. */
  #fill(lost: number): void {
    if (this.#isClosed || this.#stillborn >= STILLBORN_MAX) return;
    const { inService } = this.#options;
    const wanted = inService + SPARE + this.#docks.size + Math.min(lost, inService);
    while (this.#healthy.length < wanted) {
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
    if (this.#leaving.has(slot) && slot.inFlight === 0) this.#forget(slot);
    this.#events.room();
  }

  #look(): void {
    const nowMs = elapsedMs();
    for (const slot of [...this.#healthy, ...this.#leaving]) {
      const budgetMs = slot.computing()?.limits.cpuMs ?? 0;
      if (slot.silentMs(nowMs) > budgetMs + this.#options.silenceMs) this.#end(slot, true);
    }
    for (const slot of this.#healthy) this.#holdOrRelease(slot, nowMs);
    const lost = [...this.#held].filter(
      (slot) => !this.#docks.has(slot) && computesForMs(slot, nowMs) > REPLACED_AFTER_MS,
    );
    this.#fill(lost.length);
    this.#rest(nowMs);
  }

  #holdOrRelease(slot: SlotThread, nowMs: number): void {
    const holder = slot.computing();
    const isHeld = computesForMs(slot, nowMs) > ALONE_AFTER_MS;
    if (slot.computing() !== holder) return; // it was about another one
    if (isHeld) this.#heldAtMs = nowMs;
    if (isHeld === this.#held.has(slot)) return;
    if (isHeld) {
      this.#held.add(slot);
      this.#suspectsAtMs = nowMs;
      if (this.#docks.size === 0) this.#docks.add(slot);
      if (holder) this.#events.held(holder);
      this.#events.victims(slot.evacuate(), true);
    } else {
      this.#held.delete(slot);
      this.#events.room();
    }
  }

  /** Sends surplus slots home when things have been quiet, and stops watching when there is nothing to watch. */
  #rest(nowMs: number): void {
    const { inService } = this.#options;
    if (nowMs - this.#suspectsAtMs > SURPLUS_MS) this.#docks.clear();
    const surplus = this.#healthy.slice(inService + SPARE + this.#docks.size);
    const isQuiet = this.#held.size === 0 && nowMs - this.#heldAtMs > SURPLUS_MS;
    if (isQuiet) for (const slot of surplus) this.#leave(slot);
    const isEmpty = [...this.#healthy, ...this.#leaving].every((slot) => slot.inFlight === 0);
    if (!isEmpty || (surplus.length > 0 && !isQuiet) || this.#watch === null) return;
    clearInterval(this.#watch);
    this.#watch = null;
  }

  #leave(slot: SlotThread): void {
    this.#healthy = this.#healthy.filter((one) => one !== slot);
    this.#held.delete(slot);
    this.#docks.delete(slot);
    this.#leaving.add(slot);
    if (slot.inFlight === 0) this.#forget(slot);
  }

  /** Ends the thread and says what becomes of its guests. */
  #end(slot: SlotThread, isHeldFast: boolean): void {
    const culprit = isHeldFast ? slot.computing() : null;
    const guests = slot.guests().filter((guest) => guest !== culprit);
    this.#forget(slot);
    this.#fill(0);
    if (culprit) this.#events.culprit(culprit);
    this.#events.victims(guests, culprit !== null);
    this.#events.room();
  }

  /** The thread ended by itself: out of memory, or worse. */
  #gone(slot: SlotThread): void {
    if (this.#isClosed || !(this.#healthy.includes(slot) || this.#leaving.has(slot))) return;
    if (!slot.isReady) {
      this.#stillborn += 1;
      if (this.#stillborn >= STILLBORN_MAX) this.#events.broken();
    }
    this.#end(slot, true);
  }

  #forget(slot: SlotThread): void {
    this.#healthy = this.#healthy.filter((one) => one !== slot);
    this.#held.delete(slot);
    this.#docks.delete(slot);
    this.#leaving.delete(slot);
    void slot.terminate();
  }
}

function computesForMs(slot: SlotThread, nowMs: number): number {
  return Math.max(slot.spentMs(), slot.silentMs(nowMs));
}
