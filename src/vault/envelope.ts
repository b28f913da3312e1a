// Envelope encryption of secrets at rest (DESIGN section 4, F18). Each sealing has a data key of its own, wrapped by a
// master key, and is bound to its place: moved to another environment, subject or field it does not open.
//
//   v1.<key id>.<base64url of: wrap nonce 24 | wrap tag 16 | wrapped data key 32 | nonce 12 | tag 16 | ciphertext>
import { createSecretKey } from 'node:crypto';
import type { Random } from '../kernel/ports.ts';
import {
  decryptGcm,
  decryptXaes,
  encryptGcm,
  encryptXaes,
  GCM_NONCE_BYTES,
  TAG_BYTES,
  XAES_NONCE_BYTES,
} from './aead.ts';
import type { KeyRing, MasterKey } from './key-ring.ts';
import { VaultError } from './vault-error.ts';

/** The place of a secret. Whoever opens it must name the same place. */
export interface SealContext {
  readonly environmentId: string;
  /** The id of what the secret belongs to: a connection, a payment. */
  readonly subject: string;
  readonly field: string;
}

const VERSION = 'v1';
const DATA_KEY_BYTES = 32;
const WRAP_BYTES = XAES_NONCE_BYTES + TAG_BYTES + DATA_KEY_BYTES;
const BODY_BYTES_MIN = GCM_NONCE_BYTES + TAG_BYTES;

/** Text, or named texts such as a connection's credentials (read back with `openFields`). */
export function seal(
  ring: KeyRing,
  context: SealContext,
  plaintext: string | Readonly<Record<string, string>>,
  random: Random,
): string {
  const text = typeof plaintext === 'string' ? plaintext : JSON.stringify(plaintext);
  if (!text.isWellFormed()) throw malformed('the text to seal is not well-formed Unicode');
  const dataKey = random.bytes(DATA_KEY_BYTES);
  const nonce = random.bytes(GCM_NONCE_BYTES);
  const aad = aadOf('body', context);
  const body = encryptGcm(createSecretKey(dataKey), nonce, aad, Buffer.from(text));
  const wrapped = wrap(ring.active, context, dataKey, random);
  dataKey.fill(0);
  return format(ring.active.id, wrapped, Buffer.concat([nonce, body]));
}

/** The sealed text. Throws a VaultError: unknown_key, tampered (also: another place) or malformed. */
export function open(ring: KeyRing, context: SealContext, sealed: string): string {
  const { keyId, wrapped, body } = parse(sealed);
  const dataKey = unwrap(ring, context, keyId, wrapped);
  const plaintext = decryptGcm(
    createSecretKey(dataKey),
    body.subarray(0, GCM_NONCE_BYTES),
    aadOf('body', context),
    body.subarray(GCM_NONCE_BYTES),
  );
  dataKey.fill(0);
  if (plaintext === null) throw tampered();
  return plaintext.toString('utf8');
}

/** As `open`, for what was sealed as named texts. */
export function openFields(
  ring: KeyRing,
  context: SealContext,
  sealed: string,
): Readonly<Record<string, string>> {
  const text = open(ring, context, sealed);
  try {
    const fields: unknown = JSON.parse(text);
    if (isFields(fields)) return fields;
  } catch {
    // The parser's message quotes the text; ours does not.
  }
  throw malformed('the sealed text does not hold named fields');
}

/** The same secret under the ring's active key; null when it already is. The body stays as it is, byte for byte. */
export function rewrap(
  ring: KeyRing,
  context: SealContext,
  sealed: string,
  random: Random,
): string | null {
  const { keyId, wrapped, body } = parse(sealed);
  if (keyId === ring.active.id) return null;
  const dataKey = unwrap(ring, context, keyId, wrapped);
  const rewrapped = wrap(ring.active, context, dataKey, random);
  dataKey.fill(0);
  return format(ring.active.id, rewrapped, body);
}

/** The id of the master key that a sealed text needs; no key is needed to read it. */
export function keyIdOf(sealed: string): string {
  return parse(sealed).keyId;
}

function wrap(master: MasterKey, context: SealContext, dataKey: Buffer, random: Random): Buffer {
  const nonce = random.bytes(XAES_NONCE_BYTES);
  const aad = aadOf('data key', context);
  return Buffer.concat([nonce, encryptXaes(master.key, nonce, aad, dataKey)]);
}

function unwrap(ring: KeyRing, context: SealContext, keyId: string, wrapped: Buffer): Buffer {
  const master = ring.find(keyId);
  if (!master)
    throw new VaultError('unknown_key', `sealed with master key ${keyId}, which the ring lacks`);
  const nonce = wrapped.subarray(0, XAES_NONCE_BYTES);
  const aad = aadOf('data key', context);
  const dataKey = decryptXaes(master.key, nonce, aad, wrapped.subarray(XAES_NONCE_BYTES));
  if (dataKey === null) throw tampered();
  return dataKey;
}

/** Every part behind its length, so that no two places have the same encoding. */
function aadOf(purpose: 'data key' | 'body', context: SealContext): Buffer {
  const { environmentId, subject, field } = context;
  const parts = ['switchyard vault', VERSION, purpose, environmentId, subject, field];
  const lengths = parts.map((part) => Buffer.byteLength(part));
  const encoded = Buffer.alloc(lengths.reduce((sum, length) => sum + 4 + length, 0));
  let at = 0;
  for (const [index, part] of parts.entries()) {
    if (!part.isWellFormed()) throw malformed('the place of a secret is not well-formed Unicode');
    at = encoded.writeUInt32BE(lengths[index]!, at);
    at += encoded.write(part, at);
  }
  return encoded;
}

function format(keyId: string, wrapped: Buffer, body: Buffer): string {
  return `${VERSION}.${keyId}.${Buffer.concat([wrapped, body]).toString('base64url')}`;
}

function parse(sealed: string): { keyId: string; wrapped: Buffer; body: Buffer } {
  const [, keyId, text] = /^v1\.([0-9a-f]{8})\.([\w-]+)$/.exec(sealed) ?? [];
  if (keyId === undefined || text === undefined) throw malformed('not a sealed text of version v1');
  const bytes = Buffer.from(text, 'base64url');
  // Base64 has several spellings of the same bytes; only ours is taken, so that every changed character is noticed.
  if (bytes.toString('base64url') !== text || bytes.length < WRAP_BYTES + BODY_BYTES_MIN)
    throw malformed('a sealed text was cut or changed');
  return { keyId, wrapped: bytes.subarray(0, WRAP_BYTES), body: bytes.subarray(WRAP_BYTES) };
}

function isFields(value: unknown): value is Readonly<Record<string, string>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((field) => typeof field === 'string')
  );
}

function malformed(message: string): VaultError {
  return new VaultError('malformed', message);
}

function tampered(): VaultError {
  return new VaultError('tampered', 'a sealed text was changed, or belongs to another place');
}
