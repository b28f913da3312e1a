// Child processes of a benchmark: started with a way to talk, and gone when it ends, however it ends.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { ended, watched } from './leftovers.ts';

export interface Child<Order, Word> {
  /** Sends an order and waits for the next word. */
  ask(order: Order, withinMs: number): Promise<Word>;
  /** The first word, which it says without being asked. */
  readonly first: Promise<Word>;
  stop(): Promise<void>;
}

/** `name`: a file of bench/children. It ends by itself when its parent is gone. */
export function startChild<Order, Word>(name: string, ...words: string[]): Child<Order, Word> {
  const path = fileURLToPath(new URL(`./children/${name}.ts`, import.meta.url));
  const child = watched(fork(path, words, { serialization: 'advanced', stdio: 'inherit' }));
  const first = wordOf<Word>(child, 60_000);
  first.catch(() => {}); // it may be of no interest to anybody
  return {
    first,
    ask: async (order, withinMs) => {
      const word = wordOf<Word>(child, withinMs);
      child.send(order as object);
      return word;
    },
    stop: () => ended(child, 'SIGKILL'),
  };
}

async function wordOf<Word>(child: ChildProcess, withinMs: number): Promise<Word> {
  const listening = new AbortController();
  const signal = AbortSignal.any([listening.signal, AbortSignal.timeout(withinMs)]);
  const said = once(child, 'message', { signal }).then(([word]) => word as Word);
  const gone = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`${child.spawnargs.slice(1).join(' ')} ended with ${code}`);
  });
  try {
    return await Promise.race([said, gone]);
  } finally {
    for (const other of [said, gone]) other.catch(() => {}); // the one that lost
    listening.abort();
  }
}
