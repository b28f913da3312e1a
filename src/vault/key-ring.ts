// The master keys: one active, which seals, and any number of others, which are only read during a rotation (F18).
// Key material stays inside; what is printed or serialised of a ring is nothing.
import { createHash, createSecretKey, type KeyObject } from 'node:crypto';
import { VaultError } from './vault-error.ts';

export const MASTER_KEY_BYTES = 32;

export interface MasterKey {
  /** 8 hexadecimal digits that name the key in everything it seals, and say nothing about it. */
  readonly id: string;
  readonly key: KeyObject;
}

/** Where the keys were read; null while there is nothing to read. */
export type KeySource = () => string | null;

export class KeyRing {
  #active: MasterKey;
  readonly #byId: Map<string, MasterKey>;
  readonly #source: KeySource;

  /** The first key is the active one. */
  constructor(keys: readonly [MasterKey, ...MasterKey[]], source: KeySource = () => null) {
    this.#active = keys[0];
    this.#byId = new Map(keys.map((key) => [key.id, key]));
    if (this.#byId.size !== keys.length) throw bad('the same master key is listed twice');
    this.#source = source;
  }

  get active(): MasterKey {
    return this.#active;
  }

  /** Active key first. */
  get ids(): readonly string[] {
    return [...new Set([this.#active.id, ...this.#byId.keys()])];
  }

  /** A key that is not known may be new: another process rotates the keys while this one runs. */
  find(id: string): MasterKey | null {
    const known = this.#byId.get(id);
    if (known) return known;
    this.refresh();
    return this.#byId.get(id) ?? null;
  }

  /**
   * Reads the source again and seals with its first key from now on. Keys that left the source are kept: what was
   * read before the rotation may still need them. A source that cannot be read changes nothing.
   */
  refresh(): void {
    const text = this.#source();
    if (text === null) return;
    const [first, ...others] = readKeys(text);
    for (const key of [first, ...others]) if (!this.#byId.has(key.id)) this.#byId.set(key.id, key);
    this.#active = first;
  }
}

/**
 * Reads SWITCHYARD_MASTER_KEY or the file master.key: 32 bytes in base64. During a rotation several, separated by
 * commas: the new one first, then those that older secrets are still sealed with.
 */
export function openKeyRing(text: string, source?: KeySource): KeyRing {
  return new KeyRing(readKeys(text), source);
}

function readKeys(text: string): [MasterKey, ...MasterKey[]] {
  const words = text.split(',').map((word) => word.trim());
  const [first, ...others] = words.map((word, index) =>
    readKey(
      word,
      words.length === 1 ? 'the master key' : `master key ${index + 1} of ${words.length}`,
    ),
  );
  return [first!, ...others];
}

function readKey(word: string, name: string): MasterKey {
  if (word === '') throw bad(`${name} is empty: expected 32 bytes in base64`);
  const bytes = Buffer.from(word, 'base64'); // takes the URL alphabet too, and skips what is neither
  const canonical = bytes.toString('base64url');
  const given = word.replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_');
  if (given !== canonical) throw bad(`${name} is not base64: expected 32 bytes in base64`);
  if (bytes.length !== MASTER_KEY_BYTES)
    throw bad(`${name} has ${bytes.length} bytes: expected 32 bytes in base64`);
  if (bytes.every((byte) => byte === bytes[0]))
    throw bad(`${name} is one byte repeated, not a key: make one with \`openssl rand -base64 32\``);
  return { id: idOf(bytes), key: createSecretKey(bytes) };
}

/** The prefix keeps this hash apart from every other use of the key. */
function idOf(bytes: Buffer): string {
  const hash = createHash('sha256').update('switchyard master key id\0').update(bytes);
  return hash.digest('hex').slice(0, 8);
}

function bad(message: string): VaultError {
  return new VaultError('bad_master_key', message);
}
