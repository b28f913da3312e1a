import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Secrets } from './secrets.ts';

const values = { apiKey: 'sk_live_"ü&=%20/+', pin: '1234', no: 'abc' };

describe('secrets', () => {
  const secrets = new Secrets(values);

  it('go in every form, however short, from four characters', () => {
    const key = values.apiKey;
    for (const form of [
      key,
      encodeURIComponent(key),
      JSON.stringify(key).slice(1, -1),
      new URLSearchParams({ v: key }).toString().slice(2),
      '1234',
    ]) {
      expect(secrets.redact(`<${form}>`)).toBe('<[redacted]>');
    }
    const basic = Buffer.from(`user:${key}`).toString('base64');
    expect(secrets.redact(basic)).toMatch(/^.{6,8}\[redacted\].{0,2}=?$/);
    expect(secrets.redact('abc')).toBe('abc');
  });

  it('are given back to whoever has them, exactly, and to nobody else', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.string({ unit: 'binary' }),
            fc.constantFrom(
              ...Object.values(values),
              '⟦',
              '⟧',
              '⟦apiKey.0⟧',
              JSON.stringify(values),
            ),
          ),
        ),
        (parts) => {
          const text = parts.join('').toWellFormed();
          const sealed = secrets.seal(text);
          expect(sealed).not.toContain(values.apiKey);
          expect(sealed).not.toContain(JSON.stringify(values.apiKey).slice(1, -1));
          expect(secrets.unseal(sealed)).toBe(text);
        },
      ),
      { numRuns: 50 },
    );
  });
});
