// Inside the sandbox: what web platforms have and the engine has not (script-sandbox.md 5.6). No timers, no network.
import { encodeForm, formPairs } from './form.ts';
import { ask, binary, bytesOf, fromBinary } from './host.ts';
import { encoding, logger } from './sdk.ts';

class Encoder {
  readonly encoding = 'utf-8';
  encode(text = ''): Uint8Array {
    return encoding.utf8.encode(`${text}`);
  }
}

class Decoder {
  readonly encoding = 'utf-8';
  constructor(label = 'utf-8') {
    if (!/^utf-?8$/i.test(label)) throw new RangeError('only UTF-8 is known here');
  }
  decode(bytes?: ArrayBuffer | Uint8Array): string {
    return bytes === undefined ? '' : ask('utf8.decode', binary(bytesOf(bytes, 'bytes')));
  }
}

class SearchParams {
  #pairs: [string, string][];
  readonly #changed: (() => void) | null;

  constructor(
    init: string | Record<string, unknown> | Iterable<[string, unknown]> = '',
    changed: (() => void) | null = null,
  ) {
    this.#changed = changed;
    if (typeof init === 'string') this.#pairs = formPairs(init.replace(/^\?/, ''));
    else {
      const entries = Symbol.iterator in init ? [...init] : Object.entries(init);
      this.#pairs = entries.map(([name, value]) => [`${name}`, `${value}`]);
    }
  }

  get size(): number {
    return this.#pairs.length;
  }
  get(name: string): string | null {
    return this.#pairs.find(([one]) => one === name)?.[1] ?? null;
  }
  getAll(name: string): string[] {
    return this.#pairs.filter(([one]) => one === name).map(([, value]) => value);
  }
  has(name: string): boolean {
    return this.#pairs.some(([one]) => one === name);
  }
  append(name: string, value: unknown): void {
    this.#pairs.push([`${name}`, `${value}`]);
    this.#changed?.();
  }
  set(name: string, value: unknown): void {
    const at = this.#pairs.findIndex(([one]) => one === name);
    const rest = this.#pairs.filter(([one], index) => one !== name || index === at);
    if (at < 0) rest.push([`${name}`, `${value}`]);
    else rest[at] = [`${name}`, `${value}`];
    this.#pairs = rest;
    this.#changed?.();
  }
  delete(name: string): void {
    this.#pairs = this.#pairs.filter(([one]) => one !== name);
    this.#changed?.();
  }
  sort(): void {
    this.#pairs.sort(([a], [b]) => (a < b ? -1 : Number(a > b)));
    this.#changed?.();
  }
  forEach(visit: (value: string, name: string, all: SearchParams) => void): void {
    for (const [name, value] of this.#pairs) visit(value, name, this);
  }
  *entries(): IterableIterator<[string, string]> {
    for (const [name, value] of this.#pairs) yield [name, value];
  }
  *keys(): IterableIterator<string> {
    for (const [name] of this.#pairs) yield name;
  }
  *values(): IterableIterator<string> {
    for (const [, value] of this.#pairs) yield value;
  }
  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries();
  }
  toString(): string {
    return this.#pairs.map(([name, value]) => encodeForm({ [name]: value }, '+')).join('&');
  }
}

const PARTS = [
  'href',
  'protocol',
  'username',
  'password',
  'host',
  'hostname',
  'port',
  'pathname',
  'search',
  'hash',
] as const;
type Part = (typeof PARTS)[number];
type Parts = Record<Part | 'origin', string>;

/** The host's parser reads it; here are only the parts. */
class Address {
  #parts: Parts;
  readonly searchParams: SearchParams;

  constructor(text: unknown, base?: unknown) {
    this.#parts = ask<Parts>('url', `${text}`, base === undefined ? null : `${base}`, null, '');
    this.searchParams = new SearchParams(this.#parts.search, () =>
      this.change('search', this.searchParams.toString()),
    );
  }
  static canParse(text: unknown, base?: unknown): boolean {
    try {
      return new Address(text, base) instanceof Address;
    } catch {
      return false;
    }
  }
  get origin(): string {
    return this.#parts.origin;
  }
  part(name: Part): string {
    return this.#parts[name];
  }
  change(name: Part, value: string): void {
    this.#parts = ask<Parts>('url', this.#parts.href, null, name, `${value}`);
  }
  toString(): string {
    return this.#parts.href;
  }
  toJSON(): string {
    return this.#parts.href;
  }
}
for (const name of PARTS) {
  Object.defineProperty(Address.prototype, name, {
    configurable: true,
    enumerable: true,
    get(this: Address) {
      return this.part(name);
    },
    set(this: Address, value: string) {
      this.change(name, value);
    },
  });
}

/** Of plain data: what JSON knows, and also undefined, bytes, dates, maps, sets and references in circles. */
function clone(value: unknown, seen = new Map<object, unknown>()): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') {
    throw new TypeError(`a ${typeof value} cannot be cloned`);
  }
  if (typeof value !== 'object' || value === null) return value;
  if (seen.has(value)) return seen.get(value);
  const keep = <T extends object>(copy: T): T => {
    seen.set(value, copy);
    return copy;
  };
  if (value instanceof Date) return keep(new Date(value.getTime()));
  if (value instanceof ArrayBuffer) return keep(value.slice(0));
  if (ArrayBuffer.isView(value)) return keep(fromBinary(binary(bytesOf(value, 'view'))));
  if (value instanceof Map) {
    const copy = keep(new Map());
    for (const [key, inner] of value) copy.set(clone(key, seen), clone(inner, seen));
    return copy;
  }
  if (value instanceof Set) {
    const copy = keep(new Set());
    for (const inner of value) copy.add(clone(inner, seen));
    return copy;
  }
  const copy: Record<string, unknown> = keep(Array.isArray(value) ? ([] as never) : {});
  for (const [name, inner] of Object.entries(value)) copy[name] = clone(inner, seen);
  return copy;
}

/** A generator whose seed the host gives at the first draw (script-sandbox.md SB-40): xoshiro128**. */
let state: Uint32Array | null = null;
function random(): number {
  state ??= Uint32Array.from(ask<number[]>('seed'));
  const [a = 0, b = 0, c = 0, d = 0] = state;
  const rotate = (value: number, by: number) => (value << by) | (value >>> (32 - by));
  const drawn = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
  const third = c ^ a;
  const fourth = d ^ b;
  state.set([a ^ fourth, b ^ third, third ^ (b << 9), rotate(fourth, 11)]);
  return drawn / 2 ** 32;
}

export function provideGlobals(): void {
  const globals: Readonly<Record<string, unknown>> = {
    console: Object.freeze({ ...logger, trace: logger.debug }),
    TextEncoder: Encoder,
    TextDecoder: Decoder,
    URL: Address,
    URLSearchParams: SearchParams,
    structuredClone: (value: unknown) => clone(value),
    btoa: (text: unknown) => encoding.base64.encode(`${text}`),
    atob: (text: unknown) => encoding.base64.decode(`${text}`),
  };
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
  Object.defineProperty(Math, 'random', { value: random, configurable: true, writable: true });
  for (const name of ['SharedArrayBuffer', 'Atomics', 'WebAssembly', 'Proxy']) {
    Reflect.deleteProperty(globalThis, name);
  }
}
