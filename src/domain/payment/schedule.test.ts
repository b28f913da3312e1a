import { describe, expect, it } from 'vitest';
import { DAY_MS, T0 } from '../../../test/records.ts';
import { nextAuthorizedSyncAt, nextSyncAt, settledSyncAt } from './schedule.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** reliability.md F7. */
const F7 = [
  10 * SECOND,
  30 * SECOND,
  2 * MINUTE,
  10 * MINUTE,
  HOUR,
  6 * HOUR,
  ...Array.from({ length: 5 }, () => DAY_MS),
];

function waits(status: Parameters<typeof nextSyncAt>[1], own: readonly number[] | null = null) {
  const found: number[] = [];
  for (let count = 0; ; count += 1) {
    const at = nextSyncAt(count, status, T0, own);
    if (at === null) return found;
    found.push(at - T0);
  }
}

describe('the schedule of questions', () => {
  it.each(['pending', 'requires_action'] as const)(
    'of %s is that of F7, then an operator',
    (status) => {
      expect(waits(status)).toEqual(F7);
    },
  );

  it('of an unknown outcome begins within five seconds, then follows F7', () => {
    const [first, ...rest] = waits('unknown');
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThanOrEqual(5 * SECOND);
    expect(rest).toEqual(F7);
  });

  it("of a connector's own is asked first, and ends no sooner than ours", () => {
    expect(waits('pending', [300])).toEqual([
      5 * MINUTE,
      10 * MINUTE,
      HOUR,
      6 * HOUR,
      ...Array.from({ length: 5 }, () => DAY_MS),
    ]);
    expect(waits('pending', [])).toEqual(F7);
    expect(waits('unknown', [60])[0]).toBeLessThanOrEqual(5 * SECOND);
  });

  it('of an authorisation is daily and ends', () => {
    expect(nextAuthorizedSyncAt(0, T0)).toBe(T0 + DAY_MS);
    expect(nextAuthorizedSyncAt(31, T0)).toBe(T0 + DAY_MS);
    expect(nextAuthorizedSyncAt(1_000, T0)).toBeNull();
  });
});

describe('what is settled', () => {
  const answer = { nowMs: T0, asked: true, scheduleS: null, silent: false, present: true };
  const doubted = { wasSettled: true, syncCount: 0, nextSyncAt: T0 };

  it('is not asked about', () => {
    expect(settledSyncAt({ ...doubted, nextSyncAt: null }, 1, answer)).toBeNull();
    expect(settledSyncAt({ ...doubted, wasSettled: false }, 1, answer)).toBeNull();
  });

  it('but doubted, is asked about until the PSP answers', () => {
    expect(settledSyncAt(doubted, 1, answer)).toBeNull();
    expect(settledSyncAt(doubted, 1, { ...answer, silent: true })).toBe(T0 + 10 * SECOND);
    expect(settledSyncAt(doubted, 1, { ...answer, present: false })).toBe(T0);
    expect(settledSyncAt(doubted, 0, { ...answer, asked: false, silent: true })).toBe(T0);
  });

  it('is not asked about for ever', () => {
    expect(settledSyncAt(doubted, 12, { ...answer, silent: true })).toBeNull();
  });
});
