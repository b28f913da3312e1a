// Work of the machine on other threads: signatures of access tokens (WebCrypto), a further cell for scripts, looks at the
// catalogue of scripts. It takes no time in a world, which waits until it is done; else the order of things would depend
// on how fast it was.
import { generateKeyPairSync } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK } from 'jose';
import { signingKeyPlace } from '../../src/flows/oauth/signing-keys.ts';
import type { Ports } from '../../src/kernel/ports.ts';
import type { Db } from '../../src/store/db.ts';
import { insertFirstSigningKey } from '../../src/store/signing-keys.ts';
import { seal } from '../../src/vault/envelope.ts';
import type { KeyRing } from '../../src/vault/key-ring.ts';

let underWay = 0;

export function isBusyOutside(): boolean {
  return underWay > 0;
}

export async function outside<T>(work: Promise<T>): Promise<T> {
  underWay += 1;
  try {
    return await work;
  } finally {
    underWay -= 1;
  }
}

type Asked = (...args: never[]) => Promise<unknown>;

const { subtle } = globalThis.crypto;
for (const name of ['sign', 'verify', 'importKey'] as const) {
  const real = subtle[name].bind(subtle) as Asked;
  const counted: Asked = (...args) => outside(real(...args));
  Object.defineProperty(subtle, name, { value: counted });
}

/** Long to make, and nothing of a world depends on it: one for all worlds of a run. */
let made: { readonly id: string; readonly text: string } | null = null;

/** As if a server before had made it. */
export async function bringSigningKey(db: Db, keyRing: KeyRing, ports: Ports): Promise<void> {
  made ??= await makeKey();
  const { id, text } = made;
  const sealedKey = seal(keyRing, signingKeyPlace('', id), text, ports.random);
  await insertFirstSigningKey(db, { id, sealedKey }, ports.clock.nowMs());
}

async function makeKey() {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const id = await calculateJwkThumbprint(await exportJWK(publicKey));
  return { id, text: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}
