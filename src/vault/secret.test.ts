import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemRandom } from '../kernel/ports.ts';
import { hashSecret, newSecret, sameSecret } from './secret.ts';

describe('a new secret', () => {
  it('is 43 letters and digits for 32 bytes, whatever the bytes', () => {
    const fill = (byte: number) => ({ bytes: (count: number) => Buffer.alloc(count, byte) });
    expect(newSecret(fill(0))).toBe('0'.repeat(43));
    for (const random of [systemRandom, fill(1), fill(0xff)])
      expect(newSecret(random)).toMatch(/^[0-9A-Za-z]{43}$/);
  });

  it('loses no bit: other bytes are another secret', () => {
    const bytes = fc.uint8Array({ minLength: 16, maxLength: 16 });
    const secretOf = (given: Uint8Array) => newSecret({ bytes: () => Buffer.from(given) }, 16);
    fc.assert(
      fc.property(bytes, fc.nat(127), (given, bit) => {
        const changed = Uint8Array.from(given);
        changed[bit >> 3]! ^= 1 << (bit & 7);
        expect(secretOf(changed)).not.toBe(secretOf(given));
        expect(secretOf(changed)).toHaveLength(22);
      }),
    );
  });
});

describe('a stored secret', () => {
  it('is its SHA-256', () => {
    const known = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    expect(hashSecret('abc').toString('hex')).toBe(known); // FIPS 180-4, example B.1
  });

  it('is the same only as itself', () => {
    expect(sameSecret('abc', 'abc')).toBe(true);
    expect(sameSecret(hashSecret('abc'), hashSecret('abc'))).toBe(true);
    for (const other of ['abd', 'ab', 'abcd', '', 'ABC', 'abc\0'])
      expect(sameSecret('abc', other)).toBe(false);
  });
});
