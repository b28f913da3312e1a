import { describe, expect, it } from 'vitest';
import { assetOfUnit, unitOfPosted, unitOfSourced } from './asset.ts';

describe('an asset', () => {
  it.each([
    ['USD', 'USD', 'USD/2'],
    ['USD/2', 'USD', 'USD/2'],
    ['usd/2', 'USD', 'USD/2'],
    ['JPY', 'JPY', 'JPY/0'],
    ['JPY/0', 'JPY', 'JPY/0'],
    ['KWD', 'KWD', 'KWD/3'],
    ['USD/4', 'USD/4', 'USD/4'],
  ])('%s is counted in %s and published as %s', (asset, unit, published) => {
    expect(unitOfPosted(asset)).toBe(unit);
    expect(assetOfUnit(unit)).toBe(published);
  });

  it.each(['XXX/', '/2', '', 'US', 'XYZ', 'USD/', 'USD/x', 'USD/2/2', 'USD/22', 'BTC/8', ' USD'])(
    '%j cannot be posted',
    (asset) => expect(unitOfPosted(asset)).toBeNull(),
  );

  it.each([
    ['BTC/8', 'BTC/8'],
    ['COIN', 'COIN'],
    ['USDC_POLYGON/06', 'USDC_POLYGON/6'],
    ['USD/2', 'USD'],
  ])('%s may come from a provider', (asset, unit) => expect(unitOfSourced(asset)).toBe(unit));

  it.each(['btc', 'BTC/', '1BTC', 'A'.repeat(18)])('%s may not even then', (asset) =>
    expect(unitOfSourced(asset)).toBeNull(),
  );
});
