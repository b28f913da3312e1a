import { describe, expect, it } from 'vitest';
import type { Context } from '../flows/context.ts';
import type { Queue } from '../flows/sync/work-due.ts';
import { startWorker } from './worker.ts';

const log = { info: () => {}, warn: () => {}, error: () => {} };
const context = { log, db: {} } as unknown as Context;

/** A queue whose items end when the test says so. */
function heldQueue(name: string, slots: number, items: number) {
  const ends: (() => void)[] = [];
  const limits: number[] = [];
  let left = items;
  const queue: Queue = {
    name,
    slots,
    begin: async (_context, limit) => {
      limits.push(limit);
      const taken = Math.min(limit, left);
      left -= taken;
      return Array.from({ length: taken }, () => new Promise<void>((end) => ends.push(end)));
    },
  };
  return { queue, limits, ends, begun: () => items - left };
}

describe('the worker', () => {
  it('works on as many items as there are slots, and takes the next as soon as one ends', async () => {
    const held = heldQueue('a', 3, 5);
    const worker = startWorker(context, [held.queue]);
    await expect.poll(held.begun).toBe(3);
    held.ends[0]?.();
    await expect.poll(held.begun).toBe(4);
    held.ends[1]?.();
    held.ends[2]?.();
    await expect.poll(held.begun).toBe(5);
    for (const end of held.ends) end();
    await worker.stop();
  });

  it('lets no queue wait for another', async () => {
    const [stuck, free] = [heldQueue('stuck', 1, 9), heldQueue('free', 1, 2)];
    const worker = startWorker(context, [stuck.queue, free.queue]);
    await expect.poll(free.begun).toBe(1);
    free.ends[0]?.();
    await expect.poll(free.begun).toBe(2);
    expect(stuck.begun()).toBe(1);
    for (const end of [...free.ends, ...stuck.ends]) end();
    await worker.stop();
  });

  it('outlives a database that is away', async () => {
    let tries = 0;
    const queue: Queue = {
      name: 'a',
      slots: 1,
      begin: async () => {
        tries += 1;
        throw new Error('gone');
      },
    };
    const worker = startWorker(context, [queue]);
    await expect.poll(() => tries).toBe(1);
    worker.wake();
    await expect.poll(() => tries).toBe(2);
    await worker.stop();
  });

  it('ends with the items under way', async () => {
    const held = heldQueue('a', 1, 1);
    const worker = startWorker(context, [held.queue]);
    await expect.poll(held.begun).toBe(1);
    let stopped = false;
    const stopping = worker.stop().then(() => {
      stopped = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(stopped).toBe(false);
    held.ends[0]?.();
    await stopping;
  });
});
