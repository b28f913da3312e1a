// Who is asking: a presented key is looked up by its public half and compared by the hash of its secret half. An
// unknown key takes the same comparison as a wrong one.
import { Problem } from '../kernel/problem.ts';
import { authenticate, type KeyKind, type KnownKey, touchKey } from '../store/api-keys.ts';
import { hashSecret, sameSecret } from '../vault/secret.ts';
import type { Caller, Context } from './context.ts';
import { memory } from './memory.ts';

export interface PresentedKey {
  readonly kind: KeyKind;
  readonly keyId: string;
  readonly secret: string;
}

/** How stale `last_used_at` may be. */
const TOUCH_EVERY_MS = 60_000;

const NOBODY = Buffer.alloc(32);

export type Authenticate = (presented: PresentedKey) => Promise<Omit<Caller, 'actorId'>>;

/** The keys that this process is just noting the use of. */
const touchingOf = memory(() => new Set<string>());

export function authenticator(context: Context): Authenticate {
  return async ({ kind, keyId, secret }) => {
    const key = await authenticate(context.db, keyId);
    const right = sameSecret(hashSecret(secret), key?.secretHash ?? NOBODY);
    if (!key || !right || key.kind !== kind)
      throw new Problem(401, 'invalid_api_key', 'The API key is not valid');
    if (key.revokedAt !== null)
      throw new Problem(401, 'api_key_revoked', 'The API key was revoked');
    touch(context, key);
    return { environment: key.environment, keyId: key.id, scopes: key.scopes };
  };
}

/** Not awaited: the request does not depend on it. */
function touch({ db, ports, log }: Context, key: KnownKey): void {
  const nowMs = ports.clock.nowMs();
  if (key.lastUsedAt !== null && nowMs - key.lastUsedAt < TOUCH_EVERY_MS) return;
  const touching = touchingOf(db);
  if (touching.has(key.id)) return;
  touching.add(key.id);
  touchKey(db, key.environment.id, key.id, nowMs)
    .catch(() => log.warn({ keyId: key.id }, 'the use of a key was not noted'))
    .finally(() => touching.delete(key.id));
}

const REEVIT_KEY = /^pfk_(test|live)_([0-9a-f]{32})\.([0-9A-Za-z]{16,128})$/;

/** `pfk_test_<id>.<secret>`; null for anything else. */
export function parseReevitKey(text: string): (PresentedKey & { mode: 'sandbox' | 'live' }) | null {
  const [, word, id, secret] = REEVIT_KEY.exec(text) ?? [];
  if (id === undefined || secret === undefined) return null;
  return { kind: 'reevit', keyId: `key_${id}`, secret, mode: word === 'live' ? 'live' : 'sandbox' };
}

/** `sec_…` says nothing about its place: the key's id is made of its hash. */
export function parseConnxtToken(text: string): PresentedKey | null {
  if (!/^sec_[0-9A-Za-z_]{1,64}$/.test(text)) return null;
  return { kind: 'connxt', keyId: connxtKeyId(text), secret: text };
}

export function connxtKeyId(token: string): string {
  return `key_${hashSecret(`id of ${token}`).toString('hex').slice(0, 32)}`;
}

/** The client id of the Formance API is the key's id. */
export function parseFormanceClient(clientId: string, clientSecret: string): PresentedKey | null {
  if (!/^key_[0-9a-f]{32}$/.test(clientId)) return null;
  return { kind: 'formance', keyId: clientId, secret: clientSecret };
}
