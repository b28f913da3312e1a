import { describe, expect, it } from 'vitest';
import { sweepFrom, sweptKinds } from './history.ts';

const DAY = 24 * 60 * 60_000;
const noon = Date.UTC(2026, 0, 20, 12);
const sweep = (changes: object = {}) =>
  ({
    kind: 'payments',
    since: 0,
    coveredTo: noon,
    windowTo: noon + 30 * 60_000,
    ...changes,
  }) as const;

describe('the kinds of a history', () => {
  it('follow the one that their objects are of', () => {
    expect(
      sweptKinds(['payments', 'refunds', 'payouts', 'disputes', 'accounts', 'balances']),
    ).toEqual([
      { kind: 'payments', leader: null },
      { kind: 'refunds', leader: 'payments' },
      { kind: 'payouts', leader: null },
      { kind: 'disputes', leader: 'payments' },
      { kind: 'accounts', leader: null },
      { kind: 'balances', leader: 'accounts' },
    ]);
  });

  it('lead themselves where the PSP does not list what they are of', () => {
    const alone = [{ kind: 'balances', leader: null }];
    expect(sweptKinds(['balances'])).toEqual(alone);
  });
});

describe('a sweep', () => {
  it.each([
    ['payments', 1],
    ['refunds', 10],
    ['payouts', 10],
    ['disputes', 120],
    ['accounts', 1],
    ['balances', 0],
  ])('of %s begins %d days before what was covered', (kind, days) => {
    expect(sweepFrom(sweep({ kind }), 'creation')).toBe(noon - days * DAY);
  });

  it('looks back ten days once a day, the same for all its pages', () => {
    const midnight = Date.UTC(2026, 0, 21);
    const night = { coveredTo: midnight - 1, windowTo: midnight };
    expect(sweepFrom(sweep(night), 'creation')).toBe(night.coveredTo - 10 * DAY);
    expect(sweepFrom(sweep({ ...night, kind: 'disputes' }), 'creation')).toBe(
      night.coveredTo - 120 * DAY,
    );
    const before = { coveredTo: midnight - 2, windowTo: midnight - 1 };
    expect(sweepFrom(sweep(before), 'creation')).toBe(before.coveredTo - DAY);
  });

  it('never goes behind where reading begins', () => {
    const since = noon - 1_000;
    expect(sweepFrom(sweep({ since }), 'creation')).toBe(since);
    expect(sweepFrom(sweep({ since }), 'change')).toBe(since);
  });

  it('by change reads the last minutes again', () => {
    expect(sweepFrom(sweep({ kind: 'refunds' }), 'change')).toBe(noon - 10 * 60_000);
  });
});
