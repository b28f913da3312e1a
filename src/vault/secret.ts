// Secrets that we hand out (API keys, tokens, client secrets): made here, stored as hashes, compared in constant time.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Random } from '../kernel/ports.ts';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/**
 * A new secret of so many random bytes in letters and digits, always of the same length (32 bytes: 43 characters).
 * No `.`, `-` or `_`: keys are put together with those, and a secret can be selected with a double click.
 */
export function newSecret(random: Random, bytes = 32): string {
  const length = Math.ceil((bytes * 8) / Math.log2(62));
  let number = BigInt(`0x${random.bytes(bytes).toString('hex')}`);
  let text = '';
  while (text.length < length) {
    text = BASE62[Number(number % 62n)]! + text;
    number /= 62n;
  }
  return text;
}

/**
 * What is stored of a secret. One SHA-256 is right here: our secrets are 32 random bytes, so there is no dictionary to
 * slow down, and a slow hash would only make every request pay. It would be wrong for passwords that people choose.
 */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** Whether two secrets, or two stored hashes, are the same; the time taken tells nothing about where they differ. */
export function sameSecret(a: string | Buffer, b: string | Buffer): boolean {
  return timingSafeEqual(digest(a), digest(b)); // digests, because timingSafeEqual needs equal lengths
}

function digest(value: string | Buffer): Buffer {
  return createHash('sha256').update(value).digest();
}
