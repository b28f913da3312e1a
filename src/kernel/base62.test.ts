import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base62OfHex, fixedTypeId, hexOfBase62, newTypeId, randomBase62 } from './base62.ts';
import { newUuidHex } from './ids.ts';
import { systemPorts } from './ports.ts';

describe('base 62', () => {
  it('is drawn without favouring any character', () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    let at = 0;
    const random = {
      bytes: (count: number) => {
        const cut = bytes.subarray(at % 256, (at % 256) + count);
        at += count;
        return cut;
      },
    };
    const counts = new Map<string, number>();
    for (const one of randomBase62(random, 248)) counts.set(one, (counts.get(one) ?? 0) + 1);
    expect(new Set(counts.values())).toEqual(new Set([4]));
    expect(counts.size).toBe(62);
  });

  it('spells a UUID in 22 characters and reads it back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        const hex = Buffer.from(bytes).toString('hex');
        const text = base62OfHex(hex);
        expect(text).toMatch(/^[0-9A-Za-z]{22}$/);
        expect(hexOfBase62(text)).toBe(hex);
      }),
    );
    expect(hexOfBase62(base62OfHex(newUuidHex(systemPorts)))).toMatch(/^[0-9a-f]{32}$/);
  });

  it.each(['', 'short', '_'.repeat(22), 'z'.repeat(22)])('reads nothing else: %s', (text) => {
    expect(hexOfBase62(text)).toBeNull();
  });
});

describe('TypeIDs', () => {
  it('are 26 characters of Crockford base 32, as the reference shows them', () => {
    expect(newTypeId('ftg', systemPorts)).toMatch(/^ftg_[0-7][0-9a-hjkmnp-tv-z]{25}$/);
  });

  it('are the same on every installation for what is built in', () => {
    expect(fixedTypeId('ftg', 'paystack')).toBe(fixedTypeId('ftg', 'paystack'));
    expect(fixedTypeId('ftg', 'paystack')).not.toBe(fixedTypeId('ftg', 'stripe'));
  });
});
