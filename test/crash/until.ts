// Waiting by looking: nothing in these tests takes a time for granted.
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 20;

/** The first answer of `look` that is neither null nor false; throws what is awaited when `withinMs` have passed. */
export async function until<T>(
  what: string,
  withinMs: number,
  look: () => Promise<T | null | false> | T | null | false,
  everyMs = LOOK_EVERY_MS,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (seen !== null && seen !== false) return seen;
    if (Date.now() >= deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await sleep(everyMs);
  }
}
