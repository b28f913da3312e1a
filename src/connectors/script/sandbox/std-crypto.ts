// Inside the sandbox: what published scripts import as `jsr:@std/crypto`, mostly for MD5 (connxt.md 9.1).
import { ask, fromBinary, portable } from './host.ts';

const HASHES: Readonly<Record<string, string>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

type Algorithm = string | { readonly name: string };

export const crypto = Object.freeze({
  randomUUID: (): string => ask('uuid'),
  subtle: Object.freeze({
    async digest(algorithm: Algorithm, data: Uint8Array | ArrayBuffer): Promise<ArrayBuffer> {
      const name = typeof algorithm === 'string' ? algorithm : algorithm.name;
      const hash = HASHES[`${name}`.toUpperCase()];
      if (hash === undefined) throw new TypeError(`no digest ${name}`);
      const text = ask<string>('hash', hash, portable(data, 'data'), 'hex');
      return fromBinary(ask('decode', 'hex', text)).buffer;
    },
  }),
});
