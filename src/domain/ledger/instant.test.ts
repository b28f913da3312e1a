import { describe, expect, it } from 'vitest';
import { compareInstants, instantText, parseInstant } from './instant.ts';

describe('an instant', () => {
  it.each([
    ['2023-11-07T05:31:56Z', '2023-11-07T05:31:56Z'],
    ['2023-11-07T07:31:56+02:00', '2023-11-07T05:31:56Z'],
    ['2023-11-07t05:31:56.120z', '2023-11-07T05:31:56.12Z'],
    ['2023-11-07T05:31:56.123456789Z', '2023-11-07T05:31:56.123456Z'],
    ['2024-02-29T00:00:00-00:30', '2024-02-29T00:30:00Z'],
  ])('%s is %s', (text, canonical) => expect(parseInstant(text)?.text).toBe(canonical));

  it.each([
    'yesterday',
    '2023-11-07',
    '2023-11-07T05:31:56',
    '2023-02-29T00:00:00Z',
    '2023-13-01T00:00:00Z',
    '2023-11-07T25:00:00Z',
    '2023-11-07T05:31:60Z',
    '2023-11-07T05:31:56.1234567890Z',
    '9999-12-31T23:59:59-01:00',
    '0000-12-31T23:59:59Z',
    '0001-01-01T00:00:00+00:01',
    '12023-11-07T05:31:56Z',
    '',
  ])('%j is none', (text) => expect(parseInstant(text)).toBeNull());

  it('has its milliseconds', () => {
    expect(parseInstant('1970-01-01T00:00:01.5Z')?.ms).toBe(1500);
  });

  it('is printed as Postgres has it, without trailing zeros', () => {
    expect(instantText('2023-11-07T05:31:56.120000')).toBe('2023-11-07T05:31:56.12Z');
    expect(instantText('2023-11-07T05:31:56.000000')).toBe('2023-11-07T05:31:56Z');
  });

  it('is compared by time, however many decimals it has', () => {
    const [half, whole, quarter] = ['00.5Z', '00Z', '00.25Z'].map(
      (end) => `2026-01-01T00:00:${end}`,
    );
    expect([half!, whole!, quarter!].sort(compareInstants)).toEqual([whole, quarter, half]);
    expect(compareInstants('2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000001Z')).toBe(-1);
    expect(compareInstants('2026-01-01T00:00:00.1Z', '2026-01-01T00:00:00.100000Z')).toBe(0);
  });
});
