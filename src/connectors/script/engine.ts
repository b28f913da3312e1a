// Inside a slot's thread: QuickJS in WebAssembly, one instance with a linear memory of its own for every run in flight.
// Once the prelude stands, the memory is copied; before each run the copy is put back, so that a run begins with
// exactly the bytes of a fresh runtime, at a fraction of the time that making one takes (decision 15).
import release from '@jitl/quickjs-wasmfile-release-sync';
import {
  DefaultIntrinsics,
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSRuntime,
  type QuickJSSyncVariant,
  StaticLifetime,
} from 'quickjs-emscripten-core';
import { setClock } from './guest-clock.ts';

/** Its types speak of CommonJS; what is imported is the module's default. */
const variant = release as unknown as QuickJSSyncVariant;

const MB = 1024 * 1024;
const PAGE = 64 * 1024;
const FIRST_BYTES = 16 * MB;
/** What the engine needs beside the heap of a script: 5 MB of it is its stack. */
const OWN_BYTES = 6 * MB;
/** Wiping more than this takes longer than a new instance. */
const WORTH_KEEPING_BYTES = 2 * MB;
/** The stack counts as clean below this many untouched bytes. */
const STACK_GAP_BYTES = 64 * 1024;
/** Variables that are still zero lie between the others and the stack; the stack never gets down to them. */
const ZERO_VARIABLES_BYTES = 64 * 1024;

/** The stack is smaller than 6 MB; a longer stretch of zeros is what lies above the heap. */
const GAP_WORDS_MAX = (6 * MB) / 4;

/** What a memory held: everything below the C stack, and everything from where it begins. */
export interface Image {
  readonly low: Uint8Array;
  readonly high: Uint8Array;
}

/** Where the linker put things; the same in every instance of one build. */
interface Layout {
  /** The C stack grows down, from somewhere above `stackTop` to `stackBottom`; zeros lie between in a new memory. */
  readonly stackBottom: number;
  readonly stackTop: number;
  /** Address of the word that holds the end of the heap (`sbrk`). */
  readonly breakAt: number;
}

export interface Guest {
  readonly load: QuickJSHandle;
  readonly exports: QuickJSHandle;
  readonly start: QuickJSHandle;
  readonly deliver: QuickJSHandle;
}

/** What the engine asks of the run that has a cell. */
export interface Tenant {
  host(operation: string, args: string): string;
  mustStop(): boolean;
}

export interface Cell {
  readonly runtime: QuickJSRuntime;
  readonly context: QuickJSContext;
  readonly guest: Guest;
  /** Null between runs. */
  tenant: Tenant | null;
  restore(image: Image): void;
  image(): Image;
  /** End of the heap above that of `image`. */
  heapBytes(image: Image): number;
  /** False when the memory grew: not worth wiping. */
  isReusable(): boolean;
}

interface First {
  readonly image: Image;
  readonly call: QuickJSHandle['value'];
  readonly guest: Guest;
}

export type PreludeFiles = Readonly<Record<string, string>>;

export class Engine {
  readonly #wasm: WebAssembly.Module;
  readonly #prelude: PreludeFiles;
  readonly #pagesMax: number;
  #layout: Layout | null = null;
  /** What is known of the first cell, of which all others are copies. */
  #first: First | null = null;
  readonly #idle: Cell[] = [];

  /** `heapBytesMax`: beyond it no memory can grow, whatever a script finds in the engine. */
  constructor(wasm: WebAssembly.Module, prelude: PreludeFiles, heapBytesMax: number) {
    this.#wasm = wasm;
    this.#prelude = prelude;
    this.#pagesMax = Math.ceil(Math.max(FIRST_BYTES, heapBytesMax + OWN_BYTES) / PAGE);
  }

