// Inside a slot's thread: one run in one cell, from its script's first byte to its end. It adds up the processor time
// of every entry into the engine, and nothing but messages leaves it.
import { createHmac } from 'node:crypto';
import type { QuickJSHandle } from 'quickjs-emscripten-core';
import type { Cell, Image } from './engine.ts';
import { clockWasRead, elapsedMs, processorMs, setClock } from './guest-clock.ts';
import {
  BEAT,
  COMPUTING,
  type FromSlot,
  type SlotEnd,
  type SlotLog,
  SPENT,
  type ToSlot,
} from './messages.ts';
import { isRandomised, Misuse, nativeOperations } from './native.ts';

type Order = Extract<ToSlot, { type: 'exec' }>;

export interface Place {
  readonly cell: Cell;
  readonly base: Image;
  /** Memories in which a script is loaded that did nothing but define its functions: other runs begin there. */
  readonly versions: Map<string, Image>;
  readonly beat: Int32Array;
  post(message: FromSlot): void;
  over(broken: boolean): void;
}

/** After so many jobs of the engine it is asked whether the time is up. */
const JOBS_AT_ONCE = 500;
const DETAIL_CHARACTERS = 1_000;
/** Beyond any limit that the host answers for. */
const CALLS_MAX = 2_000;
/** No system counts processor time in larger steps. */
const STEP_MS = 10;
/** Of a script that failed with a heap this full: it ran out of memory. */
const FULL = 0.7;

export class GuestRun {
  readonly #order: Order;
  readonly #place: Place;
  #nowMs: number;
  #usedMs = 0;
  #entered = { elapsedMs: 0, processorMs: 0 };
  /** Once a budget is used up every further step is stopped too: a script can catch an interruption. */
  #stopped: 'cpu' | 'memory' | null = null;
  #isOver = false;
  #end: { readonly end: SlotEnd; readonly text: string } | null = null;
  /** What the engine threw at us and no script caught. */
  #thrown = '';
  #calls = 0;
  #httpCalls = 0;
  #answers = 0;
  #draws = 0;
  #signatures = 0;
  /** Asked for time or randomness, or logged: not the same in every run. */
  #impure = false;
  #logCount = 0;
  #said: { logs: SlotLog[]; drawn: string[]; verifiedBy: string | null; logsCut: boolean } =
    nothing();

  constructor(order: Order, place: Place) {
    this.#order = order;
    this.#place = place;
    this.#nowMs = order.nowMs;
  }

