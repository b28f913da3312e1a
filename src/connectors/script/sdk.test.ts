import { createHash, createHmac, createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ScriptPool } from './contract.ts';
import { decodeForm, encodeForm } from './sandbox/form.ts';
import { money } from './sandbox/money.ts';
import { dataOf, failureOf, initiating, jobOf, replied, testPool } from './testing.ts';

let pool: ScriptPool;
beforeAll(() => {
  pool = testPool({ slots: 1 });
});
afterAll(() => pool.close());

/** The value of an expression inside a run; a thrown error's name. */
const evaluated = async (expression: string) =>
  dataOf(
    await pool.run(
      jobOf(
        initiating(
          `try { return sdk.response.success(await (async () => (${expression}))()) } catch (error) { return sdk.response.success(error.name) }`,
        ),
      ),
    ),
  );

describe('sdk.crypto', () => {
  it('hashes text and bytes', async () => {
    const data = 'grüße\u0000';
    for (const name of ['md5', 'sha1', 'sha256', 'sha384', 'sha512']) {
      for (const encoding of ['hex', 'base64', 'base64url'] as const) {
        const expected = createHash(name).update(data).digest(encoding);
        const hmac = createHmac(name, 'key').update(data).digest(encoding);
        const text = JSON.stringify(data);
        expect(
          await evaluated(
            `[sdk.crypto.${name}(${text}, '${encoding}'), sdk.crypto.${name}(new TextEncoder().encode(${text}), '${encoding}'), sdk.crypto.hmac('${name}', 'key', ${text}, '${encoding}')]`,
          ),
        ).toEqual([expected, expected, hmac]);
      }
    }
    expect(await evaluated(`sdk.crypto.hmac('rot13', 'key', 'x')`)).toBe('TypeError');
    expect(await evaluated(`sdk.crypto.md5({})`)).toBe('TypeError');
  });

  it('compares in constant time, and draws UUIDs', async () => {
    expect(
      await evaluated(
        `[sdk.crypto.timingSafeEqual('a', 'a'), sdk.crypto.timingSafeEqual('a', 'b'), sdk.crypto.timingSafeEqual('a', 'ab')]`,
      ),
    ).toEqual([true, false, false]);
    expect(await evaluated('sdk.crypto.randomUUID()')).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });

  it('signs and verifies', async () => {
    const rsa = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    const ec = generateKeyPairSync('ec', {
      namedCurve: 'P-256',
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    for (const [algorithm, keys] of [
      ['RSA-SHA256', rsa],
      ['RSA-PSS-SHA512', rsa],
      ['ECDSA-SHA256', ec],
      ['ES256', ec],
    ] as const) {
      const [pair, wrong] = [JSON.stringify(keys.privateKey), JSON.stringify(keys.publicKey)];
      expect(
        await evaluated(
          `(() => { const signature = sdk.crypto.sign('${algorithm}', ${pair}, 'text'); return [sdk.crypto.verify('${algorithm}', ${wrong}, 'text', signature), sdk.crypto.verify('${algorithm}', ${wrong}, 'test', signature)] })()`,
        ),
      ).toEqual([true, false]);
    }
    const signature = (await evaluated(
      `sdk.crypto.sign('RSA-SHA256', ${JSON.stringify(rsa.privateKey)}, 'text')`,
    )) as string;
    expect(
      verify(
        'sha256',
        Buffer.from('text'),
        createPublicKey(rsa.publicKey),
        Buffer.from(signature, 'base64'),
      ),
    ).toBe(true);
    expect(await evaluated(`sdk.crypto.sign('RSA-SHA256', 'no key', 'text')`)).toBe('TypeError');
    expect(
      await evaluated(`sdk.crypto.sign('ES256', ${JSON.stringify(rsa.privateKey)}, 'text')`),
    ).toBe('TypeError');
  });

  it('encrypts and decrypts', async () => {
    const key = '00112233445566778899aabbccddeeff';
    expect(
      await evaluated(
        `sdk.crypto.aesCbc.decrypt('${key}', '${key}', sdk.crypto.aesCbc.encrypt('${key}', '${key}', 'grüße'))`,
      ),
    ).toBe('grüße');
    const sealed = `sdk.crypto.aesGcm.encrypt('${key}', '000102030405060708090a0b', 'grüße', { aad: 'x', encoding: 'base64' })`;
    expect(
      await evaluated(
        `sdk.crypto.aesGcm.decrypt('${key}', '000102030405060708090a0b', ${sealed}, { aad: 'x', encoding: 'base64' })`,
      ),
    ).toBe('grüße');
    expect(
      await evaluated(
        `sdk.crypto.aesGcm.decrypt('${key}', '000102030405060708090a0b', ${sealed}, { aad: 'y', encoding: 'base64' })`,
      ),
    ).toBe('TypeError');
  });
});

describe('sdk.encoding and the web platform', () => {
  it.each([
    [
      `sdk.encoding.base64.encode('Ã¼\\u0000ÿ')`,
      Buffer.from('Ã¼\u0000ÿ', 'latin1').toString('base64'),
    ],
    [`sdk.encoding.base64.decode('w7w=')`, 'Ã¼'],
    [`sdk.encoding.base64.decode(' w7w ')`, 'Ã¼'],
    [`sdk.encoding.base64url.encode('>>>?')`, 'Pj4-Pw'],
    [`sdk.encoding.base64.encode('€')`, 'TypeError'],
    [`sdk.encoding.base64.decode('a')`, 'TypeError'],
    [`sdk.encoding.hex.encode('é')`, 'c3a9'],
    [`[...sdk.encoding.hex.decode('00ff')]`, [0, 255]],
    [`sdk.encoding.utf8.decode(sdk.encoding.utf8.encode('€'))`, '€'],
    [`btoa('x') + atob('eA==')`, 'eA==x'],
    [`new TextDecoder().decode(new TextEncoder().encode('grüße'))`, 'grüße'],
    [
      `new URL('/b?x=1&x=2#h', 'https://user@a.example:8080/a').href`,
      'https://user@a.example:8080/b?x=1&x=2#h',
    ],
    [
      `(() => { const url = new URL('https://a.example/?x=1'); url.searchParams.append('y', 'a b'); url.pathname = '/c'; return String(url) })()`,
      'https://a.example/c?x=1&y=a+b',
    ],
    [`new URL('nothing')`, 'TypeError'],
    [
      `[...new URLSearchParams({ a: '1', b: 'é' })].join() + new URLSearchParams('?a=1&a=2').getAll('a')`,
      'a,1,b,é1,2',
    ],
    [
      `(() => { const a = { d: new Date(0), m: new Map([[1, [2]]]) }; a.self = a; const b = structuredClone(a); return [b !== a, b.self === b, b.d.getTime(), b.m.get(1)] })()`,
      [true, true, 0, [2]],
    ],
    [`typeof console.error`, 'function'],
  ])('%s', async (expression, expected) => expect(await evaluated(expression)).toEqual(expected));

  it('writes and reads forms', () => {
    expect(encodeForm({ a: 'x y', 'b&': "é~'", n: 1, no: null, not: undefined }, '+')).toBe(
      'a=x+y&b%26=%C3%A9%7E%27&n=1',
    );
    expect(encodeForm({ a: 'x y' }, '%20')).toBe('a=x%20y');
    expect(decodeForm('a=1&a=2&b=%C3%A9+x&c&d=%zz')).toEqual({ a: '1', b: 'é x', c: '', d: '%zz' });
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string({ unit: 'grapheme', minLength: 1 }),
          fc.string({ unit: 'grapheme' }),
        ),
        (fields) => {
          expect(decodeForm(encodeForm(fields, '+'))).toEqual(
            Object.fromEntries(Object.entries(fields)),
          );
          expect(encodeForm(fields, '+')).toBe(
            new URLSearchParams(Object.entries(fields)).toString(),
          );
        },
      ),
    );
  });

  it('serves published scripts that import MD5, and steps made of two functions', async () => {
    const digest = `import { crypto } from 'jsr:@std/crypto@^1.0.3';
      export async function initiate(ctx, sdk) {
        const bytes = new Uint8Array(await crypto.subtle.digest('MD5', new TextEncoder().encode('abc')));
        return sdk.response.success([...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(''));
      }`;
    expect(dataOf(await pool.run(jobOf(digest)))).toBe('900150983cd24fb0d6963f7d28e17f72');
    const kit = `import { exchange } from 'switchyard:sdk';
      export const initiate = exchange({
        request: (ctx) => ({ method: 'POST', url: 'https://psp.example.com/pay', body: ctx.txn.amount }),
        response: (ctx, reply) => ({ __type: 'success', data: reply.data }),
      });`;
    expect(
      dataOf(await pool.run(jobOf(kit, { send: async () => replied({ paid: true }) }))),
    ).toEqual({ paid: true });
    const lost = await pool.run(
      jobOf(kit, { send: async () => ({ sent: 'unknown', reason: 'lost' }) }),
    );
    expect([failureOf(lost), lost.sent]).toEqual(['script_error', 'unknown']);
  });
});

