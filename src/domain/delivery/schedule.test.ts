import { describe, expect, it } from 'vitest';
import { judge, parseRetryAfter } from './schedule.ts';

const failed = { status: 500, retryAfterMs: null };
const waits = (style: 'standard' | 'reevit', draw: number) => {
  const found: number[] = [];
  for (let attempts = 1; ; attempts += 1) {
    const judged = judge(failed, style, attempts, draw);
    if (judged.kind !== 'again') return { found, end: judged.kind };
    found.push(judged.afterMs / 1_000);
  }
};

describe('the schedule of deliveries', () => {
  it('is that of Standard Webhooks, then a dead letter', () => {
    const [minute, hour] = [60, 3_600];
    expect(waits('standard', 0)).toEqual({
      found: [5, 5 * minute, 30 * minute, ...[2, 5, 10, 14, 20, 24].map((hours) => hours * hour)],
      end: 'given_up',
    });
  });

  it('is spread by up to a fifth', () => {
    const [least, most] = [waits('standard', 0).found, waits('standard', 1).found];
    expect(most.map((wait, index) => wait / least[index]!)).toEqual(most.map(() => 1.2));
  });

  it('can be that of Reevit, which repeats no refusal but those that say later', () => {
    expect(waits('reevit', 0)).toEqual({ found: [60, 300, 1_800, 7_200], end: 'given_up' });
    for (const status of [400, 404, 301])
      expect(judge({ status, retryAfterMs: null }, 'reevit', 1, 0).kind).toBe('given_up');
    for (const status of [408, 425, 429, 503, null])
      expect(judge({ status, retryAfterMs: null }, 'reevit', 1, 0).kind).toBe('again');
  });

  it('takes 2xx alone for a success, and 410 for the end', () => {
    const kinds = [200, 204, 299, 199, 301, 404, 410, null].map(
      (status) => judge({ status, retryAfterMs: null }, 'standard', 1, 0).kind,
    );
    expect(kinds).toEqual([
      'succeeded',
      'succeeded',
      'succeeded',
      'again',
      'again',
      'again',
      'gone',
      'again',
    ]);
  });

  it('waits as long as Retry-After says, for a day at most, and never shorter than planned', () => {
    const waiting = (retryAfterMs: number) =>
      judge({ status: 503, retryAfterMs }, 'standard', 1, 0);
    expect(waiting(60_000)).toEqual({ kind: 'again', afterMs: 60_000 });
    expect(waiting(1)).toEqual({ kind: 'again', afterMs: 5_000 });
    expect(waiting(9e12)).toEqual({ kind: 'again', afterMs: 24 * 3_600_000 });
  });

  it('reads Retry-After as seconds or as a date', () => {
    const nowMs = Date.parse('2026-01-01T00:00:00Z');
    expect(parseRetryAfter('120', nowMs)).toBe(120_000);
    expect(parseRetryAfter('Thu, 01 Jan 2026 00:01:00 GMT', nowMs)).toBe(60_000);
    expect(parseRetryAfter('Wed, 31 Dec 2025 00:00:00 GMT', nowMs)).toBe(0);
    expect(parseRetryAfter('soon', nowMs)).toBeNull();
    expect(parseRetryAfter(undefined, nowMs)).toBeNull();
  });
});
