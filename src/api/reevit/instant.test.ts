import { afterEach, describe, expect, it, vi } from 'vitest';
import { instant } from './instant.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('an instant', () => {
  it.each([
    ['2026-07-01', '2026-07-01T00:00:00.000Z'],
    ['2026-07-01T10:00:00Z', '2026-07-01T10:00:00.000Z'],
    ['2026-07-01T10:00:00+02:00', '2026-07-01T08:00:00.000Z'],
    ['2026-07-01T10:00:00', '2026-07-01T10:00:00.000Z'],
    ['2026-07-01T10:00:00.250', '2026-07-01T10:00:00.250Z'],
  ])('%s is %s, also in New York', (text, expected) => {
    vi.stubEnv('TZ', 'America/New_York');
    expect(new Date(2026, 6, 1).getTimezoneOffset()).toBe(240);
    expect(new Date(instant(text, 'from')).toISOString()).toBe(expected);
  });

  it.each(['', 'now', '1767225600', '2026-13-01', '2026-07-01T25:00:00'])('%j is none', (text) => {
    expect(() => instant(text, 'from')).toThrow('from must be a date');
  });
});
