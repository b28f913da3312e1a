// Inside a slot's thread: what scripts may compute outside the engine, because it is slow or hard to get right there.
// Pure functions of their arguments (but for some signatures); they open nothing, read nothing and keep nothing.
import {
  constants,
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto';

/** Text, or bytes with a character for each. */
type Portable = string | { readonly bytes: string };
type Text = 'hex' | 'base64' | 'base64url';

const HASHES = ['md5', 'sha1', 'sha256', 'sha384', 'sha512'];
const TEXTS = ['hex', 'base64', 'base64url'];
/** A longer one is no key, and signing with a huge one takes seconds that nobody could interrupt. */
const KEY_CHARACTERS_MAX = 8 * 1024;
const RSA_BITS_MAX = 4096;

/** A mistake of the script's, which it may catch. */
export class Misuse extends Error {}

export const nativeOperations: Readonly<Record<string, (...args: never[]) => unknown>> = {
  hash: (name: string, data: Portable, text: Text) =>
    createHash(hashOf(name)).update(bytesOf(data, 'utf8')).digest(textOf(text)),
  hmac: (name: string, key: Portable, data: Portable, text: Text) =>
    createHmac(hashOf(name), bytesOf(key, 'utf8'))
      .update(bytesOf(data, 'utf8'))
      .digest(textOf(text)),
  equal(a: Portable, b: Portable) {
    const [one, two] = [bytesOf(a, 'utf8'), bytesOf(b, 'utf8')];
    return one.length === two.length && timingSafeEqual(one, two);
  },
  sign: signed,
  verify: verified,
  aes,
  encode: encoded,
  decode: decoded,
  'utf8.encode': (text: string) => Buffer.from(text).toString('latin1'),
  'utf8.decode': (bytes: string) => new TextDecoder().decode(Buffer.from(bytes, 'latin1')),
  url: addressParts,
};

/** Signatures that are another each time: the run's journal has to remember them. */
export function isRandomised(operation: string, args: readonly unknown[]): boolean {
  return operation === 'sign' && !String(args[0]).startsWith('RSA-SHA');
}

function hashOf(name: string): string {
  if (!HASHES.includes(name)) throw new Misuse(`no hash ${String(name).slice(0, 20)}`);
  return name;
}

function textOf(name: Text): Text {
  if (!TEXTS.includes(name)) throw new Misuse('encoding must be hex, base64 or base64url');
  return name;
}

function bytesOf(data: Portable, text: 'utf8' | Text): Buffer {
  if (typeof data === 'string') return Buffer.from(data, text);
  if (typeof data?.bytes === 'string') return Buffer.from(data.bytes, 'latin1');
  throw new Misuse('data must be a string or bytes');
}

const SIGNATURE = /^(?:(?<kind>RSA|RSA-PSS|ECDSA)-SHA(?<bits>256|384|512)|ES(?<jose>256|384))$/;

function signature(algorithm: string, key: KeyObject) {
  const { kind, bits, jose } = SIGNATURE.exec(String(algorithm))?.groups ?? {};
  const hash = `sha${bits ?? jose}`;
  const rsa = kind === 'RSA' || kind === 'RSA-PSS';
  if (kind === undefined && jose === undefined) throw new Misuse('no such signature algorithm');
  const { modulusLength = 0, namedCurve } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType !== (rsa ? 'rsa' : 'ec'))
    throw new Misuse('the key is of another kind');
  if (modulusLength > RSA_BITS_MAX) throw new Misuse(`keys have at most ${RSA_BITS_MAX} bits`);
  if (!rsa && namedCurve !== 'prime256v1' && namedCurve !== 'secp384r1') {
    throw new Misuse('the curve must be P-256 or P-384');
  }
  const options =
    kind === 'RSA-PSS'
      ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
      : { dsaEncoding: jose === undefined ? ('der' as const) : ('ieee-p1363' as const) };
  return { hash, key: { key, ...options } };
}

function signed(algorithm: string, pem: string, data: Portable, text: Text): string {
  const { hash, key } = signature(
    algorithm,
    keyOf(() => createPrivateKey(pemText(pem))),
  );
  return sign(hash, bytesOf(data, 'utf8'), key).toString(textOf(text));
}

function verified(
  algorithm: string,
  pem: string,
  data: Portable,
  proof: Portable,
  text: Text,
): boolean {
  const { hash, key } = signature(
    algorithm,
    keyOf(() => createPublicKey(pemText(pem))),
  );
  return verify(hash, bytesOf(data, 'utf8'), key, bytesOf(proof, textOf(text)));
}

