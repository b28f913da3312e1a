import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { intent, reference } from './fixtures.ts';
import { metadataOf, mismatch } from './metadata.ts';

const about = { reference, mode: 'sandbox', id: null } as const;

describe('metadata', () => {
  it('starts with ours, then what routes webhooks, then the rest by name', () => {
    const keys = Object.keys(metadataOf({ reference: 'r' }, { z: '1', a: '2', payment_id: 'p' }));
    expect(keys).toEqual(['reference', 'payment_id', 'a', 'z']);
  });

  it('does not let the merchant replace our reference', () => {
    expect(metadataOf({ reference: 'r' }, { reference: 'order 7' })).toEqual({ reference: 'r' });
  });

  it('is the same in whatever order the merchant’s came back from the database', () => {
    const merchants = fc.dictionary(fc.string(), fc.string(), { maxKeys: 80 });
    fc.assert(
      fc.property(merchants, (given) => {
        const turned = Object.fromEntries(Object.entries(given).reverse());
        const built = metadataOf({ reference: 'r' }, given);
        expect(JSON.stringify(metadataOf({ reference: 'r' }, turned))).toBe(JSON.stringify(built));
        const entries = Object.entries(built);
        expect(entries.length).toBeLessThanOrEqual(50);
        for (const [key, value] of entries) {
          expect(key.length).toBeLessThanOrEqual(40);
          expect(value.length).toBeLessThanOrEqual(500);
        }
      }),
    );
  });

  it('keeps our ids when the merchant fills all fifty places', () => {
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`a${i}`, 'x']));
    const built = metadataOf({ reference: 'r' }, { ...many, payment_id: 'p', org_id: 'o' });
    expect(built).toMatchObject({ reference: 'r', payment_id: 'p', org_id: 'o' });
    expect(Object.keys(built)).toHaveLength(50);
  });
});

describe('an answer is about our object', () => {
  it('when type, mode and reference agree', () => {
    expect(mismatch(intent(), 'payment_intent', about)).toBeNull();
  });

  it('when it was asked for by id and says no reference', () => {
    const bare = intent({ metadata: {} });
    expect(mismatch(bare, 'payment_intent', { ...about, id: 'pi_demo1' })).toBeNull();
    expect(mismatch(bare, 'payment_intent', about)).toMatch(/reference/);
  });

  it.each([
    [{ object: 'charge' }, /not a payment_intent/],
    [{ id: 'pi\u0000' }, /not a payment_intent/],
    [{ livemode: true }, /live mode/],
    [{ metadata: { reference: 'f'.repeat(32) } }, /reference/],
  ])('but not with %j', (changes, reason) => {
    expect(mismatch(intent(changes), 'payment_intent', about)).toMatch(reason);
  });

  it('and not when it has another id than the one asked for', () => {
    const asked = { ...about, id: 'pi_other' };
    expect(mismatch(intent(), 'payment_intent', asked)).toMatch(/another object/);
  });
});
