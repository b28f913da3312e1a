import { describe, expect, it } from 'vitest';
import { Problem } from '../../kernel/problem.ts';
import { integerOf, parseExactly } from './exact-json.ts';

describe('a number in a body', () => {
  it.each([
    ['9007199254740993', 9007199254740993n],
    ['1e+21', 10n ** 21n],
    ['1.5e3', 1500n],
    ['100.0', 100n],
    ['-12.30E+1', -123n],
    ['0e99', 0n],
    ['15000e-2', 150n],
  ])('%s is read digit by digit', (source, exact) => expect(integerOf(source)).toBe(exact));

  it.each(['10.5', '1e-1', '1e99999', '1e61', '15e-1'])('%s is no integer', (source) =>
    expect(integerOf(source)).toBeNull(),
  );

  it('keeps its digits in an amount, and is a plain number where that is enough', () => {
    expect(parseExactly('{"amount": 9007199254740993, "n": 5, "f": 10.5}')).toEqual({
      amount: 9007199254740993n,
      n: 5,
      f: 10.5,
    });
    expect(parseExactly('{"amount": 100}')).toEqual({ amount: 100 });
  });

  it('may look like a card number where it is an amount, and nowhere else', () => {
    expect(parseExactly('{"initialAmount": 4111111111111111}')).toEqual({
      initialAmount: 4111111111111111n,
    });
    expect(() => parseExactly('{"number": 4111111111111111}')).toThrow('card number');
  });

  it('is refused where it is nested deeper than anybody can follow', () => {
    const deep = `${'['.repeat(50_000)}1.5${']'.repeat(50_000)}`;
    expect(() => parseExactly(deep)).toThrow(Problem);
  });

  it('does not hide that a body is no JSON', () => {
    expect(() => parseExactly('{"amount": 123456789012')).toThrow(Problem);
    expect(() => parseExactly('{"reference":')).toThrow('not valid JSON');
  });
});
