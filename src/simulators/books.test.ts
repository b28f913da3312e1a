import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openBooks } from './books.ts';

const dir = mkdtempSync(join(tmpdir(), 'books-'));
afterAll(() => rmSync(dir, { recursive: true }));

describe('books', () => {
  it('keeps keys apart and the last write of an object', () => {
    const things = openBooks(null, 'a').collection<{ n: number }>('things');
    things.put('k1', 1, { n: 1 });
    things.put('k2', 1, { n: 9 });
    things.put('k1', 1, { n: 2 });
    expect(things.list('k1')).toEqual([{ n: 2 }]);
    expect([...things.all()]).toEqual([
      ['k1', { n: 2 }],
      ['k2', { n: 9 }],
    ]);
  });

  it('comes back after a crash that tore the last line off, and goes on writing', () => {
    const before = openBooks(join(dir, 'sub'), 'torn');
    const path = join(dir, 'sub', 'torn.jsonl');
    before.collection<{ n: number }>('things').put('k', 'a', { n: 1 });
    expect(before.next('id', 100)).toBe(100);
    appendFileSync(path, '["k","things","b",{"n"');

    const after = openBooks(join(dir, 'sub'), 'torn');
    after.collection<{ n: number }>('things').put('k', 'c', { n: 3 });
    expect(after.next('id', 100)).toBe(101);

    const again = openBooks(join(dir, 'sub'), 'torn');
    expect(again.collection<{ n: number }>('things').list('k')).toEqual([{ n: 1 }, { n: 3 }]);
    expect(statSync(path).mode & 0o077).toBe(0);
  });

  it('keeps all or nothing of what is written atomically', () => {
    const before = openBooks(dir, 'atomic');
    const things = before.collection<{ n: number }>('things');
    const failing = () =>
      before.atomically(() => {
        things.put('k', 'a', { n: 1 });
        before.atomically(() => things.put('k', 'b', { n: 2 }));
        throw new Error('after the writes');
      });
    expect(failing).toThrow();
    things.put('k', 'c', { n: 3 });
    const path = join(dir, 'atomic.jsonl');
    expect(openBooks(dir, 'atomic').collection('things').list('k')).toHaveLength(3);

    const [first = ''] = readFileSync(path, 'utf8').split('\n');
    writeFileSync(path, first.slice(0, -5));
    expect(openBooks(dir, 'atomic').collection('things').list('k')).toEqual([]);
  });

  it('forgets removed objects, also after a restart', () => {
    const things = openBooks(dir, 'gone').collection<{ n: number }>('things');
    things.put('k', 'a', { n: 1 });
    things.remove('k', 'a');
    expect(openBooks(dir, 'gone').collection('things').list('k')).toEqual([]);
  });

  it('reads a journal of many chunks, lines across their borders included', () => {
    const things = openBooks(dir, 'big').collection<{ text: string }>('things');
    const text = 'é'.repeat(1_500_000); // 3 MB of two-byte characters
    for (let n = 0; n < 12; n++) things.put('k', n, { text: `${n}${text}` });
    const again = openBooks(dir, 'big').collection<{ text: string }>('things').list('k');
    expect(again.map((thing) => thing.text === `${again.indexOf(thing)}${text}`)).toEqual(
      Array.from({ length: 12 }, () => true),
    );
  });

  it('writes a long journal of few objects anew', () => {
    const books = openBooks(dir, 'long');
    for (let n = 0; n <= 10_000; n++)
      books.collection<{ n: number }>('things').put('k', 'a', { n });
    const again = openBooks(dir, 'long');
    expect(again.collection('things').list('k')).toEqual([{ n: 10_000 }]);
    expect(readFileSync(join(dir, 'long.jsonl'), 'utf8').split('\n')).toHaveLength(2);
  });
});
