import { describe, expect, it } from 'vitest';
import { Together, TooManyWaiting } from './together.ts';

/** Batches as they were run; each ends when the test says so. */
function recorder(fail: (items: readonly string[]) => boolean = () => false) {
  const batches: (readonly string[])[] = [];
  const ends: (() => void)[] = [];
  const run = async (items: readonly string[]) => {
    batches.push(items);
    await new Promise<void>((resolve) => ends.push(resolve));
    if (fail(items)) throw new Error(`bad: ${items.join()}`);
    return items.map((item) => `${item}!`);
  };
  return { batches, run, endAll: () => ends.splice(0).forEach((end) => void end()) };
}

const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
const limits = { batchesMax: 1, itemsMax: 3, waitingMax: 5 };

describe('Together', () => {
  it('sends what arrives in one turn as one batch, and answers each with its own result', async () => {
    const { batches, run, endAll } = recorder();
    const together = new Together(run, (item) => item, limits);
    const answers = Promise.all([together.add('a'), together.add('b')]);
    await turn();
    endAll();
    expect(await answers).toEqual(['a!', 'b!']);
    expect(batches).toEqual([['a', 'b']]);
  });

  it('gathers what arrives while a batch is under way, at most itemsMax a batch', async () => {
    const { batches, run, endAll } = recorder();
    const together = new Together(run, (item) => item, limits);
    const first = together.add('a');
    await turn();
    const rest = ['b', 'c', 'd', 'e'].map((item) => together.add(item));
    endAll();
    await first;
    await turn();
    endAll();
    await turn();
    endAll();
    await Promise.all(rest);
    expect(batches).toEqual([['a'], ['b', 'c', 'd'], ['e']]);
  });

  it('never puts two items with one key into one batch, and keeps their order', async () => {
    const { batches, run, endAll } = recorder();
    const together = new Together(run, (item) => item[0] ?? '', limits);
    const answers = Promise.all(['a1', 'a2', 'b1', 'a3'].map((item) => together.add(item)));
    for (let i = 0; i < 3; i += 1) {
      await turn();
      endAll();
    }
    await answers;
    expect(batches).toEqual([['a1', 'b1'], ['a2'], ['a3']]);
  });

  it('puts items without a key into one batch, equal ones too', async () => {
    const { batches, run, endAll } = recorder();
    const together = new Together(run, () => null, limits);
    const answers = Promise.all(['a', 'a', 'b'].map((item) => together.add(item)));
    await turn();
    endAll();
    expect(await answers).toEqual(['a!', 'a!', 'b!']);
    expect(batches).toEqual([['a', 'a', 'b']]);
  });

  it('tries the items of a failed batch one by one, so that a bad one fails alone', async () => {
    const { batches, run, endAll } = recorder((items) => items.includes('bad'));
    const together = new Together(run, (item) => item, limits);
    const answers = Promise.allSettled(['a', 'bad', 'b'].map((item) => together.add(item)));
    await turn();
    endAll();
    await turn();
    endAll();
    const [a, bad, b] = await answers;
    expect(a).toMatchObject({ value: 'a!' });
    expect(bad).toMatchObject({ status: 'rejected' });
    expect(b).toMatchObject({ value: 'b!' });
    expect(batches).toHaveLength(4);
  });

  it('refuses more than waitingMax before anything of it is written', async () => {
    const { run, endAll, batches } = recorder();
    const together = new Together(run, (item) => item, limits);
    const first = together.add('0');
    await turn();
    const waiting = ['1', '2', '3', '4', '5'].map((item) => together.add(item));
    await expect(together.add('6')).rejects.toBeInstanceOf(TooManyWaiting);
    for (let i = 0; i < 3; i += 1) {
      endAll();
      await turn();
    }
    await Promise.all([first, ...waiting]);
    expect(batches.flat()).not.toContain('6');
  });
});
