import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromSubunits, refuseAmount, toSubunits } from './amount.ts';
import { manifest } from './manifest.ts';

const { currencies, maximumMinor } = manifest.capabilities;
const all = currencies as readonly string[];

describe('Paystack subunits', () => {
  it.each(['NGN', 'GHS', 'KES', 'ZAR', 'USD'])(
    '%s goes over the wire in its minor unit',
    (currency) => {
      expect(toSubunits({ amountMinor: 20050n, currency })).toBe(20050);
      expect(fromSubunits(20050, currency)).toBe(20050n);
    },
  );

  it('XOF goes over the wire in hundredths of a unit that has none', () => {
    expect(toSubunits({ amountMinor: 200n, currency: 'XOF' })).toBe(20000);
    expect(fromSubunits(20000, 'XOF')).toBe(200n);
    expect(fromSubunits(20050, 'XOF')).toBe(200n);
  });

  it('every chargeable amount survives the way there and back', () => {
    const amounts = fc.constantFrom(...all).chain((currency) =>
      fc.record({
        currency: fc.constant(currency),
        amountMinor: fc.bigInt({ min: 1n, max: maximumMinor[currency] ?? 1n }),
      }),
    );
    fc.assert(
      fc.property(amounts, (money) => {
        const wire = JSON.parse(JSON.stringify(toSubunits(money)));
        expect(fromSubunits(wire, money.currency)).toBe(money.amountMinor);
        expect(fromSubunits(String(wire), money.currency)).toBe(money.amountMinor);
      }),
    );
  });

  it.each([-1, 1.5, '1.50', '', null, undefined, {}, [], true, Number.NaN, '1e3'])(
    'an amount of %j is not read',
    (value) => {
      expect(fromSubunits(value, 'NGN')).toBeNull();
    },
  );

  it('an amount in a currency that Paystack does not have is not read', () => {
    expect(fromSubunits(100, 'EUR')).toBeNull();
    expect(fromSubunits(100, '')).toBeNull();
  });
});

describe('amounts that Paystack would refuse', () => {
  it.each([
    ['NGN', 4999n, 'amount_too_small'],
    ['GHS', 9n, 'amount_too_small'],
    ['XOF', 0n, 'amount_too_small'],
    ['NGN', 1_000_000_001n, 'amount_too_large'],
    ['XOF', 10_000_001n, 'amount_too_large'],
    ['EUR', 1000n, 'merchant_config'],
  ] as const)('%s %s is refused as %s', (currency, amountMinor, code) => {
    expect(refuseAmount({ currency, amountMinor })).toMatchObject({ decline: { code } });
  });

  it.each([
    ['NGN', 5000n],
    ['XOF', 1n],
    ['ZAR', 1_000_000_000n],
  ] as const)('%s %s is not', (currency, amountMinor) => {
    expect(refuseAmount({ currency, amountMinor })).toBeNull();
  });
});
