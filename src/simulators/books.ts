// A simulator's books: collections of plain objects, apart by key (the merchant's secret key at that PSP), in memory
// and in an append-only journal, so that they survive kill -9 of the server that mounts them.
// Objects are never changed in place: put a new one. Money in them is integers or digit strings, never a fraction.
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

/** One write: key, collection, id, value; value null removes. A journal line is one write, or a list of them. */
type Line = [key: string, collection: string, id: string, value: object | null];

/** Books of one key: collection -> id -> object, in order of first writing. */
type Shelf = Map<string, Map<string, object>>;

export class Collection<T extends object> {
  readonly #books: Books;
  readonly #name: string;

  constructor(books: Books, name: string) {
    this.#books = books;
    this.#name = name;
  }

  put(key: string, id: string | number, value: T): T {
    this.#books.write([key, this.#name, String(id), value]);
    return value;
  }

  remove(key: string, id: string | number): void {
    this.#books.write([key, this.#name, String(id), null]);
  }

  get(key: string, id: string | number): Readonly<T> | undefined {
    return this.#books.shelf(key)?.get(this.#name)?.get(String(id)) as T | undefined;
  }

  /** In order of creation. */
  list(key: string): Readonly<T>[] {
    return [...(this.#books.shelf(key)?.get(this.#name)?.values() ?? [])] as T[];
  }

  /** Over all keys; for public pages, whose visitor knows an id but no key. */
  *all(): Generator<readonly [key: string, value: Readonly<T>]> {
    for (const key of this.#books.keys()) for (const value of this.list(key)) yield [key, value];
  }
}

export class Books {
  readonly #shelves = new Map<string, Shelf>();
  #file: number | null = null;
  #together: Line[] | null = null;

  /** `path` null: in memory only. */
  constructor(path: string | null) {
    if (path === null) return;
    const writes = existsSync(path) ? this.#replay(path) : 0;
    if (writes > 10_000 && writes > 4 * this.#size()) this.#compact(path);
    this.#file = openSync(path, 'a', 0o600); // holds keys: for the owner only
  }

  collection<T extends object>(name: string): Collection<T> {
    return new Collection<T>(this, name);
  }

  /** The next number of a counter that all keys share, from `first` on. Never repeats, also after a restart. */
  next(counter: string, first = 1): number {
    const counters = this.collection<{ last: number }>('_counters');
    const value = (counters.get('', counter)?.last ?? first - 1) + 1;
    counters.put('', counter, { last: value });
    return value;
  }

  keys(): string[] {
    return [...this.#shelves.keys()].filter((key) => key !== '');
  }

  shelf(key: string): Shelf | undefined {
    return this.#shelves.get(key);
  }

  /** Everything under one key, by collection. */
  objects(key: string): Record<string, object[]> {
    const names = [...(this.#shelves.get(key) ?? [])].filter(([name]) => !name.startsWith('_'));
    return Object.fromEntries(names.map(([name, byId]) => [name, [...byId.values()]]));
  }

  /** All that `run` writes becomes one line of the journal: after kill -9 there is all of it, or nothing. */
  atomically<T>(run: () => T): T {
    if (this.#together !== null) return run();
    const together: Line[] = [];
    this.#together = together;
    try {
      return run();
    } finally {
      this.#together = null;
      if (together.length > 0) this.#append(together);
    }
  }

  write(line: Line): void {
    if (this.#together !== null) this.#together.push(line);
    else this.#append(line);
    this.#apply(line);
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
  }

  #append(entry: Line | Line[]): void {
    if (this.#file !== null) writeSync(this.#file, `${JSON.stringify(entry)}\n`);
  }

  #apply([key, collection, id, value]: Line): void {
    const shelf: Shelf = this.#shelves.get(key) ?? new Map();
    this.#shelves.set(key, shelf);
    const byId = shelf.get(collection) ?? new Map<string, object>();
    shelf.set(collection, byId);
    if (value === null) byId.delete(id);
    else byId.set(id, value);
  }

  /** Reads the journal; what a crash tore off at its end is cut away, so that the next line starts clean. */
  #replay(path: string): number {
    let writes = 0;
    let lines = 0;
    let end = 0;
    for (const bytes of linesOf(path)) {
      lines += 1;
      end += bytes.length + 1;
      for (const line of readLines(bytes.toString('utf8'), `${path}:${lines}`)) {
        this.#apply(line);
        writes += 1;
      }
    }
    if (end < statSync(path).size) truncateSync(path, end);
    return writes;
  }

  #compact(path: string): void {
    const file = openSync(`${path}.new`, 'w', 0o600);
    for (const [key, shelf] of this.#shelves)
      for (const [collection, byId] of shelf)
        for (const [id, value] of byId)
          writeSync(file, `${JSON.stringify([key, collection, id, value])}\n`);
    fsyncSync(file);
    closeSync(file);
    renameSync(`${path}.new`, path);
  }

  #size(): number {
    let count = 0;
    for (const shelf of this.#shelves.values())
      for (const byId of shelf.values()) count += byId.size;
    return count;
  }
}

const CHUNK_BYTES = 16 * 1024 * 1024;

/** Whole lines, without their end; a file of any size, in pieces. */
function* linesOf(path: string): Generator<Buffer> {
  const file = openSync(path, 'r');
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let rest: Buffer = Buffer.alloc(0);
  try {
    for (;;) {
      const read = readSync(file, chunk);
      if (read === 0) return;
      let start = 0;
      for (let end = chunk.indexOf(0x0a); end >= 0 && end < read; ) {
        yield Buffer.concat([rest, chunk.subarray(start, end)]);
        rest = Buffer.alloc(0);
        start = end + 1;
        end = chunk.indexOf(0x0a, start);
      }
      rest = Buffer.concat([rest, chunk.subarray(start, read)]);
    }
  } finally {
    closeSync(file);
  }
}

function readLines(text: string, place: string): Line[] {
  try {
    const entry = JSON.parse(text) as Line | Line[];
    return isList(entry) ? entry : [entry];
  } catch {
    throw new Error(
      `the journal of a simulator is damaged at ${place}: move it away to start anew`,
    );
  }
}

function isList(entry: Line | Line[]): entry is Line[] {
  return Array.isArray(entry[0]);
}

/** `<dir>/<provider>.jsonl`, the directory made when it is missing; in memory without a directory. */
export function openBooks(dir: string | null, provider: string): Books {
  if (dir === null) return new Books(null);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  return new Books(join(dir, `${provider}.jsonl`));
}
