// The keys of access tokens: made by the first server that needs one, sealed in the database, shared by all.
import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { calculateJwkThumbprint, exportJWK, type JWK } from 'jose';
import {
  insertFirstSigningKey,
  listSigningKeys,
  type SigningKeyRow,
} from '../../store/signing-keys.ts';
import { open, seal } from '../../vault/envelope.ts';
import type { Context } from '../context.ts';
import { memory } from '../memory.ts';

export interface SigningKey {
  readonly id: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** What anybody who sends nonsense for a key id may make us look up, at most. */
const LOOK_AGAIN_AFTER_MS = 1_000;
const RSA_BITS = 2048;

/** Where a signing key is sealed for. */
export function signingKeyPlace(environmentId: string, id: string) {
  return { environmentId, subject: id, field: 'signing key' };
}

interface Memory {
  /** Newest first: it signs. */
  keys: readonly SigningKey[];
  readAtMs: number;
  reading: Promise<void> | null;
}

const memoryOf = memory<Memory>(() => ({
  keys: [],
  readAtMs: Number.NEGATIVE_INFINITY,
  reading: null,
}));

export class SigningKeys {
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  async newest(): Promise<SigningKey> {
    const memory = this.#memory;
    if (memory.keys.length === 0) await this.#read();
    return memory.keys[0]!;
  }

  /** Null when no key has this id. Another server may have made one meanwhile. */
  async find(id: string): Promise<SigningKey | null> {
    const memory = this.#memory;
    const known = memory.keys.find((one) => one.id === id);
    if (known) return known;
    if (this.#context.ports.clock.nowMs() < memory.readAtMs + LOOK_AGAIN_AFTER_MS) return null;
    await this.#read();
    return memory.keys.find((one) => one.id === id) ?? null;
  }

  /** RFC 7517: the public halves. */
  async publicKeys(): Promise<JWK[]> {
    await this.newest();
    return Promise.all(
      this.#memory.keys.map(async ({ id, publicKey }) => ({
        ...(await exportJWK(publicKey)),
        kid: id,
        use: 'sig',
        alg: 'RS256',
      })),
    );
  }

  get #memory(): Memory {
    return memoryOf(this.#context.db);
  }

  #read(): Promise<void> {
    const memory = this.#memory;
    memory.reading ??= this.#load(memory).finally(() => {
      memory.reading = null;
    });
    return memory.reading;
  }

  async #load(memory: Memory): Promise<void> {
    const { db, ports } = this.#context;
    let rows = await listSigningKeys(db);
    if (rows.length === 0) {
      await insertFirstSigningKey(db, await newKeyRow(this.#context), ports.clock.nowMs());
      rows = await listSigningKeys(db);
    }
    const known = new Map(memory.keys.map((one) => [one.id, one]));
    memory.keys = rows.map((row) => known.get(row.id) ?? this.#open(row));
    memory.readAtMs = ports.clock.nowMs();
  }

  #open({ id, sealedKey }: SigningKeyRow): SigningKey {
    const privateKey = createPrivateKey(
      open(this.#context.keyRing, signingKeyPlace('', id), sealedKey),
    );
    return { id, privateKey, publicKey: createPublicKey(privateKey) };
  }
}

async function newKeyRow({ keyRing, ports }: Context): Promise<SigningKeyRow> {
  const pair = await promisify(generateKeyPair)('rsa', { modulusLength: RSA_BITS });
  const id = await calculateJwkThumbprint(await exportJWK(pair.publicKey));
  const text = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { id, sealedKey: seal(keyRing, signingKeyPlace('', id), text, ports.random) };
}
