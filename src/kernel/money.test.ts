import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allCurrencies, exponentOf, isCurrency } from './currency.ts';
import {
  money,
  parseDecimal,
  parseInteger,
  sameMoney,
  shiftPoint,
  toDecimalText,
} from './money.ts';

const anyMoney = fc.record({
  amountMinor: fc.bigInt({ min: 0n, max: 10n ** 17n }),
  currency: fc.constantFrom(...allCurrencies()),
});

describe('money', () => {
  it.each([
    [1050n, 'GHS', '10.50'],
    [5n, 'USD', '0.05'],
    [1050n, 'XOF', '1050'],
    [1050n, 'KWD', '1.050'],
    [0n, 'EUR', '0.00'],
    [-1050n, 'EUR', '-10.50'],
    [-5n, 'USD', '-0.05'],
  ])('writes %s %s as %s', (amount, currency, text) => {
    expect(toDecimalText(money(amount, currency))).toBe(text);
  });

  it('comes back from its decimal text to the minor unit, in every currency', () => {
    fc.assert(
      fc.property(anyMoney, (one) => {
        expect(parseDecimal(toDecimalText(one), one.currency)).toBe(one.amountMinor);
      }),
    );
  });

  it.each([
    [1500, 'GHS', 150_000n],
    ['1500.0', 'GHS', 150_000n],
    ['1500.5', 'GHS', 150_050n],
    ['0.1', 'KWD', 100n],
    [' 7 ', 'XOF', 7n],
    ['7.00', 'XOF', 7n],
  ])('reads %s %s', (value, currency, amount) => {
    expect(parseDecimal(value, currency)).toBe(amount);
  });

  it.each([
    ['10.505', 'GHS'],
    ['7.5', 'XOF'],
    ['1e3', 'GHS'],
    [1e21, 'GHS'],
    [Number.NaN, 'GHS'],
    ['', 'GHS'],
    ['1,000', 'GHS'],
    [null, 'GHS'],
    [{}, 'GHS'],
  ])('refuses to guess what %s %s is', (value, currency) => {
    expect(parseDecimal(value, currency)).toBeNull();
  });

  it('reads whole numbers and digit strings only', () => {
    expect(parseInteger(20_000)).toBe(20_000n);
    expect(parseInteger('20000')).toBe(20_000n);
    for (const value of [1.5, -1, '1.5', '-1', '', null, undefined, true, 2 ** 60]) {
      expect(parseInteger(value)).toBeNull();
    }
  });

  it('is the same only in amount and currency', () => {
    expect(sameMoney(money(1n, 'GHS'), money(1n, 'GHS'))).toBe(true);
    expect(sameMoney(money(1n, 'GHS'), money(1n, 'NGN'))).toBe(false);
    expect(sameMoney(money(1n, 'GHS'), money(2n, 'GHS'))).toBe(false);
  });

  it('shifts a point without dividing', () => {
    expect(shiftPoint(123n, 0)).toBe('123');
    expect(shiftPoint(123n, 5)).toBe('0.00123');
  });
});

describe('currencies', () => {
  it.each([
    ['GHS', 2],
    ['NGN', 2],
    ['KES', 2],
    ['XOF', 0],
    ['JPY', 0],
    ['UGX', 0],
    ['HUF', 2],
    ['IDR', 2],
    ['IQD', 3],
    ['BHD', 3],
    ['CLF', 4],
  ])('%s has %i decimals', (code, exponent) => {
    expect(exponentOf(code)).toBe(exponent);
  });

  it('knows each code once, in capitals, and nothing else', () => {
    const codes = allCurrencies();
    expect(new Set(codes).size).toBe(codes.length);
    expect(codes.every((code) => /^[A-Z]{3}$/.test(code))).toBe(true);
    for (const code of ['ghs', 'XXX', '', 'BTC', 'constructor'])
      expect(isCurrency(code)).toBe(false);
    expect(() => exponentOf('XXX')).toThrow('XXX');
  });
});
