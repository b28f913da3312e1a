import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  completeFeeStructure,
  expectedFee,
  type FeeStructure,
  feeStructureProblems,
  feeTable,
  statedFee,
} from './fees.ts';

const feeOf = (structure: FeeStructure, amountMinor: bigint) =>
  expectedFee(structure, amountMinor, 'card', 'GHS');

describe('expectedFee', () => {
  it.each<[FeeStructure, bigint, bigint]>([
    [{ percentage: 1.95 }, 10_000n, 195n],
    [{ percentage: 1.95, fixed: 10 }, 5000n, 108n],
    [{ percentage: 1.5 }, 100n, 2n],
    [{ percentage: 1.5 }, 99n, 1n],
    [{ percentage: 0.1 }, 499n, 0n],
    [{ percentage: 0.1 }, 500n, 1n],
    [{ percentage: 1e-7 }, 1_000_000_000n, 1n],
    [{ percentage: 100 }, 7n, 7n],
    [{ fixed: 25 }, 0n, 25n],
    [{}, 5000n, 0n],
    // As floats this is 100.49999999999999 and would be rounded down.
    [{ percentage: 1.005 }, 10_000n, 101n],
    [{ percentage: 2.9 }, 99_999_999_999_999_999n, 2_900_000_000_000_000n],
  ])('%j of %s is %s', (structure, amountMinor, fee) => {
    expect(feeOf(structure, amountMinor)).toBe(fee);
  });

  const structure: FeeStructure = {
    percentage: 1,
    per_currency: { ghs: { percentage: 2 }, NGN: { fixed: 7 } },
    per_method: { momo: { percentage: 3 } },
  };
  it.each([
    ['mobile_money', 'GHS', 300n],
    ['momo', 'NGN', 300n],
    ['card', 'GHS', 200n],
    ['card', 'NGN', 7n],
    ['card', 'USD', 100n],
    [null, 'GHS', 200n],
    ['constructor', 'USD', 100n],
  ])('the most specific entry wins whole: %s in %s', (method, currency, fee) => {
    expect(expectedFee(structure, 10_000n, method, currency)).toBe(fee);
  });

  it('agrees with rounding half up on whole numbers', () => {
    const amounts = fc.bigInt(0n, 10n ** 15n);
    const hundredths = fc.integer({ min: 0, max: 10_000 });
    fc.assert(
      fc.property(amounts, hundredths, fc.nat(), (amountMinor, hundredth, fixed) => {
        const text = `${Math.floor(hundredth / 100)}.${String(hundredth % 100).padStart(2, '0')}`;
        const exact = amountMinor * BigInt(hundredth);
        const rounded = exact / 10_000n + (exact % 10_000n >= 5000n ? 1n : 0n);
        expect(feeOf({ percentage: Number(text), fixed }, amountMinor)).toBe(
          rounded + BigInt(fixed),
        );
      }),
    );
  });

  it('never falls when the amount grows, and is never more than the amount and the fixed part', () => {
    const percentage = fc.double({ min: 0, max: 100, noNaN: true });
    const amount = fc.bigInt(0n, 10n ** 12n);
    fc.assert(
      fc.property(percentage, amount, amount, (percent, a, b) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        const fee = (amountMinor: bigint) => feeOf({ percentage: percent, fixed: 3 }, amountMinor);
        expect(fee(low) <= fee(high)).toBe(true);
        expect(fee(high) <= high + 3n).toBe(true);
      }),
    );
  });

  it('refuses an amount below 0', () => {
    expect(() => feeOf({}, -1n)).toThrow('not negative');
  });
});

describe('statedFee', () => {
  it('is null where the merchant stated nothing: 0 % + 0 is not a fee of nothing', () => {
    expect(statedFee(feeTable(null), 100n, 'card', 'GHS')).toBeNull();
    expect(statedFee(feeTable(completeFeeStructure(null)), 100n, 'card', 'GHS')).toBeNull();
  });

  it('is 0 where an entry says so', () => {
    const table = feeTable({ per_method: { card: { percentage: 0, fixed: 0 } } });
    expect(statedFee(table, 100n, 'card', 'GHS')).toBe(0n);
    expect(statedFee(table, 100n, 'mobile_money', 'GHS')).toBeNull();
  });
});

describe('completeFeeStructure', () => {
  it('always has the four members', () => {
    const empty = { percentage: 0, fixed: 0, per_method: {}, per_currency: {} };
    expect(completeFeeStructure(undefined)).toEqual(empty);
    expect(completeFeeStructure({ percentage: 1.95 })).toEqual({ ...empty, percentage: 1.95 });
  });
});

describe('feeStructureProblems', () => {
  it.each([
    undefined,
    null,
    {},
    { percentage: 1.95, fixed: 50, per_method: { momo: { percentage: 1 } }, per_currency: {} },
    { per_currency: { NGN: { fixed: 10_000 } }, per_method: null },
  ])('takes %j', (value) => {
    expect(feeStructureProblems(value)).toEqual([]);
  });

  it.each([
    ['free', 'fee_structure'],
    [{ percentage: -1 }, 'fee_structure.percentage'],
    [{ percentage: 101 }, 'fee_structure.percentage'],
    [{ percentage: Number.NaN }, 'fee_structure.percentage'],
    [{ percentage: '1.95' }, 'fee_structure.percentage'],
    [{ fixed: 0.5 }, 'fee_structure.fixed'],
    [{ fixed: -1 }, 'fee_structure.fixed'],
    [{ fixed: 2 ** 60 }, 'fee_structure.fixed'],
    [{ per_method: [] }, 'fee_structure.per_method'],
    [{ per_method: { card: 2 } }, 'fee_structure.per_method.card'],
    [{ per_method: { '': {} } }, 'fee_structure.per_method.'],
    [{ per_currency: { GHC: {} } }, 'fee_structure.per_currency.GHC'],
    [{ per_currency: { GHS: { fixed: 'x' } } }, 'fee_structure.per_currency.GHS.fixed'],
  ])('refuses %j and names the field', (value, field) => {
    expect(feeStructureProblems(value).map((problem) => problem.field)).toEqual([field]);
  });

  it('lets through only what can be calculated with', () => {
    const entry = fc.record({ percentage: fc.anything(), fixed: fc.anything() });
    fc.assert(
      fc.property(entry, (structure) => {
        if (feeStructureProblems(structure).length > 0) return;
        expect(feeOf(structure as FeeStructure, 12_345n) >= 0n).toBe(true);
      }),
    );
  });
});
