import { describe, expect, it } from 'vitest';
import { countryOfCurrency, isCountry } from './country.ts';
import { newId, newUuidHex, referenceOf } from './ids.ts';
import { systemPorts, systemRandom } from './ports.ts';

const at = (nowMs: number) => ({ clock: { nowMs: () => nowMs }, random: systemRandom });

describe('ids', () => {
  it('are a prefix and a UUIDv7', () => {
    expect(newId('pay', systemPorts)).toMatch(/^pay_[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
  });

  it('sort by time', () => {
    const ids = [1, 1_000, 1_700_000_000_000, 1_800_000_000_000].map((ms) => newUuidHex(at(ms)));
    expect([...ids].sort()).toEqual(ids);
  });

  it('differ within one millisecond', () => {
    const ids = Array.from({ length: 1_000 }, () => newUuidHex(at(1_700_000_000_000)));
    expect(new Set(ids).size).toBe(1_000);
  });

  it('carry the reference that PSPs are given: 32 hexadecimal digits', () => {
    const id = newId('att', systemPorts);
    expect(referenceOf(id)).toMatch(/^[0-9a-f]{32}$/);
    expect(`att_${referenceOf(id)}`).toBe(id);
  });
});

describe('countries', () => {
  it('are ISO 3166-1 alpha-2 in capitals', () => {
    expect(['GH', 'NG', 'KE', 'CI', 'US'].every(isCountry)).toBe(true);
    expect(['gh', 'UK', 'ZZ', '', 'GHA'].some(isCountry)).toBe(false);
  });

  it('are implied by some currencies', () => {
    expect(countryOfCurrency('GHS')).toBe('GH');
    expect(countryOfCurrency('XOF')).toBe('CI');
    expect(countryOfCurrency('JPY')).toBeNull();
  });
});
