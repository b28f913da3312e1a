import { describe, expect, it } from 'vitest';
import { isCurrency } from '../../kernel/currency.ts';
import { toStripeAmount } from './amount.ts';
import { manifest } from './manifest.ts';

const { currencies, minimumMinor, maximumMinor } = manifest.capabilities;

describe('capabilities', () => {
  it('name only currencies that we know, with limits that Stripe can hold', () => {
    expect(currencies).toEqual(expect.arrayContaining(['GHS', 'NGN', 'KES', 'ZAR', 'UGX', 'XOF']));
    for (const currency of currencies) {
      expect(isCurrency(currency), currency).toBe(true);
      const amountMinor = maximumMinor[currency] ?? 0n;
      expect(toStripeAmount({ amountMinor, currency }) ?? amountMinor, currency).toBeGreaterThan(
        0n,
      );
    }
    for (const currency of Object.keys(minimumMinor)) expect(currencies).toContain(currency);
  });

  it('state the largest amounts in ISO minor units', () => {
    expect(maximumMinor).toMatchObject({
      USD: 99_999_999n,
      UGX: 999_999n,
      MGA: 9_999_999_900n,
      JPY: 9_999_999_999n,
    });
  });
});

describe('credentials', () => {
  const pattern = manifest.credentials.find(({ name }) => name === 'secret_key')?.pattern;

  it.each([
    ['sk_test_51Ab', true, false],
    ['rk_test_1', true, false],
    ['sk_live_51Ab', false, true],
    ['rk_live_1', false, true],
    ['pk_test_1', false, false],
    ['sk_test_1 x', false, false],
  ])('%s is a sandbox key: %s, a live key: %s', (key, isSandbox, isLive) => {
    expect(new RegExp(pattern?.sandbox ?? '').test(key)).toBe(isSandbox);
    expect(new RegExp(pattern?.live ?? '').test(key)).toBe(isLive);
  });
});
