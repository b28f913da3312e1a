import { describe, expect, it } from 'vitest';
import { parseDuration } from './duration.ts';

describe('a duration of Go', () => {
  it.each([
    ['30m', 1_800_000],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['1500ms', 1_500],
  ])('%s', (text, ms) => expect(parseDuration(text)).toBe(ms));

  it.each(['', '30', 'm', '-30m', '30 m', '30d', '1h,30m', 'x30m', '9'.repeat(80)])(
    '%j is none',
    (text) => expect(parseDuration(text)).toBeNull(),
  );
});
