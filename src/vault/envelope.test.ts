import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemRandom } from '../kernel/ports.ts';
import { keyIdOf, open, openFields, rewrap, type SealContext, seal } from './envelope.ts';
import { type KeyRing, openKeyRing } from './key-ring.ts';
import { VaultError, type VaultErrorCode } from './vault-error.ts';

const random = systemRandom;
const oldKey = random.bytes(32).toString('base64');
const newKey = random.bytes(32).toString('base64');
const ring = openKeyRing(oldKey);
const rotating = openKeyRing(`${newKey},${oldKey}`);
const rotated = openKeyRing(newKey);

const place: SealContext = { environmentId: 'env_1', subject: 'con_1', field: 'credentials' };
const secret = 'sk_live_plaintext_marker';

/** The code that opening fails with; the message must give nothing away. */
function failure(keys: KeyRing, context: SealContext, sealed: string): VaultErrorCode {
  try {
    open(keys, context, sealed);
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    const shown = `${error.stack} ${String(error.cause)} ${JSON.stringify(error)}`;
    expect(shown).not.toContain('plaintext_marker');
    expect(shown).not.toContain(sealed.length > 60 ? sealed.slice(12) : 'plaintext_marker');
    return error.code;
  }
  throw new Error('it opened');
}

describe('a sealed text', () => {
  it('opens to what was sealed, whatever text and place', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 200 });
    const context = fc.record({ environmentId: text, subject: text, field: text });
    fc.assert(
      fc.property(text, context, (plaintext, where) => {
        expect(open(ring, where, seal(ring, where, plaintext, random))).toBe(plaintext);
      }),
    );
  });

  it('gives named fields back, awkward names and broken Unicode included', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(fc.dictionary(text, text), (fields) => {
        const sealed = seal(ring, place, fields, random);
        expect(Object.entries(openFields(ring, place, sealed))).toEqual(Object.entries(fields));
      }),
    );
    const hostile = { ['__proto__']: 'a', constructor: 'b', lone: '\ud800' };
    const sealed = seal(ring, place, hostile, random);
    expect(Object.entries(openFields(ring, place, sealed))).toEqual(Object.entries(hostile));
  });

  it('shows its version and key, and nothing of the text', () => {
    const sealed = seal(ring, place, secret, random);
    expect(sealed).toMatch(/^v1\.[0-9a-f]{8}\.[\w-]+$/);
    expect(keyIdOf(sealed)).toBe(ring.active.id);
    expect(Buffer.from(sealed.slice(12), 'base64url').toString('latin1')).not.toContain('marker');
  });

  it('is new every time', () => {
    const sealed = new Set(Array.from({ length: 50 }, () => seal(ring, place, secret, random)));
    expect(sealed.size).toBe(50);
  });

  it('refuses text that would not come back as it was', () => {
    expect(() => seal(ring, place, 'a\ud800', random)).toThrow(VaultError);
    expect(() => seal(ring, { ...place, field: '\udfff' }, 'a', random)).toThrow(VaultError);
  });

  it.each(['plain words', '[]', 'null', '"text"', '{"amount":1}', '{"a":null}'])(
    'that holds %s has no named fields',
    (text) => {
      const sealed = seal(ring, place, text, random);
      expect(() => openFields(ring, place, sealed)).toThrow('does not hold named fields');
    },
  );
});

