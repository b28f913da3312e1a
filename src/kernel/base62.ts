// Ids of the Connxt API (connxt.md section 2): random letters and digits, TypeIDs, and our own ids spelled in them.
import { createHash } from 'node:crypto';
import { newUuidHex } from './ids.ts';
import type { Ports, Random } from './ports.ts';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** Crockford's alphabet in lower case: TypeIDs are read by people. */
const BASE32 = '0123456789abcdefghjkmnpqrstvwxyz';
const UUID_IN_BASE62 = 22;

/** `length` characters, each of the 62 equally likely: bytes that would favour some are drawn again. */
export function randomBase62(random: Random, length: number): string {
  let text = '';
  while (text.length < length) {
    for (const byte of random.bytes(length - text.length)) {
      if (byte < 248) text += BASE62[byte % 62]!;
    }
  }
  return text;
}

/** For example `ftg_01jt2ctt8veh48mkpcx2bdeatz`: a UUIDv7 in 26 characters. */
export function newTypeId(prefix: 'ftg' | 'fld' | 'fat', ports: Ports): string {
  return `${prefix}_${base32(newUuidHex(ports))}`;
}

/** The same id for the same words, on every installation. */
export function fixedTypeId(prefix: 'ftg' | 'fld', words: string): string {
  return `${prefix}_${base32(createHash('sha256').update(words).digest('hex').slice(0, 32))}`;
}

/** 32 hexadecimal digits in 22 characters; back again by `hexOfBase62`. */
export function base62OfHex(hex: string): string {
  let number = BigInt(`0x${hex}`);
  let text = '';
  for (let i = 0; i < UUID_IN_BASE62; i += 1) {
    text = BASE62[Number(number % 62n)]! + text;
    number /= 62n;
  }
  return text;
}

/** Null when it is not what `base62OfHex` makes. */
export function hexOfBase62(text: string): string | null {
  if (text.length !== UUID_IN_BASE62) return null;
  let number = 0n;
  for (const character of text) {
    const digit = BASE62.indexOf(character);
    if (digit < 0) return null;
    number = number * 62n + BigInt(digit);
  }
  const hex = number.toString(16).padStart(32, '0');
  return hex.length === 32 ? hex : null;
}

function base32(hex: string): string {
  let number = BigInt(`0x${hex}`);
  let text = '';
  for (let i = 0; i < 26; i += 1) {
    text = BASE32[Number(number % 32n)]! + text;
    number /= 32n;
  }
  return text;
}
