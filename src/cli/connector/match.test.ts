import { describe, expect, it } from 'vitest';
import { differences } from './match.ts';

describe('what was expected of a step', () => {
  it.each([
    [{ a: 1, b: 2 }, { a: 1 }],
    [{ a: { b: [1, 'x'] } }, { a: { b: [1, '*'] } }],
    [{ a: null }, {}],
    [{ a: null }, { a: null }],
  ])('%j has %j', (actual, expected) => {
    expect(differences(actual, expected)).toEqual([]);
  });

  it.each([
    [{ a: 1 }, { a: 2 }, 'a is 1, expected 2'],
    [{}, { a: 2 }, 'a is missing, expected 2'],
    [{ a: '' }, { a: '*' }, 'a is missing'],
    [{ a: { b: 1 } }, { a: { b: 'x' } }, 'a.b is 1, expected "x"'],
    [{ a: [1] }, { a: [1, 2] }, 'a has 1 items, expected 2'],
    [{ a: [1] }, { a: [2] }, 'a[0] is 1, expected 2'],
    [{ a: 1 }, { a: { b: 1 } }, 'a is 1, expected an object'],
    [{ a: 1 }, { a: [] }, 'a is 1, expected a list'],
  ])('%j has not %j', (actual, expected, difference) => {
    expect(differences(actual, expected)).toEqual([difference]);
  });
});
