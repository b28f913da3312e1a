import { createHash, createSecretKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { decryptXaes, encryptXaes, TAG_BYTES } from './aead.ts';

// The vectors of c2sp.org/XAES-256-GCM. Ours puts the tag first, the specification puts it last.
describe('XAES-256-GCM', () => {
  const nonce = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWX');
  const plaintext = Buffer.from('XAES-256-GCM');

  it.each([
    [0x01, '', 'ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271'],
    [0x03, 'c2sp.org/XAES-256-GCM', '986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d'],
  ])('agrees with the published vector of key %i', (byte, aad, expected) => {
    const key = createSecretKey(Buffer.alloc(32, byte));
    const sealed = encryptXaes(key, nonce, Buffer.from(aad), plaintext);
    expect(tagLast(sealed).toString('hex')).toBe(expected);
    expect(decryptXaes(key, nonce, Buffer.from(aad), sealed)).toEqual(plaintext);
    expect(decryptXaes(key, nonce, Buffer.from(`${aad}.`), sealed)).toBeNull();
  });

  it('agrees with the published digest of 10,000 random messages', () => {
    const take = shakeStream();
    const digest = createHash('shake128', { outputLength: 32 });
    for (let i = 0; i < 10_000; i++) {
      const key = createSecretKey(take(32));
      const someNonce = take(24);
      const message = take(take(1)[0]!);
      const aad = take(take(1)[0]!);
      const sealed = encryptXaes(key, someNonce, aad, message);
      digest.update(tagLast(sealed));
      if (!decryptXaes(key, someNonce, aad, sealed)?.equals(message)) expect.fail(`message ${i}`);
    }
    const published = 'e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939';
    expect(digest.digest('hex')).toBe(published);
  });
});

function tagLast(sealed: Buffer): Buffer {
  return Buffer.concat([sealed.subarray(TAG_BYTES), sealed.subarray(0, TAG_BYTES)]);
}

/** The output of SHAKE-128 of nothing, from its beginning: 10,000 × (32 + 24 + 2 + 2 × 255) bytes at most. */
function shakeStream(): (count: number) => Buffer {
  const stream = createHash('shake128', { outputLength: 5_680_000 }).digest();
  let at = 0;
  return (count) => {
    at += count;
    return stream.subarray(at - count, at);
  };
}
