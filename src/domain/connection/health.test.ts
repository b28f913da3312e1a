import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DeclineCode, declines } from '../attempt/decline.ts';
import type { Outcome } from '../attempt/outcome.ts';
import {
  type HealthBucket,
  healthEffect,
  healthLimits,
  healthOf,
  letsThrough,
  noHealth,
} from './health.ts';

const now = 100 * 60_000;
const { probeIntervalMs, windowMs, failuresInARow } = healthLimits;

/** A bucket `minutesAgo` whose calls end with `row` failures in a row. */
function bucket(minutesAgo: number, succeeded: number, failed: number, row?: number): HealthBucket {
  const startMs = now - minutesAgo * 60_000;
  const failedInARow = row ?? (succeeded === 0 ? failed : 0);
  return { startMs, succeeded, failed, failedInARow, lastCallAtMs: startMs };
}

function declined(code: DeclineCode): Outcome {
  return { kind: 'declined', decline: { code, pspCode: null, message: '' } };
}

describe('healthEffect', () => {
  it.each<[string, Outcome, 'succeeded' | 'failed' | null]>([
    [
      'a success',
      { kind: 'succeeded', what: 'captured', amountMinor: 1n, currency: 'GHS' },
      'succeeded',
    ],
    ['a pending', { kind: 'pending' }, 'succeeded'],
    [
      'a redirect',
      { kind: 'requires_action', action: { type: 'redirect', url: 'x' } },
      'succeeded',
    ],
    ['a request that could not be sent', { kind: 'not_sent', reason: 'ECONNREFUSED' }, 'failed'],
    ['a lost reply', { kind: 'unknown', reason: 'deadline passed' }, 'failed'],
    ['a query for what is not there', { kind: 'unknown', reason: '', notFound: true }, null],
  ])('%s', (_, outcome, effect) => {
    expect(healthEffect(outcome)).toBe(effect);
  });

  it.each(Object.keys(declines) as DeclineCode[])(
    'a decline %s counts by whose fault it is',
    (code) => {
      expect(healthEffect(declined(code))).toBe(declines[code].pspFault ? 'failed' : 'succeeded');
    },
  );
});

describe('healthOf', () => {
  it('is unknown with score 1 when there were no calls', () => {
    expect(healthOf([], now)).toEqual(noHealth);
    expect(healthOf([bucket(32, 0, 9)], now)).toEqual(noHealth);
    expect(noHealth).toMatchObject({ score: 1, status: 'unknown', breaker: 'closed' });
  });

  it.each([
    [95, 5, 0.95, 'healthy', 0],
    [94, 6, 0.94, 'degraded', 1],
    [90, 10, 0.9, 'degraded', 1],
    [89, 11, 0.89, 'unhealthy', 2],
  ])('%d of 100 calls good, %d bad: %d, %s', (good, bad, score, status, tier) => {
    expect(healthOf([bucket(1, good, bad)], now)).toMatchObject({ score, status, tier });
  });

  it('adds up the buckets of the window and no others', () => {
    const buckets = [bucket(60, 0, 50), bucket(20, 5, 5), bucket(0, 10, 0), bucket(-9, 0, 50)];
    expect(healthOf(buckets, now).score).toBe(15 / 20);
  });

  it('does not let a handful of calls count in routing', () => {
    expect(healthOf([bucket(0, 0, 1)], now)).toMatchObject({ status: 'unhealthy', tier: 0 });
  });
});

function breaker(buckets: HealthBucket[], atMs = now) {
  return healthOf(buckets, atMs).breaker;
}

describe('the breaker', () => {
  it('opens after failures in a row, also across buckets', () => {
    expect(breaker([bucket(0, 0, failuresInARow)])).toBe('open');
    expect(breaker([bucket(2, 9, 3, 3), bucket(0, 0, 2)])).toBe('open');
    expect(breaker([bucket(2, 9, 3, 2), bucket(0, 0, 2)])).toBe('closed');
  });

  it('opens when half of the recent calls failed and the last did', () => {
    expect(breaker([bucket(0, 5, 5, 1)])).toBe('open');
    expect(breaker([bucket(0, 6, 5, 1)])).toBe('closed');
    expect(breaker([bucket(0, 4, 5, 1)])).toBe('closed');
    expect(breaker([bucket(6, 5, 5, 1)], now)).toBe('closed');
  });

  it('turns half-open when the interval has passed since the last call', () => {
    const failing = [bucket(0, 0, 5)];
    expect(breaker(failing, now + probeIntervalMs - 1)).toBe('open');
    expect(breaker(failing, now + probeIntervalMs)).toBe('half_open');
  });

  it('closes at one good probe, however bad the rate', () => {
    expect(breaker([bucket(1, 0, 50), bucket(0, 1, 0)])).toBe('closed');
  });

  it('opens again at a failed probe', () => {
    const failing = bucket(3, 0, 5);
    expect(breaker([failing])).toBe('half_open');
    expect(breaker([failing, bucket(0, 0, 1)])).toBe('open');
  });

  it('forgets failures that leave the window', () => {
    expect(breaker([bucket(0, 0, 50)], now + windowMs + 60_000)).toBe('closed');
  });

  it('does not depend on the order of the buckets', () => {
    const minute = fc.integer({ min: -2, max: 40 });
    const calls = fc.nat({ max: 8 });
    const made = fc.tuple(minute, calls, calls).map((values) => bucket(...values));
    const minutes = fc.uniqueArray(made, { selector: ({ startMs }) => startMs });
    const shuffled = minutes.chain((all) =>
      fc.shuffledSubarray(all, { minLength: all.length }).map((other) => [all, other] as const),
    );
    fc.assert(
      fc.property(shuffled, ([all, other]) => {
        const health = healthOf(all, now);
        expect(healthOf(other, now)).toEqual(health);
        expect(health.score >= 0 && health.score <= 1).toBe(true);
      }),
    );
  });
});

const half = healthOf([bucket(0, 0, 5)], now + probeIntervalMs);

/** How many of 100 payments go through, so many intervals after the last call. */
function passing(intervals: number): number {
  const draws = Array.from({ length: 100 }, (_, i) => (i + 0.5) / 100);
  return draws.filter((draw) => letsThrough(half, now + intervals * probeIntervalMs, draw)).length;
}

describe('letsThrough', () => {
  it('lets everything through when closed and nothing when open', () => {
    expect(letsThrough(noHealth, now, 0.999)).toBe(true);
    expect(letsThrough(healthOf([bucket(0, 0, 5)], now), now, 0)).toBe(false);
  });

  it('lets few through just after the interval, and everyone after two', () => {
    expect([1, 1.1, 1.5, 2, 20].map(passing)).toEqual([0, 10, 50, 100, 100]);
  });
});