describe('a changed sealed text does not open', () => {
  const sealed = seal(ring, place, secret, random);
  const bytes = Buffer.from(sealed.slice(12), 'base64url');
  const again = (changed: Buffer): string => sealed.slice(0, 12) + changed.toString('base64url');

  it('when any bit of it is flipped', () => {
    for (let at = 0; at < bytes.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const changed = Buffer.from(bytes);
        changed[at]! ^= 1 << bit;
        expect(failure(ring, place, again(changed))).toBe('tampered');
      }
    }
  });

  it('when any character of it is another one', () => {
    for (let at = 0; at < sealed.length; at++) {
      for (const character of 'A0f.-=\n\u0161') {
        if (sealed[at] === character) continue;
        const changed = sealed.slice(0, at) + character + sealed.slice(at + 1);
        expect(['tampered', 'malformed', 'unknown_key']).toContain(failure(ring, place, changed));
      }
    }
  });

  it('when it is cut or made longer, anywhere', () => {
    for (let length = 0; length < sealed.length; length++)
      expect(['tampered', 'malformed']).toContain(failure(ring, place, sealed.slice(0, length)));
    for (const more of ['A', 'AAAA', '=', '\n', ' ', '.', '.AAAA'])
      expect(['tampered', 'malformed']).toContain(failure(ring, place, sealed + more));
    expect(failure(ring, place, ` ${sealed}`)).toBe('malformed');
    expect(failure(ring, place, again(Buffer.concat([bytes, Buffer.alloc(1)])))).toBe('tampered');
  });

  it('when parts of two are mixed, though both belong to this place', () => {
    const other = Buffer.from(seal(ring, place, secret, random).slice(12), 'base64url');
    const mixed = Buffer.concat([bytes.subarray(0, 72), other.subarray(72)]);
    expect(failure(ring, place, again(mixed))).toBe('tampered');
  });

  it('when it names another key of the ring', () => {
    const renamed = sealed.replace(ring.active.id, rotated.active.id);
    expect(failure(rotating, place, renamed)).toBe('tampered');
    expect(failure(ring, place, renamed)).toBe('unknown_key');
  });

  it('when it is not one at all', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(failure(ring, place, text)).toBe('malformed');
      }),
    );
    expect(failure(ring, place, sealed.replace('v1.', 'v2.'))).toBe('malformed');
  });
});

describe('a sealed text in another place does not open', () => {
  const sealed = seal(ring, place, secret, random);

  it.each([
    ['environment', { ...place, environmentId: 'env_2' }],
    ['connection', { ...place, subject: 'con_2' }],
    ['field', { ...place, field: 'webhook_secret' }],
    ['nothing', { environmentId: '', subject: '', field: '' }],
    ['shifted', { environmentId: 'env_1con', subject: '_1', field: 'credentials' }],
    ['swapped', { ...place, environmentId: place.subject, subject: place.environmentId }],
  ])('%s', (_, elsewhere) => {
    expect(failure(ring, elsewhere, sealed)).toBe('tampered');
    expect(() => rewrap(rotating, elsewhere, sealed, random)).toThrow('belongs to another place');
  });

  it('however the parts of the place are cut', () => {
    const part = fc.string({ unit: fc.constantFrom('a', '\0', '.', ''), maxLength: 3 });
    const context = fc.record({ environmentId: part, subject: part, field: part });
    fc.assert(
      fc.property(context, context, (a, b) => {
        fc.pre(JSON.stringify(a) !== JSON.stringify(b));
        expect(failure(ring, b, seal(ring, a, secret, random))).toBe('tampered');
      }),
    );
  });
});

describe('rotation', () => {
  it('reads both keys while both are there, and seals with the first', () => {
    expect(open(rotating, place, seal(ring, place, secret, random))).toBe(secret);
    expect(open(rotated, place, seal(rotating, place, secret, random))).toBe(secret);
  });

  it('does without the old key once everything is wrapped again', () => {
    const places = Array.from({ length: 20 }, (_, i) => ({ ...place, subject: `con_${i}` }));
    const before = places.map((where) => seal(ring, where, `${secret} ${where.subject}`, random));
    const after = places.map((where, i) => rewrap(rotating, where, before[i]!, random)!);
    for (const [i, where] of places.entries()) {
      expect(failure(rotated, where, before[i]!)).toBe('unknown_key');
      expect(open(rotated, where, after[i]!)).toBe(`${secret} ${where.subject}`);
      expect(failure(ring, where, after[i]!)).toBe('unknown_key');
    }
  });

  it('can stop anywhere: each secret opens wrapped or not, and what is done is not done again', () => {
    const sealed = seal(ring, place, secret, random);
    const wrapped = rewrap(rotating, place, sealed, random)!;
    expect([sealed, wrapped].map((one) => open(rotating, place, one))).toEqual([secret, secret]);
    expect(rewrap(rotating, place, wrapped, random)).toBeNull();
  });

  it('leaves the body as it was', () => {
    const body = (text: string): Buffer => Buffer.from(text.slice(12), 'base64url').subarray(72);
    const sealed = seal(ring, place, secret, random);
    expect(body(rewrap(rotating, place, sealed, random)!)).toEqual(body(sealed));
  });

  it('says which key is missing', () => {
    const sealed = seal(ring, place, secret, random);
    expect(failure(rotated, place, sealed)).toBe('unknown_key');
    expect(() => open(rotated, place, sealed)).toThrow(ring.active.id);
    expect(() => rewrap(rotated, place, sealed, random)).toThrow(ring.active.id);
  });
});
