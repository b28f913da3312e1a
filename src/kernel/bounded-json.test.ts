import { describe, expect, it } from 'vitest';
import { parseBounded } from './bounded-json.ts';

const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

describe('parseBounded', () => {
  it('reads what messages are made of', () => {
    expect(parseBounded('{"a":[1,null,"x"]}')).toEqual({ a: [1, null, 'x'] });
    expect(JSON.stringify(parseBounded(nested(32)))).toBe(nested(32));
  });

  it.each([
    ['no JSON', '{'],
    ['one level too many', nested(33)],
    ['bottomless', nested(500_000)],
  ])('is undefined for what is %s', (_what, text) => {
    expect(parseBounded(text)).toBeUndefined();
  });
});