  begin(source: string): void {
    const { cell, base, versions } = this.#place;
    const { sha256, step, ctx, limits } = this.#order;
    const loaded = versions.get(sha256);
    cell.tenant = {
      host: (operation, args) => this.#answer(operation, args),
      mustStop: () => this.#mustStop(),
    };
    cell.restore(loaded ?? base);
    cell.runtime.setMemoryLimit(limits.memoryBytes);
    cell.runtime.setMaxStackSize(limits.stackBytes);
    this.#enter(() => {
      if (loaded === undefined && !this.#load(source)) return;
      if (step === null)
        this.#call(cell.guest.exports, [], (text) => this.#finish('exports', text));
      else this.#call(cell.guest.start, [step, ctx]);
    });
  }

  reply(call: number, text: string, nowMs: number): void {
    if (this.#isOver) return;
    this.#nowMs = nowMs;
    this.#answers += 1;
    const { context, guest } = this.#place.cell;
    this.#enter(() => {
      this.#callWith(guest.deliver, [context.newNumber(call), context.newString(text)]);
    });
  }

  cancel(): void {
    if (!this.#isOver) this.#close(false);
  }

  /** One stretch of computing: the work, and every job that follows from it. */
  #enter(work: () => void): void {
    const { beat, cell } = this.#place;
    setClock(this.#nowMs);
    this.#entered = { elapsedMs: elapsedMs(), processorMs: processorMs() };
    Atomics.store(beat, SPENT, 0);
    Atomics.store(beat, COMPUTING, this.#order.run);
    let broken: unknown;
    try {
      work();
      this.#runJobs();
    } catch (error) {
      broken = error;
    }
    this.#usedMs += this.#spentMs();
    Atomics.store(beat, COMPUTING, 0);
    if (broken !== undefined) {
      // The engine did not come back by its own way: our stack was smaller than it thought, or it gave up.
      this.#report(broken instanceof RangeError ? 'stack' : 'memory', 'the engine broke', true);
    } else if (this.#stopped !== null) {
      const { cpuMs, memoryBytes } = this.#order.limits;
      const most =
        this.#stopped === 'cpu' ? `${cpuMs} ms of processor time` : `${memoryBytes} bytes`;
      this.#report(this.#stopped, `more than ${most}`, false);
    } else if (this.#end?.end === 'returned' || this.#end?.end === 'exports') {
      this.#report(this.#end.end, this.#end.text, false);
    } else if (cell.heapBytes(this.#place.base) > this.#order.limits.memoryBytes * FULL) {
      // Whatever else it says: there was no room any more to say it properly.
      this.#report('memory', `out of memory ${this.#thrown}`, false);
    } else if (this.#end !== null) {
      this.#report(this.#end.end, this.#end.text, false);
    } else if (this.#answers === this.#calls) {
      this.#report('wall', `waits for what can never come ${this.#thrown}`, false);
    } else if (this.#order.tellWaiting) {
      this.#place.post({ type: 'waits', run: this.#order.run, answers: this.#answers });
    }
  }

  #runJobs(): void {
    const { runtime } = this.#place.cell;
    while (this.#end === null && !this.#mustStop() && runtime.hasPendingJob()) {
      const done = runtime.executePendingJobs(JOBS_AT_ONCE);
      if (done.error) this.#note(done.error);
    }
  }

  /** False when the script cannot be loaded. */
  #load(source: string): boolean {
    const { cell, versions } = this.#place;
    const { context, guest } = cell;
    const loaded = context.evalCode(source, 'connector.js', { type: 'module' });
    if (loaded.error) {
      this.#note(loaded.error);
      this.#finish('module', this.#thrown);
      return false;
    }
    const state = context.getPromiseState(loaded.value);
    if (state.type !== 'fulfilled' || state.notAPromise !== true) {
      this.#finish('module', 'await at the top level');
      return false;
    }
    this.#callWith(guest.load, [loaded.value]);
    this.#runJobs();
    if (!this.#impure && !clockWasRead() && this.#stopped === null) {
      versions.set(this.#order.sha256, cell.image());
    }
    return true;
  }

  #call(target: QuickJSHandle, args: readonly string[], use?: (text: string) => void): void {
    const { context } = this.#place.cell;
    this.#callWith(
      target,
      args.map((text) => context.newString(text)),
      use,
    );
  }

  /** The arguments are disposed of. */
  #callWith(target: QuickJSHandle, args: QuickJSHandle[], use?: (text: string) => void): void {
    const { context } = this.#place.cell;
    const called = context.callFunction(target, context.undefined, args);
    for (const arg of args) arg.dispose();
    if (called.error) this.#note(called.error);
    else {
      use?.(context.getString(called.value));
      called.value.dispose();
    }
  }

  #note(error: QuickJSHandle): void {
    const { context } = this.#place.cell;
    const dumped: unknown = context.dump(error);
    error.dispose();
    const { name, message, stack } = (dumped ?? {}) as Record<string, unknown>;
    this.#thrown =
      name === undefined
        ? String(dumped)
        : `${String(name)}: ${String(message)}\n${String(stack ?? '')}`;
  }

  #mustStop(): boolean {
    Atomics.add(this.#place.beat, BEAT, 1);
    if (this.#stopped !== null) return true;
    const { limits } = this.#order;
    // The engine's own limit misses small objects: in WebAssembly it cannot tell how large they are.
    if (this.#place.cell.heapBytes(this.#place.base) > limits.memoryBytes) this.#stopped = 'memory';
    else if (this.#usedMs + this.#spentMs() >= limits.cpuMs) this.#stopped = 'cpu';
    return this.#stopped !== null;
  }

  /** In the present entry. Over a short time both clocks agree, but that of the processor moves in steps. */
  #spentMs(): number {
    const spentMs = elapsedMs() - this.#entered.elapsedMs;
    if (spentMs < STEP_MS) return spentMs;
    const ofProcessorMs = processorMs() - this.#entered.processorMs;
    Atomics.store(this.#place.beat, SPENT, ofProcessorMs);
    return Math.max(STEP_MS, Math.min(spentMs, ofProcessorMs));
  }

  /** What the prelude asks, and whatever a script that reached it might. */
  #answer(operation: string, argsText: string): string {
    try {
      const value = this.#operate(operation, JSON.parse(argsText));
      return value === undefined ? '=' : `=${JSON.stringify(value)}`;
    } catch (error) {
      return `!${error instanceof Misuse ? error.message : 'a wrong argument'}`;
    }
  }

  #operate(operation: string, args: unknown[]): unknown {
    if (Object.hasOwn(nativeOperations, operation)) {
      if (isRandomised(operation, args)) return this.#drawSignature(operation, args);
      return nativeOperations[operation]!(...(args as never[]));
    }
    switch (operation) {
      case 'end':
        return this.#finish(args[0] as SlotEnd, String(args[1]));
      case 'call':
        return this.#askHost(String(args[0]), JSON.stringify(args[1]));
      case 'log':
        return this.#log(String(args[0]), String(args[1]));
      case 'verified':
        this.#said.verifiedBy = String(args[0]).slice(0, 200);
        return undefined;
      case 'now':
        this.#impure = true;
        return this.#nowMs;
      case 'seed': {
        const drawn = this.#draw('random');
        return [0, 4, 8, 12].map((at) => drawn.readUInt32LE(at));
      }
      case 'uuid':
        return uuidOf(this.#draw('uuid'));
      default:
        throw new Misuse('no such operation');
    }
  }

  #finish(end: SlotEnd, text: string): void {
    if (this.#end !== null) return;
    const known = ['returned', 'exports', 'script_error', 'bad_result', 'module'].includes(end);
    const { resultBytes } = this.#order.limits;
    if (!known) this.#end = { end: 'bad_result', text: '' };
    else if (end === 'returned' && Buffer.byteLength(text) > resultBytes) {
      this.#end = { end: 'bad_result', text: `the result is larger than ${resultBytes} bytes` };
    } else this.#end = { end: end === 'returned' ? end : causeOf(text, end), text };
  }

  /** -1: one call too many, which the prelude answers. */
  #askHost(name: string, args: string): number {
    if (name === 'http') {
      this.#httpCalls += 1;
      if (this.#httpCalls > this.#order.limits.httpCalls) return -1;
    }
    if (args.length > this.#order.limits.callBytes) throw new Misuse('the arguments are too large');
    if (this.#calls >= CALLS_MAX) throw new Misuse('too many calls');
    const call = this.#calls;
    this.#calls += 1;
    this.#place.post({
      type: 'call',
      run: this.#order.run,
      call,
      name,
      args,
      said: this.#takeSaid(),
    });
    return call;
  }

  #log(level: string, text: string): void {
    this.#impure = true;
    const { logEntries, logBytes } = this.#order.limits;
    this.#logCount += 1;
    if (this.#logCount > logEntries) this.#said.logsCut = true;
    else this.#said.logs.push({ level, text: text.slice(0, logBytes), atMs: this.#nowMs });
  }

  /** All randomness comes from the run's seed, so that a replay draws the same. */
  #draw(purpose: string): Buffer {
    this.#impure = true;
    this.#draws += 1;
    return createHmac('sha256', Buffer.from(this.#order.seed, 'hex'))
      .update(`${purpose} ${this.#draws}`)
      .digest();
  }

  #drawSignature(operation: string, args: unknown[]): unknown {
    const known = this.#order.drawn[this.#signatures];
    this.#signatures += 1;
    const drawn = known ?? String(nativeOperations[operation]!(...(args as never[])));
    this.#said.drawn.push(drawn);
    return drawn;
  }

  #takeSaid() {
    const said = this.#said;
    this.#said = nothing();
    return said;
  }

  #report(end: SlotEnd, text: string, broken: boolean): void {
    const { cell, base, post } = this.#place;
    post({
      type: 'end',
      run: this.#order.run,
      end,
      text: end === 'returned' || end === 'exports' ? text : text.slice(0, DETAIL_CHARACTERS),
      said: this.#takeSaid(),
      cpuMs: Math.max(0, this.#usedMs),
      heapBytes: broken ? 0 : cell.heapBytes(base),
      broken,
    });
    this.#close(broken);
  }

  #close(broken: boolean): void {
    this.#isOver = true;
    this.#place.over(broken);
  }
}

function nothing() {
  return { logs: [], drawn: [], verifiedBy: null, logsCut: false };
}

/** The engine's own words tell which limit it was. */
function causeOf(text: string, otherwise: SlotEnd): SlotEnd {
  if (/^(?:the result is not JSON: )?InternalError: (?:out of memory|string too long)/.test(text))
    return 'memory';
  if (/^(?:the result is not JSON: )?\w+Error: (?:stack overflow|Maximum call stack)/.test(text)) {
    return 'stack';
  }
  return otherwise;
}

function uuidOf(bytes: Buffer): string {
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes
    .toString('hex', 0, 16)
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