describe('sdk.money', () => {
  it('is exact, and loses nothing silently', () => {
    expect(money.add('0.1', '0.2')).toBe('0.3');
    expect(money.subtract('1', '1.005')).toBe('-0.005');
    expect(money.compare('10.50', '10.5')).toBe(0);
    expect(money.toFixed('10.5', 3)).toBe('10.500');
    expect(money.toMinor('10.50', 2)).toBe('1050');
    expect(money.fromMinor('5', 3)).toBe('0.005');
    expect(money.fromMinor(-105, 2)).toBe('-1.05');
    expect(money.parse('0010.50')).toBe('10.50');
    for (const wrong of [
      () => money.toFixed('10.505', 2),
      () => money.toMinor('0.001', 2),
      () => money.parse('1e3'),
      () => money.parse(''),
      () => money.parse('1.'),
      () => money.fromMinor('1.5', 2),
      () => money.toFixed('1', -1),
      () => money.toFixed('1', 1.5),
    ]) {
      expect(wrong).toThrow(TypeError);
    }
  });

  it('agrees with whole numbers', () => {
    const minor = fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n });
    fc.assert(
      fc.property(minor, minor, fc.integer({ min: 0, max: 4 }), (a, b, scale) => {
        const [one, two] = [a, b].map((value) => money.fromMinor(String(value), scale));
        expect(money.toMinor(money.add(one!, two!), scale)).toBe(String(a + b));
        expect(money.compare(one!, two!)).toBe(a < b ? -1 : Number(a > b));
        expect(money.toFixed(one!, scale)).toBe(one);
      }),
    );
  });
});
