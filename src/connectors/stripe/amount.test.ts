import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allCurrencies, exponentOf } from '../../kernel/currency.ts';
import {
  amountRefused,
  fromStripeAmount,
  supportedCurrencies,
  toStripeAmount,
  toStripePayoutAmount,
} from './amount.ts';

const usd = (amountMinor: bigint, currency = 'USD') => ({ amountMinor, currency });

describe("Stripe's units", () => {
  it.each([
    ['USD', 1099n, 1099n],
    ['GHS', 1099n, 1099n],
    ['NGN', 1099n, 1099n],
    ['HUF', 17_550n, 17_550n],
    ['TWD', 80_045n, 80_045n],
    ['JPY', 500n, 500n],
    ['XOF', 500n, 500n],
    ['RWF', 500n, 500n],
    ['UGX', 5000n, 500_000n],
    ['ISK', 5n, 500n],
    ['MGA', 500n, 5n],
    ['KWD', 5120n, 5120n],
  ])('%s %d is sent as %d and read back', (currency, minor, wire) => {
    expect(toStripeAmount(usd(minor, currency))).toBe(wire);
    expect(fromStripeAmount(Number(wire), currency.toLowerCase())).toEqual(usd(minor, currency));
  });

  it.each([
    ['KWD', 5124n],
    ['BHD', 1n],
    ['MGA', 550n],
  ])('%s %d has no amount at Stripe, and another PSP may take it', (currency, minor) => {
    expect(toStripeAmount(usd(minor, currency))).toBeNull();
    expect(amountRefused(usd(minor, currency))).toMatchObject({
      kind: 'declined',
      decline: { code: 'invalid_request', fallbackOverride: 'yes' },
    });
  });

  it('pays out forints and Taiwan dollars in whole units only', () => {
    expect(toStripePayoutAmount(usd(1045n, 'HUF'))).toBeNull();
    expect(toStripePayoutAmount(usd(1000n, 'HUF'))).toBe(1000n);
    expect(toStripePayoutAmount(usd(150n, 'TWD'))).toBeNull();
    expect(toStripePayoutAmount(usd(1045n, 'USD'))).toBe(1045n);
  });

  it('says why an amount is refused', () => {
    const codeOf = (minor: bigint, currency: string) => {
      const outcome = amountRefused(usd(minor, currency));
      return outcome.kind === 'declined' ? outcome.decline.code : outcome.kind;
    };
    expect(codeOf(100n, 'IRR')).toBe('merchant_config');
    expect(codeOf(0n, 'USD')).toBe('amount_too_small');
    expect(codeOf(10n ** 12n, 'USD')).toBe('amount_too_large');
    expect(codeOf(10n ** 11n, 'UGX')).toBe('amount_too_large');
  });

  it('does not believe fractions, negatives, texts and currencies we do not know', () => {
    for (const amount of [1.5, -1, '100', null, {}, Number.NaN, 2 ** 53]) {
      expect(fromStripeAmount(amount, 'usd')).toBeNull();
    }
    expect(fromStripeAmount(150, 'ugx')).toBeNull();
    expect(fromStripeAmount(100, 'zzz')).toBeNull();
    expect(fromStripeAmount(100, null)).toBeNull();
  });

  it('returns what was sent, for every currency and amount', () => {
    const any = fc.record({
      currency: fc.constantFrom(...allCurrencies()),
      amountMinor: fc.bigInt({ min: -10n, max: 10n ** 14n }),
    });
    fc.assert(
      fc.property(any, (money) => {
        const wire = toStripeAmount(money);
        if (wire === null) return;
        expect(fromStripeAmount(Number(wire), money.currency.toLowerCase())).toEqual(money);
      }),
      { numRuns: 2000 },
    );
  });

  it('can send a round amount of every currency it supports', () => {
    for (const currency of supportedCurrencies()) {
      const minor = 1000n * 10n ** BigInt(exponentOf(currency));
      expect(toStripeAmount(usd(minor, currency)), currency).not.toBeNull();
    }
  });
});
