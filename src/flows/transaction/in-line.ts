// Messages of one transaction are read one after the other (connxt.md 10.2). Whoever knows its address can send any number
// at once: they wait for each other here, and never take the sandbox's places from the merchant's payments.
import type { Context } from '../context.ts';
import { memory } from '../memory.ts';

interface Line {
  length: number;
  last: Promise<unknown>;
}

const lines = memory(() => new Map<string, Line>());

/** `full` at once when `longest` of them are being read or wait. */
export async function inLine<T>(
  { db }: Pick<Context, 'db'>,
  name: string,
  longest: number,
  work: () => Promise<T>,
  full: () => T | Promise<T>,
): Promise<T> {
  const all = lines(db);
  const line = all.get(name) ?? { length: 0, last: Promise.resolve() };
  if (line.length >= longest) return await full();
  all.set(name, line);
  line.length += 1;
  const mine = line.last.then(work);
  line.last = mine.catch(() => {});
  try {
    return await mine;
  } finally {
    line.length -= 1;
    if (line.length === 0) all.delete(name);
  }
}