function pemText(pem: unknown): string {
  if (typeof pem === 'string' && pem.length <= KEY_CHARACTERS_MAX) return pem;
  throw new Misuse('the key must be PEM text');
}

function keyOf(read: () => KeyObject): KeyObject {
  try {
    return read();
  } catch (error) {
    // OpenSSL's own words never quote the key, but nothing is gained by passing them on.
    throw error instanceof Misuse ? error : new Misuse('the key cannot be read');
  }
}

function aes(
  mode: 'gcm' | 'cbc',
  way: 'encrypt' | 'decrypt',
  key: Portable,
  iv: Portable,
  data: Portable,
  text: Text,
  aad: Portable | null,
): string {
  const [keyBytes, ivBytes] = [bytesOf(key, 'hex'), bytesOf(iv, 'hex')];
  if (![16, 24, 32].includes(keyBytes.length))
    throw new Misuse('the key must have 16, 24 or 32 bytes');
  if (ivBytes.length !== (mode === 'gcm' ? 12 : 16)) throw new Misuse('the IV has a wrong length');
  const bits = keyBytes.length * 8;
  try {
    if (mode === 'cbc') {
      const cipher =
        way === 'encrypt'
          ? createCipheriv(`aes-${bits}-cbc`, keyBytes, ivBytes)
          : createDecipheriv(`aes-${bits}-cbc`, keyBytes, ivBytes);
      const given = way === 'encrypt' ? bytesOf(data, 'utf8') : bytesOf(data, textOf(text));
      const out = Buffer.concat([cipher.update(given), cipher.final()]);
      return way === 'encrypt' ? out.toString(textOf(text)) : out.toString('utf8');
    }
    const algorithm = `aes-${bits}-gcm` as 'aes-256-gcm';
    if (way === 'encrypt') {
      const cipher = createCipheriv(algorithm, keyBytes, ivBytes);
      if (aad !== null) cipher.setAAD(bytesOf(aad, 'utf8'));
      const out = [cipher.update(bytesOf(data, 'utf8')), cipher.final(), cipher.getAuthTag()];
      return Buffer.concat(out).toString(textOf(text));
    }
    const given = bytesOf(data, textOf(text));
    const tag = given.subarray(Math.max(0, given.length - 16));
    const cipher = createDecipheriv(algorithm, keyBytes, ivBytes, { authTagLength: 16 });
    if (aad !== null) cipher.setAAD(bytesOf(aad, 'utf8'));
    cipher.setAuthTag(tag);
    const start = cipher.update(given.subarray(0, given.length - tag.length));
    return Buffer.concat([start, cipher.final()]).toString('utf8');
  } catch (error) {
    throw error instanceof Misuse ? error : new Misuse(`cannot ${way}`);
  }
}

function encoded(kind: Text, data: Portable): string {
  if (kind === 'hex') return bytesOf(data, 'utf8').toString('hex');
  if (typeof data !== 'string') throw new Misuse('text must be a string');
  for (let at = 0; at < data.length; at += 1) {
    if (data.charCodeAt(at) > 0xff)
      throw new Misuse('a character is above U+00FF: encode as UTF-8 first');
  }
  return Buffer.from(data, 'latin1').toString(textOf(kind));
}

function decoded(kind: Text, text: string): string {
  const bare = String(text).replace(/[\t\n\f\r ]/g, '');
  const digits = kind === 'hex' ? bare : bare.replace(/={1,2}$/, '');
  const shape = { hex: /^([0-9a-f]{2})*$/i, base64: /^[A-Za-z0-9+/]*$/, base64url: /^[\w-]*$/ };
  if (!shape[textOf(kind)].test(digits) || (kind !== 'hex' && digits.length % 4 === 1)) {
    throw new Misuse(`not ${kind}`);
  }
  return Buffer.from(digits, kind).toString('latin1');
}

const PARTS = 'href origin protocol username password host hostname port pathname search hash';
type Part = 'href' | 'protocol' | 'host' | 'hostname' | 'port' | 'pathname' | 'search' | 'hash';

function addressParts(text: string, base: string | null, part: Part | null, value: string) {
  if (!URL.canParse(text, base ?? undefined)) throw new Misuse('Invalid URL');
  const url = new URL(text, base ?? undefined);
  if (part !== null && PARTS.split(' ').includes(part)) url[part] = value;
  return Object.fromEntries(PARTS.split(' ').map((name) => [name, url[name as Part]]));
}
