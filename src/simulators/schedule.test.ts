import { describe, expect, it } from 'vitest';
import { Books } from './books.ts';
import { Schedule } from './schedule.ts';
import { createVirtualTime } from './testing.ts';

function start(books = new Books(null), time = createVirtualTime()) {
  const done: string[] = [];
  const failures: string[] = [];
  const log = {
    info: () => {},
    warn: () => {},
    error: (_fields: object, message: string) => void failures.push(message),
  };
  const schedule = new Schedule(books, time.clock, time.timers, log);
  schedule.task('note', (key, subject) => void done.push(`${key} ${subject}`));
  schedule.task('break', () => {
    throw new Error('no');
  });
  return { schedule, done, failures, time };
}

describe('the schedule', () => {
  it('runs a plan once, at its time, also far beyond what a timer counts', async () => {
    const { schedule, done, time } = start();
    schedule.after(40 * 86_400_000, 'k', 'note', 'far');
    schedule.after(10, 'k', 'note', 'near');
    await time.advance(10);
    expect(done).toEqual(['k near']);
    await time.advance(40 * 86_400_000 - 11);
    expect(done).toEqual(['k near']);
    await time.advance(1);
    expect(done).toEqual(['k near', 'k far']);
  });

  it('does after a restart what was due meanwhile, and nothing twice', async () => {
    const books = new Books(null);
    const first = start(books);
    first.schedule.after(10, 'k', 'note', 'a');
    first.schedule.after(20, 'k', 'note', 'b');
    await first.time.advance(10);
    first.schedule.stop();

    const second = start(books, first.time);
    await first.time.advance(100);
    second.schedule.resume();
    await first.time.advance(0);
    expect([first.done, second.done]).toEqual([['k a'], ['k b']]);
  });

  it('survives a task that throws', async () => {
    const { schedule, done, failures, time } = start();
    schedule.after(1, 'k', 'break', 'x');
    schedule.after(2, 'k', 'note', 'x');
    await time.advance(5);
    expect([failures, done]).toEqual([['a plan of a simulator failed'], ['k x']]);
  });
});
