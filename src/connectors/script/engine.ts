// Inside a slot's thread: QuickJS in WebAssembly, one instance with a linear memory of its own for every run in flight.
// Once the prelude stands, the memory is copied; before each run the copy is put back, so that a run begins with
// exactly the bytes of a fresh runtime, at a fraction of the time that making one takes (ADR 11).
import release from '@jitl/quickjs-wasmfile-release-sync';
import {
  DefaultIntrinsics,
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSRuntime,
  type QuickJSSyncVariant,
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

export type PreludeFiles = Readonly<Record<string, string>>;

export class Engine {
  readonly #wasm: WebAssembly.Module;
  readonly #prelude: PreludeFiles;
  readonly #pagesMax: number;
  #layout: Layout | null = null;
  #base: Image | null = null;
  readonly #idle: Cell[] = [];

  /** `heapBytesMax`: beyond it no memory can grow, whatever a script finds in the engine. */
  constructor(wasm: WebAssembly.Module, prelude: PreludeFiles, heapBytesMax: number) {
    this.#wasm = wasm;
    this.#prelude = prelude;
    this.#pagesMax = Math.ceil(Math.max(FIRST_BYTES, heapBytesMax + OWN_BYTES) / PAGE);
  }

  /** The image of a runtime that has seen no script. */
  get base(): Image {
    if (this.#base === null) throw new Error('the engine is not open');
    return this.#base;
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
    const layout = this.#layout!;
    const made: Made = { memory, layout, runtime, context, tenant: null, guest: null };
    runtime.setInterruptHandler(() => made.tenant?.mustStop() ?? false);
    runtime.setModuleLoader(
      (name) => this.#moduleText(name),
      (from, name) => resolved(from, name, made.guest === null),
    );
    made.guest = evaluatePrelude(context, this.#prelude, (operation, args) =>
      made.tenant === null ? '!no run' : made.tenant.host(operation, args),
    );
    const cell = cellOf(made, made.guest);
    const image = cell.image();
    this.#base ??= image;
    // Images are moved between cells, so their objects must lie at the same addresses in each.
    if (!equal(image, this.#base)) throw new Error('two new runtimes are not alike');
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
  guest: Guest | null;
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

function evaluatePrelude(
  context: QuickJSContext,
  files: PreludeFiles,
  host: (operation: string, args: string) => string,
): Guest {
  const module = context.unwrapResult(
    context.evalCode(files['./main.ts'] ?? '', 'main', { type: 'module' }),
  );
  const call = context.newFunction('host', (operation, args) =>
    context.newString(host(context.getString(operation), context.getString(args))),
  );
  const prelude = context.getProp(module, 'default');
  const guest = context.unwrapResult(context.callFunction(prelude, context.undefined, call));
  const member = (name: string) => context.getProp(guest, name);
  // `call` stays held: if the last reference were dropped by a script, its entry on this side would go with it.
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

/** From its top down, as far as it was used. */
function wipeStack(all: Uint8Array, { stackBottom, stackTop }: Layout): void {
  let end = stackTop;
  while (end > stackBottom) {
    const start = Math.max(stackBottom, end - STACK_GAP_BYTES);
    const words = new BigUint64Array(all.buffer, start, (end - start) >> 3);
    if (words.every((word) => word === 0n)) return;
    words.fill(0n);
    end = start;
  }
}

function equal(a: Image, b: Image): boolean {
  return Buffer.compare(a.low, b.low) === 0 && Buffer.compare(a.high, b.high) === 0;
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
