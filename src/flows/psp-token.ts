// The access token of a PSP account, one for all processes: at some PSPs a new token ends the one before, so two that
// fetch at once would end each other's (psp/mpesa.md section 1). Whoever claims the row fetches; the others wait.
// Nothing of the database is held while the PSP is asked: a claim is a lease, and runs out if its holder dies.
import { createHash } from 'node:crypto';
import type { SharedToken, TokenWish } from '../connectors/contract.ts';
import {
  claimPspToken,
  findPspToken,
  pauseForPspToken,
  type StoredToken,
  settlePspToken,
  type TokenKey,
} from '../store/psp-tokens.ts';
import { open, type SealContext, seal } from '../vault/envelope.ts';
import { VaultError } from '../vault/vault-error.ts';
import type { Context } from './context.ts';
import { memory } from './memory.ts';

/** Given up before its end, so that it lasts as long as the call it is for. */
const SPARE_MS = 60_000;
/** Longer than a PSP takes for a token; whoever waits for one that died waits so long. */
const CLAIM_MS = 10_000;

type Parts = Pick<Context, 'db' | 'keyRing' | 'ports'>;

interface Known {
  readonly token: string;
  readonly expiresAt: number;
}

/** What this process knows, by database and account: spares the question where nothing has changed. */
interface Memory {
  readonly known: Map<string, Known>;
  readonly underWay: Map<string, Promise<unknown>>;
}

const memoryOf = memory<Memory>(() => ({ known: new Map(), underWay: new Map() }));

export function sharedTokens(parts: Parts, environmentId: string, provider: string): SharedToken {
  return <Failure>(wish: TokenWish<Failure>) => {
    const account = createHash('sha256').update(JSON.stringify(wish.of)).digest('hex');
    const key = { environmentId, provider, account };
    const { known, underWay } = memoryOf(parts.db);
    const name = `${environmentId} ${provider} ${account}`;
    const remembered = known.get(name);
    if (remembered && !wish.renew && isGood(parts, remembered, wish.refused))
      return Promise.resolve({ token: remembered.token });
    // One question of a process at a time: the others take what it gets.
    const kind = `${name} ${wish.renew ?? ''} ${wish.refused ?? ''}`;
    const waiting = underWay.get(kind) as ReturnType<typeof obtain<Failure>> | undefined;
    if (waiting) return waiting;
    const asked = obtain(parts, key, wish, (one) => known.set(name, one)).finally(() =>
      underWay.delete(kind),
    );
    underWay.set(kind, asked);
    return asked;
  };
}

/** Where a token is sealed for; `subject`: provider and account. */
export function pspTokenPlace(environmentId: string, subject: string): SealContext {
  return { environmentId, subject, field: 'psp_token' };
}

function isGood({ ports }: Parts, { token, expiresAt }: Known, refused: string | undefined) {
  return token !== refused && ports.clock.nowMs() < expiresAt - SPARE_MS;
}

async function obtain<Failure>(
  parts: Parts,
  key: TokenKey,
  wish: TokenWish<Failure>,
  remember: (known: Known) => void,
): Promise<{ readonly token: string } | { readonly failure: Failure }> {
  const { db, ports } = parts;
  let renew = wish.renew === true;
  for (;;) {
    const stored = await findPspToken(db, key);
    const known = stored && unsealed(parts, key, stored);
    if (known && !renew && isGood(parts, known, wish.refused)) {
      remember(known);
      return { token: known.token };
    }
    const nowMs = ports.clock.nowMs();
    const claim = ports.random.bytes(16).toString('hex');
    const seen = stored?.sealedToken ?? null;
    const lease = { claim, nowMs, untilMs: nowMs + CLAIM_MS, seen };
    if (await claimPspToken(db, key, lease)) return fetchNew(parts, key, claim, wish, remember);
    // Who asks to check credentials may take what another process has just got for the same ones.
    renew = false;
    await pauseForPspToken(db);
  }
}

async function fetchNew<Failure>(
  parts: Parts,
  key: TokenKey,
  claim: string,
  { fetch }: TokenWish<Failure>,
  remember: (known: Known) => void,
): Promise<{ readonly token: string } | { readonly failure: Failure }> {
  const { db, keyRing, ports } = parts;
  let fresh: (Known & StoredToken) | null = null;
  try {
    const got = await fetch();
    if ('failure' in got) return got;
    const { token, expiresInS } = got;
    const expiresAt = ports.clock.nowMs() + Math.max(0, expiresInS) * 1_000;
    const sealedToken = seal(keyRing, placeOf(key), token, ports.random);
    fresh = { token, expiresAt, sealedToken };
    remember(fresh);
    return { token };
  } finally {
    await settlePspToken(db, key, claim, fresh, ports.clock.nowMs());
  }
}

/** Null when no key opens it (any more): a new token is no loss. */
function unsealed({ keyRing }: Parts, key: TokenKey, stored: StoredToken): Known | null {
  try {
    const token = open(keyRing, placeOf(key), stored.sealedToken);
    return { token, expiresAt: stored.expiresAt };
  } catch (error) {
    if (error instanceof VaultError) return null;
    throw error;
  }
}

function placeOf({ environmentId, provider, account }: TokenKey): SealContext {
  return pspTokenPlace(environmentId, `${provider} ${account}`);
}
