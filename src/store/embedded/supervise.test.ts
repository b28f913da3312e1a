import { describe, expect, it, vi } from 'vitest';
import type { Guarded } from './guard.ts';
import { shutDown, supervise } from './supervise.ts';

interface Fake extends Guarded {
  readonly signals: NodeJS.Signals[];
  end(status: number): void;
}

/** A Postgres that ends when it is killed by the test or asked to shut down. */
function fake(pid: number, endsAt: NodeJS.Signals = 'SIGINT'): Fake {
  const { promise, resolve } = Promise.withResolvers<number>();
  const signals: NodeJS.Signals[] = [];
  return {
    pid,
    gone: promise,
    isGone: () => false,
    signals,
    signal(name) {
      signals.push(name);
      if (name === endsAt) resolve(0);
    },
    end: resolve,
  };
}

describe('supervising Postgres', () => {
  it('starts it again when it was killed, and says so in one line', async () => {
    const lines: string[] = [];
    const first = fake(1);
    const second = fake(2);
    const started = Promise.withResolvers<void>();
    const start = async () => {
      started.resolve();
      return second;
    };
    const supervised = supervise(first, start, (line) => lines.push(line));
    first.end(137);
    await started.promise;
    await supervised.stop();
    expect(second.signals).toEqual(['SIGINT']);
    expect(lines).toEqual(['Postgres (pid 1) ended unexpectedly (status 137); starting it again.']);
    expect(await supervised.exited).toEqual({ cause: 'stopped' });
  });

  it('gives up when it keeps ending', async () => {
    let starts = 0;
    const start = async () => {
      starts += 1;
      const next = fake(starts);
      next.end(1);
      return next;
    };
    const first = fake(0);
    first.end(1);
    const { exited } = supervise(first, start, () => undefined);
    expect(await exited).toEqual({
      cause: 'failed',
      reason: 'it ended 6 times within a minute',
    });
    expect(starts).toBe(5);
  });

  it('gives up with the reason when it cannot be started again', async () => {
    const first = fake(1);
    const supervised = supervise(
      first,
      () => Promise.reject(new Error('Postgres did not start: the disk is full.')),
      () => undefined,
    );
    first.end(1);
    expect(await supervised.exited).toEqual({
      cause: 'failed',
      reason: 'Postgres did not start: the disk is full.',
    });
    await supervised.stop();
  });

  it('waits for space when the disk is full, however often it ends, and starts it again then', async () => {
    vi.useFakeTimers();
    let full = true;
    const lines: string[] = [];
    const [first, second] = [fake(1), fake(2)];
    const start = () =>
      full ? Promise.reject(new Error('No space left on device.')) : Promise.resolve(second);
    const supervised = supervise(
      first,
      start,
      (line) => lines.push(line),
      () => full,
    );
    first.end(1);
    await vi.advanceTimersByTimeAsync(600_000);
    full = false;
    await vi.advanceTimersByTimeAsync(2_000);
    vi.useRealTimers();
    await supervised.stop();
    expect(second.signals).toEqual(['SIGINT']);
    expect(lines.slice(1)).toEqual([
      'The disk of the database is full; waiting for space. No space left on device.',
    ]);
  });

  it('stops while it waits for space', async () => {
    const first = fake(1);
    const begun = Promise.withResolvers<void>();
    const start = () => {
      begun.resolve();
      return Promise.reject(new Error('No space left on device.'));
    };
    const supervised = supervise(
      first,
      start,
      () => {},
      () => true,
    );
    first.end(1);
    await begun.promise;
    await supervised.stop();
    expect(await supervised.exited).toEqual({ cause: 'stopped' });
  });

  it('shuts down what was being started when it was told to stop', async () => {
    const first = fake(1);
    const second = fake(2);
    const begun = Promise.withResolvers<void>();
    const ready = Promise.withResolvers<Guarded>();
    const start = () => {
      begun.resolve();
      return ready.promise;
    };
    const supervised = supervise(first, start, () => undefined);
    first.end(137);
    await begun.promise;
    const stopped = supervised.stop();
    ready.resolve(second);
    await stopped;
    expect(second.signals).toEqual(['SIGINT']);
  });

  it('cuts a shutdown short that takes too long', async () => {
    vi.useFakeTimers();
    const lines: string[] = [];
    const stuck = fake(1, 'SIGKILL');
    const stopped = shutDown(stuck, (line) => lines.push(line));
    await vi.advanceTimersByTimeAsync(9_999);
    expect(stuck.signals).toEqual(['SIGINT']);
    await vi.advanceTimersByTimeAsync(1);
    expect(stuck.signals).toEqual(['SIGINT', 'SIGQUIT']);
    await vi.advanceTimersByTimeAsync(5_000);
    await stopped;
    expect(stuck.signals).toEqual(['SIGINT', 'SIGQUIT', 'SIGKILL']);
    expect(lines).toEqual(['Postgres takes too long to shut down; cutting it short.']);
    vi.useRealTimers();
  });

  it('signals once, however often it is told to stop', async () => {
    const first = fake(1);
    const supervised = supervise(
      first,
      () => Promise.resolve(fake(2)),
      () => undefined,
    );
    await Promise.all([supervised.stop(), supervised.stop()]);
    await supervised.stop();
    expect(first.signals).toEqual(['SIGINT']);
  });
});
