import { describe, expect, it } from 'vitest';
import { DatabaseClock } from './database-clock.ts';

const NOON = 1_800_000_000_000;
const HOUR = 3_600_000;

/** A database with a clock of its own, `takes` milliseconds away. */
async function opened() {
  const world = { passedMs: 5_000, aheadMs: 0, takesMs: 0 };
  const ask = async () => {
    world.passedMs += world.takesMs;
    const saysMs = NOON + world.passedMs + world.aheadMs;
    world.passedMs += world.takesMs;
    return saysMs;
  };
  const clock = await DatabaseClock.open(ask, () => world.passedMs);
  const trueMs = () => NOON + world.passedMs;
  /** Looks every five seconds. */
  const pass = async (ms: number) => {
    const reports = [];
    for (const endMs = world.passedMs + ms; world.passedMs < endMs; ) {
      world.passedMs += 5_000;
      reports.push(await clock.follow());
    }
    return reports.filter((one) => one !== null);
  };
  return { world, clock, trueMs, pass };
}

describe('the time of a process', () => {
  it("is the database's, and goes on between two looks", async () => {
    const { world, clock, trueMs } = await opened();
    expect(clock.nowMs()).toBe(trueMs());
    world.passedMs += 12_345;
    expect(clock.nowMs()).toBe(trueMs());
  });

  it('follows a clock that drifts or is slewed', async () => {
    const { world, clock, trueMs, pass } = await opened();
    for (let step = 0; step < 100; step += 1) {
      world.aheadMs += 50;
      expect(await pass(5_000)).toEqual([]);
    }
    expect(clock.nowMs()).toBe(trueMs() + 5_000);
  });

  it.each([HOUR, -HOUR])('does not follow a step of %i ms that is taken back', async (stepMs) => {
    const { world, clock, trueMs, pass } = await opened();
    world.aheadMs = stepMs;
    expect(await pass(25_000)).toEqual([{ kind: 'seen', byMs: stepMs }]);
    expect(clock.nowMs()).toBe(trueMs());
    world.aheadMs = 0;
    expect(await pass(60_000)).toEqual([{ kind: 'gone', byMs: stepMs }]);
    expect(clock.nowMs()).toBe(trueMs());
  });

  it.each([HOUR, -HOUR])('follows a step of %i ms that lasts', async (stepMs) => {
    const { world, clock, trueMs, pass } = await opened();
    world.aheadMs = stepMs;
    const reports = await pass(60_000);
    expect(reports.map(({ kind }) => kind)).toEqual(['seen', 'followed']);
    expect(clock.nowMs()).toBe(trueMs() + stepMs);
  });

  it('believes no answer more than the time that it took allows', async () => {
    const { world, clock, trueMs, pass } = await opened();
    world.takesMs = 4_000;
    world.aheadMs = 3_900;
    expect(await pass(60_000)).toEqual([]);
    expect(Math.abs(clock.nowMs() - trueMs())).toBeLessThanOrEqual(3_900);
  });
});
