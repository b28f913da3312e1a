// The signatures of one delivery: Standard Webhooks 1.0.0 (reliability.md section 5) and Reevit's own (api/reevit.md
// section 15), over the same bytes with the same secret.
import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  type KeyObject,
  sign,
} from 'node:crypto';

/** Of one endpoint, opened. */
export interface Secrets {
  /** `whsec_…` */
  readonly current: string;
  /** Signs too while both are valid. */
  readonly previous: string | null;
  /** 32 bytes in base64; null: no Ed25519. */
  readonly ed25519: string | null;
}

export interface Signed {
  /** For `webhook-signature`. */
  readonly standard: string;
  /** For `X-Reevit-Signature`, which holds one. */
  readonly reevit: string;
  readonly reevitPrevious: string | null;
}

export interface Message {
  readonly id: string;
  readonly timestampS: number;
  readonly body: string;
}

export type Sign = (message: Message) => Signed;

/** Its keys are made ready once: that takes longer than a signature. */
export function signerOf({ current, previous, ed25519 }: Secrets): Sign {
  const standardKeys = (previous === null ? [current] : [current, previous]).map(standardKey);
  const reevitKey = keyOf(current);
  const reevitKeyBefore = previous === null ? null : keyOf(previous);
  const edKey = ed25519 === null ? null : privateKey(ed25519);
  return ({ id, timestampS, body }) => {
    const text = `${id}.${timestampS}.${body}`;
    const signatures = standardKeys.map((key) => `v1,${hmac(key, text, 'base64')}`);
    if (edKey !== null)
      signatures.push(`v1a,${sign(null, Buffer.from(text), edKey).toString('base64')}`);
    return {
      standard: signatures.join(' '),
      reevit: reevitWith(reevitKey, body),
      reevitPrevious: reevitKeyBefore === null ? null : reevitWith(reevitKeyBefore, body),
    };
  };
}

/** Reevit's key is the whole text of the secret, with its `whsec_`. */
export function reevitSignature(secret: string, body: string): string {
  return reevitWith(keyOf(secret), body);
}

function reevitWith(key: KeyObject, body: string): string {
  return `sha256=${hmac(key, body, 'hex')}`;
}

/** The key of Standard Webhooks is what the secret decodes to. */
function standardKey(secret: string): KeyObject {
  return createSecretKey(Buffer.from(secret.replace(/^whsec_/, ''), 'base64'));
}

function keyOf(text: string): KeyObject {
  return createSecretKey(Buffer.from(text));
}

function hmac(key: KeyObject, text: string, encoding: 'base64' | 'hex'): string {
  return createHmac('sha256', key).update(text).digest(encoding);
}

/** RFC 8410: what stands before the 32 bytes of an Ed25519 key in PKCS #8. */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

function privateKey(seed: string): KeyObject {
  const key = Buffer.concat([PKCS8, Buffer.from(seed, 'base64')]);
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}

/** What a merchant checks `v1a` signatures with: `whpk_…`. */
export function publicKeyOf(seed: string): string {
  const spki = createPublicKey(privateKey(seed)).export({ format: 'der', type: 'spki' });
  return `whpk_${spki.subarray(-32).toString('base64')}`;
}
