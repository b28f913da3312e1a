// Authenticated encryption: AES-256-GCM, and XAES-256-GCM (c2sp.org/XAES-256-GCM), which is AES-256-GCM under a key
// derived from the first half of a 24-byte nonce. Only ciphers; what is encrypted for whom is decided elsewhere.
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';

export const TAG_BYTES = 16;
export const GCM_NONCE_BYTES = 12;
export const XAES_NONCE_BYTES = 24;

/** The tag, then the ciphertext. A key and a nonce must never meet twice. */
export function encryptGcm(key: KeyObject, nonce: Buffer, aad: Buffer, plaintext: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(aad);
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([cipher.getAuthTag(), ciphertext]);
}

/** Null when a single bit of key, nonce, AAD, tag or ciphertext is not what it was. */
export function decryptGcm(
  key: KeyObject,
  nonce: Buffer,
  aad: Buffer,
  sealed: Buffer,
): Buffer | null {
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(0, TAG_BYTES));
  const plaintext = decipher.update(sealed.subarray(TAG_BYTES));
  try {
    return Buffer.concat([plaintext, decipher.final()]);
  } catch {
    plaintext.fill(0); // unauthenticated: nobody may see it
    return null;
  }
}

/**
 * For the long-lived key. GCM alone allows 2^32 messages under one key with random nonces (NIST SP 800-38D 8.3), which
 * a busy server reaches in weeks; with 24-byte random nonces there is no practical limit.
 */
export function encryptXaes(key: KeyObject, nonce: Buffer, aad: Buffer, plaintext: Buffer): Buffer {
  return encryptGcm(deriveKey(key, nonce), nonce.subarray(12), aad, plaintext);
}

export function decryptXaes(
  key: KeyObject,
  nonce: Buffer,
  aad: Buffer,
  sealed: Buffer,
): Buffer | null {
  return decryptGcm(deriveKey(key, nonce), nonce.subarray(12), aad, sealed);
}

/** NIST SP 800-108r1 counter mode with CMAC-AES-256, label `X`, context the nonce's first 12 bytes: two blocks. */
function deriveKey(key: KeyObject, nonce: Buffer): KeyObject {
  const subkey = subkeyOf(key);
  const blocks = Buffer.alloc(32);
  for (const counter of [1, 2]) {
    const start = (counter - 1) * 16;
    blocks.set([0, counter, 0x58, 0], start);
    nonce.copy(blocks, start + 4, 0, 12);
    for (let i = 0; i < 16; i++) blocks[start + i]! ^= subkey[i]!;
  }
  return createSecretKey(encryptBlocks(key, blocks));
}

/** One per long-lived key, as secret as the key itself: gone from here when the key is. */
const subkeys = new WeakMap<KeyObject, Buffer>();

function subkeyOf(key: KeyObject): Buffer {
  let subkey = subkeys.get(key);
  if (subkey === undefined) {
    subkey = doubled(encryptBlocks(key, Buffer.alloc(16)));
    subkeys.set(key, subkey);
  }
  return subkey;
}

/** CMAC's K1: the block shifted left by one bit, reduced (NIST SP 800-38B 6.1). */
function doubled(block: Buffer): Buffer {
  const result = Buffer.alloc(16);
  for (let i = 0; i < 16; i++) result[i] = (block[i]! << 1) | ((block[i + 1] ?? 0) >> 7);
  result[15]! ^= (block[0]! >> 7) * 0x87;
  return result;
}

function encryptBlocks(key: KeyObject, blocks: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  return Buffer.concat([cipher.update(blocks), cipher.final()]);
}
