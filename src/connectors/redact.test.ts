import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redactorOf } from './redact.ts';

describe('redaction', () => {
  const secret = 'sk_live_a+b/c=d "é"';
  const redact = redactorOf([secret]);

  it.each([
    ['in clear', secret],
    ['URL-encoded', encodeURIComponent(secret)],
    [
      'URL-encoded in lower case',
      encodeURIComponent(secret).replace(/%../g, (code) => code.toLowerCase()),
    ],
    ['as a form value', new URLSearchParams({ k: secret }).toString()],
    ['in JSON', JSON.stringify({ key: secret })],
  ])('removes a credential %s', (_, text) => {
    const left = redact(`before ${text} after`);
    expect(left).toContain('[redacted]');
    expect(left).not.toContain('sk_live_a');
    expect(left).toMatch(/^before .* after$/);
  });

  it('removes a credential from a Basic header, whatever stands before it', () => {
    const credential = fc.string({ minLength: 6, maxLength: 40 });
    fc.assert(
      fc.property(
        fc.string({ maxLength: 12 }),
        credential,
        fc.string({ maxLength: 12 }),
        (user, key, rest) => {
          const header = Buffer.from(`${user}:${key}${rest}`).toString('base64');
          const left = redactorOf([key])(header);
          expect(left).toContain('[redacted]');
        },
      ),
    );
  });

  it('removes the longer of two credentials that begin alike as a whole', () => {
    expect(redactorOf(['secret', 'secret-longer'])('x secret-longer y')).toBe('x [redacted] y');
  });

  it('leaves short values and everything else alone', () => {
    expect(redactorOf(['12345', ''])('order 12345')).toBe('order 12345');
    expect(redactorOf([])('text')).toBe('text');
  });
});
