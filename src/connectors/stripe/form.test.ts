import fc from 'fast-check';
import qs from 'qs';
import { describe, expect, it } from 'vitest';
import { encodeForm } from './form.ts';

describe('form encoding', () => {
  it('writes nested fields with brackets and escapes values', () => {
    const form = {
      mode: 'payment',
      line_items: [{ quantity: 1, price_data: { product_data: { name: 'Order 1 & more' } } }],
      metadata: { clé: 'été' },
    };
    expect(encodeForm(form)).toBe(
      'mode=payment&line_items[0][quantity]=1' +
        '&line_items[0][price_data][product_data][name]=Order%201%20%26%20more' +
        '&metadata[cl%C3%A9]=%C3%A9t%C3%A9',
    );
  });

  it('writes lists of scalars without an index, bigints as digits, and leaves out what is undefined', () => {
    const form = { expand: ['latest_charge'], amount: 10n ** 15n, confirm: true, gone: undefined };
    expect(encodeForm(form)).toBe('expand[]=latest_charge&amount=1000000000000000&confirm=true');
  });

  it('survives half a surrogate pair', () => {
    expect(encodeForm({ a: '\ud83d' })).toBe('a=%EF%BF%BD');
  });

  it('is read back as it was for any text', () => {
    const texts = fc.dictionary(fc.string({ unit: 'grapheme', minLength: 1 }), fc.string());
    fc.assert(
      fc.property(texts, (metadata) => {
        const entries = Object.entries(metadata).filter(([key]) => !/[[\]]|^__proto__$/.test(key));
        const clean = Object.fromEntries(entries);
        const parsed = qs.parse(encodeForm({ metadata: clean, end: '1' }), {
          depth: 20,
          parameterLimit: 10_000,
          plainObjects: true,
          allowDots: false,
          parseArrays: false,
        });
        expect({ ...(parsed.metadata as object | undefined) }).toEqual(clean);
      }),
    );
  });
});
