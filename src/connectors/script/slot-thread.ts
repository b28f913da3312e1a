// A slot as the host sees it: one thread, the runs in it, and whether it still gives a sign of life. Ending it is
// always safe: everything that its runs have done is known here.
import { Worker } from 'node:worker_threads';
import type { ScriptLimits } from './contract.ts';
import type { Order } from './hosted-run.ts';
import {
  BEAT,
  COMPUTING,
  type FromSlot,
  readFromSlot,
  type SlotData,
  SPENT,
  type ToSlot,
} from './messages.ts';
import type { SlotParts } from './parts.ts';

/** What sits in a slot: a run, or a check at upload. */
export interface Guest {
  readonly sha256: string;
  readonly source: string;
  readonly limits: ScriptLimits;
  /** It has sent a message: it does not loop from the start. */
  readonly hasSpoken: boolean;
  order(): Order;
  sit(seat: { reply(call: number, text: string, nowMs: number): void; leave(): void }): void;
  /** False when the message cannot be its own. */
  take(message: Exclude<FromSlot, { type: 'ready' }>): boolean;
}

export interface SlotEvents {
  ready(slot: SlotThread): void;
  /** A place became free. */
  left(slot: SlotThread): void;
  /** It said what no slot says, or its engine broke: it must not be used any more. */
  distrusted(slot: SlotThread): void;
  gone(slot: SlotThread): void;
}

/** The same run computes without a sign of life. */
interface Silence {
  readonly run: number;
  readonly beat: number;
  readonly sinceMs: number;
  /** Of the thread's processor time, when it was asked first. */
  baseMs: number | null;
  spentMs: number;
}

/** Runs come by the interrupt every fraction of a millisecond. */
const ASKED_AFTER_MS = 15;
/** Where a thread's processor time is not known (Node before 24.6), time counts so many times less. */
const ELAPSED_COUNTS = 5;
/** Loaded scripts that a slot remembers. */
const VERSIONS_MAX = 32;

export class SlotThread {
  isReady = false;
  /** Runs begun in it. */
  begun = 0;
  readonly #worker: Worker;
  readonly #events: SlotEvents;
  readonly #beat: Int32Array;
  readonly #guests = new Map<number, Guest>();
  /** By last use, oldest first. */
  readonly #versions = new Set<string>();
  #silence: Silence = { run: 0, beat: 0, sinceMs: 0, baseMs: null, spentMs: 0 };
  readonly #canBeAsked: boolean;
  /** For its processor time. */
  #isAsked = false;

  constructor({ wasm, prelude }: SlotParts, memoryBytes: number, events: SlotEvents) {
    const beat = new SharedArrayBuffer(12);
    this.#beat = new Int32Array(beat);
    this.#events = events;
    this.#worker = new Worker(new URL('./slot.ts', import.meta.url), {
      workerData: { wasm, prelude, memoryBytes, beat } satisfies SlotData,
      env: {},
      argv: [],
      execArgv: [],
      stdin: false,
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: 64, stackSizeMb: 8 },
    });
    this.#canBeAsked = typeof this.#worker.cpuUsage === 'function';
    this.#worker.unref();
    this.#worker.on('message', (value: unknown) => this.#hear(value));
    this.#worker.on('messageerror', () => events.distrusted(this));
    this.#worker.on('error', () => {}); // followed by `exit`
    this.#worker.on('exit', () => events.gone(this));
  }

  get inFlight(): number {
    return this.#guests.size;
  }

  guests(): Guest[] {
    return [...this.#guests.values()];
  }

  begin(guest: Guest): void {
    this.begun += 1;
    const run = this.begun;
    const { sha256 } = guest;
    const isKnown = this.#versions.delete(sha256);
    this.#versions.add(sha256);
    const [oldest] = this.#versions;
    const forget = this.#versions.size > VERSIONS_MAX ? oldest! : null;
    if (forget !== null) this.#versions.delete(forget);
    this.#guests.set(run, guest);
    guest.sit({
      reply: (call, text, nowMs) => this.#tell({ type: 'reply', run, call, text, nowMs }),
      leave: () => {
        this.#tell({ type: 'cancel', run });
        this.#free(run);
      },
    });
    this.#tell({ ...guest.order(), run, forget, source: isKnown ? null : guest.source });
  }

  /** Takes all guests but the one that computes out of it. */
  evacuate(): Guest[] {
    const computing = this.computing();
    const moved: Guest[] = [];
    for (const [run, guest] of this.#guests) {
      if (guest === computing) continue;
      this.#guests.delete(run);
      this.#tell({ type: 'cancel', run });
      moved.push(guest);
    }
    return moved;
  }

  computing(): Guest | null {
    return this.#guests.get(Atomics.load(this.#beat, COMPUTING)) ?? null;
  }

  isComputing(): boolean {
    return Atomics.load(this.#beat, COMPUTING) !== 0;
  }

  /** Processor time of the present stretch of computing. */
  spentMs(): number {
    return this.isComputing() ? Atomics.load(this.#beat, SPENT) : 0;
  }

  /**
   * How long something has computed in it without coming by the engine's interrupt: in processor time, for on a busy
   * machine a thread may be silent because it is not let run. To be asked again and again while it lasts.
   */
  silentMs(nowMs: number): number {
    const run = Atomics.load(this.#beat, COMPUTING);
    const beat = Atomics.load(this.#beat, BEAT);
    const { run: lastRun, beat: lastBeat } = this.#silence;
    if (run === 0 || run !== lastRun || beat !== lastBeat) {
      this.#silence = { run, beat, sinceMs: nowMs, baseMs: null, spentMs: 0 };
      return 0;
    }
    const elapsedMs = nowMs - this.#silence.sinceMs;
    if (elapsedMs > ASKED_AFTER_MS) void this.#askProcessor(this.#silence);
    return this.#canBeAsked ? this.#silence.spentMs : elapsedMs / ELAPSED_COUNTS;
  }

  async #askProcessor(silence: Silence): Promise<void> {
    if (this.#isAsked || !this.#canBeAsked) return;
    this.#isAsked = true;
    try {
      const { user, system } = await this.#worker.cpuUsage();
      const spentMs = (user + system) / 1_000;
      silence.baseMs ??= spentMs;
      silence.spentMs = spentMs - silence.baseMs;
    } catch {
      // it has ended
    } finally {
      this.#isAsked = false;
    }
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  #tell(message: ToSlot): void {
    this.#worker.postMessage(message);
  }

  #free(run: number): void {
    if (this.#guests.delete(run)) this.#events.left(this);
  }

  #hear(value: unknown): void {
    const message = readFromSlot(value);
    if (message === null) {
      this.#events.distrusted(this);
      return;
    }
    if (message.type === 'ready') {
      this.isReady = true;
      this.#events.ready(this);
      return;
    }
    const guest = this.#guests.get(message.run);
    if (message.type === 'end') {
      this.#guests.delete(message.run);
      if (message.broken) this.#events.distrusted(this);
    }
    // Late words of a run that is over, or was moved elsewhere, are dropped.
    if (guest?.take(message) === false) this.#events.distrusted(this);
    if (message.type === 'end' && guest !== undefined) this.#events.left(this);
  }
}