  /** The image of a runtime that has seen no script. */
  get base(): Image {
    if (this.#first === null) throw new Error('the engine is not open');
    return this.#first.image;
  }

  async open(cells: number): Promise<void> {
    this.#layout = findLayout(await instance(this.#wasm, this.#pagesMax));
    for (let made = 0; made < cells; made += 1) this.#idle.push(await this.#make());
  }

  async take(): Promise<Cell> {
    return this.#idle.pop() ?? (await this.#make());
  }

  /** Wipes it for the next one: whatever the run left, credentials too, is gone. */
  giveBack(cell: Cell, idleMax: number): void {
    cell.tenant = null;
    if (!cell.isReusable() || this.#idle.length >= idleMax) return;
    cell.restore(this.base);
    this.#idle.push(cell);
  }

  #moduleText(name: string): string | { error: Error } {
    const text = name.startsWith(PRELUDE) ? this.#prelude[name.slice(PRELUDE.length)] : undefined;
    return text ?? { error: new Error(`cannot import ${name.slice(REFUSED.length, 100)}`) };
  }

  async #make(): Promise<Cell> {
    const { memory, runtime, context } = await instance(this.#wasm, this.#pagesMax);
    const made: Made = { memory, layout: this.#layout!, runtime, context, tenant: null };
    let isBoot = this.#first === null;
    runtime.setInterruptHandler(() => made.tenant?.mustStop() ?? false);
    runtime.setModuleLoader(
      (name) => this.#moduleText(name),
      (from, name) => resolved(from, name, isBoot),
    );
    // Stays held: if a script dropped the last reference to it, its entry on this side would go with it.
    const call = context.newFunction('host', (operation, args) => {
      const answer = made.tenant?.host(context.getString(operation), context.getString(args));
      return context.newString(answer ?? '!no run');
    });
    if (this.#first === null) {
      const guest = evaluatePrelude(context, this.#prelude, call);
      isBoot = false;
      const cell = cellOf(made, guest);
      this.#first = { image: cell.image(), call: call.value, guest };
      return cell;
    }
    // Images are moved between cells, so their objects must lie at the same addresses in each.
    if (call.value !== this.#first.call) throw new Error('two new runtimes are not alike');
    const cell = cellOf(
      made,
      guestOf(
        (name) => new StaticLifetime(this.#first!.guest[name].value, runtime) as QuickJSHandle,
      ),
    );
    cell.restore(this.#first.image);
    return cell;
  }
}

const PRELUDE = 'prelude:';
const REFUSED = 'refused:';
/** What a script may import (connxt.md 9.1). */
const MODULES = [
  { named: /^switchyard:sdk$/, file: './kit.ts' },
  { named: /^jsr:@std\/crypto(@[\w.^~-]+)?$/, file: './std-crypto.ts' },
];

/** A script must not reach the prelude's own modules, which are loaded already: all of those have other names here. */
function resolved(from: string, name: string, isBoot: boolean): string {
  if (isBoot || from.startsWith(PRELUDE)) return `${PRELUDE}${name}`;
  const module = MODULES.find(({ named }) => named.test(name));
  return module ? `${PRELUDE}${module.file}` : `${REFUSED}${name}`;
}

interface Made {
  readonly memory: WebAssembly.Memory;
  readonly layout: Layout;
  readonly runtime: QuickJSRuntime;
  readonly context: QuickJSContext;
  tenant: Tenant | null;
}

type Instance = Awaited<ReturnType<typeof instance>>;

async function instance(wasm: WebAssembly.Module, maximum: number) {
  const memory = new WebAssembly.Memory({ initial: FIRST_BYTES / PAGE, maximum });
  const module = await newQuickJSWASMModuleFromVariant(
    newVariant(variant, { wasmModule: wasm, wasmMemory: memory }),
  );
  setClock(0); // a new context draws a number from the time, and all have to be alike
  const runtime = module.newRuntime();
  const context = runtime.newContext({ intrinsics: { ...DefaultIntrinsics, Proxy: false } });
  return { memory, runtime, context };
}

function evaluatePrelude(context: QuickJSContext, files: PreludeFiles, call: QuickJSHandle): Guest {
  const module = context.unwrapResult(
    context.evalCode(files['./main.ts'] ?? '', 'main', { type: 'module' }),
  );
  const prelude = context.getProp(module, 'default');
  const guest = context.unwrapResult(context.callFunction(prelude, context.undefined, call));
  return guestOf((name) => context.getProp(guest, name));
}

function guestOf(member: (name: keyof Guest) => QuickJSHandle): Guest {
  return {
    load: member('load'),
    exports: member('exports'),
    start: member('start'),
    deliver: member('deliver'),
  };
}

function cellOf(made: Made, guest: Guest): Cell {
  const { memory, runtime, context, layout } = made;
  const bytes = () => new Uint8Array(memory.buffer);
  const heapEnd = () => new Uint32Array(memory.buffer, layout.breakAt, 1)[0]!;
  return {
    runtime,
    context,
    guest,
    get tenant() {
      return made.tenant;
    },
    set tenant(tenant) {
      made.tenant = tenant;
    },
    isReusable: () =>
      memory.buffer.byteLength === FIRST_BYTES && heapEnd() - layout.stackTop < WORTH_KEEPING_BYTES,
    heapBytes: (image) => Math.max(0, heapEnd() - layout.stackTop - image.high.length),
    image: () => ({
      low: bytes().slice(0, layout.stackBottom),
      high: bytes().slice(layout.stackTop, heapEnd()),
    }),
    restore(image) {
      const all = bytes();
      const end = heapEnd();
      all.set(image.low, 0);
      wipeStack(all, layout);
      all.set(image.high, layout.stackTop);
      const kept = layout.stackTop + image.high.length;
      if (end > kept) all.fill(0, kept, end);
    },
  };
}

const ZEROS = Buffer.alloc(STACK_GAP_BYTES);

/** From its top down, as far as it was used. */
function wipeStack(all: Uint8Array, { stackBottom, stackTop }: Layout): void {
  for (let end = stackTop; end > stackBottom; end -= STACK_GAP_BYTES) {
    const part = all.subarray(Math.max(stackBottom, end - STACK_GAP_BYTES), end);
    if (Buffer.compare(part, ZEROS.subarray(0, part.length)) === 0) return;
    part.fill(0);
  }
}

/**
 * Nothing says where the stack and the end of the heap are, so they are looked for: the stack is the largest stretch
 * of zeros in a new memory, and the end of the heap is the highest of the words that grow as the heap does.
 */
function findLayout({ memory, context }: Instance): Layout {
  const evaluate = (code: string): void => context.unwrapResult(context.evalCode(code)).dispose();
  evaluate('globalThis.held = [0]');
  const { from, to } = largestGap(new Uint32Array(memory.buffer));
  const variables = (): Uint32Array => new Uint32Array(memory.buffer, 0, from).slice();
  const before = variables();
  evaluate(`held.push(new ArrayBuffer(3 * ${MB}))`);
  const first = variables();
  evaluate(`held.push(new ArrayBuffer(5 * ${MB}))`);
  const second = variables();
  evaluate('held = null');
  const after = variables();
  const heapEnds = [...before.keys()]
    .filter((at) => before[at]! >= to * 4)
    .filter((at) => first[at]! - before[at]! >= 3 * MB && first[at]! - before[at]! < 4 * MB)
    .filter((at) => second[at]! - first[at]! >= 5 * MB && after[at]! >= second[at]!)
    .sort((a, b) => before[b]! - before[a]!);
  const [breakAt] = heapEnds;
  if (breakAt === undefined)
    throw new Error('the memory of the engine is not laid out as expected');
  return { stackBottom: from * 4 + ZERO_VARIABLES_BYTES, stackTop: to * 4, breakAt: breakAt * 4 };
}

/** In words. The lower end is rounded up and the upper one down, to whole 64 bytes. */
function largestGap(words: Uint32Array): { from: number; to: number } {
  let best = { from: 0, to: 0 };
  let start = -1;
  for (let at = 0; at < words.length; at += 1) {
    if (words[at] === 0) {
      if (start < 0) start = at;
      else if (at - start > GAP_WORDS_MAX) break;
    } else if (start >= 0) {
      if (at - start > best.to - best.from) best = { from: start, to: at };
      start = -1;
    }
  }
  return { from: (best.from + 15) & ~15, to: best.to & ~15 };
}
