// Access tokens of the Formance API: signed, so that any server of this database can check one by itself. The client
// is looked up at every request all the same, so that a revoked one is out at once.
import { errors, jwtVerify, SignJWT } from 'jose';
import { Problem } from '../../kernel/problem.ts';
import { authenticate } from '../../store/api-keys.ts';
import { authenticator, parseFormanceClient } from '../authenticate.ts';
import type { Caller, Context } from '../context.ts';
import { memory } from '../memory.ts';
import { SigningKeys } from './signing-keys.ts';

export const TOKEN_LIFETIME_S = 3600;
/** Verified tokens are remembered until they expire: checking a signature costs more than all the rest of a request. */
const REMEMBERED_MAX = 2_000;

interface Verified {
  readonly keyId: string;
  readonly scopes: readonly string[];
  readonly expiresAtMs: number;
}

/** Oldest first. */
const verifiedOf = memory(() => new Map<string, Verified>());

export interface Granted {
  readonly token: string;
  readonly scopes: readonly string[];
}

export class Tokens {
  readonly keys: SigningKeys;
  readonly #context: Context;
  readonly #authenticateClient: ReturnType<typeof authenticator>;

  constructor(context: Context) {
    this.#context = context;
    this.keys = new SigningKeys(context);
    this.#authenticateClient = authenticator(context);
  }

  /** Trades a client's credentials for a token. `asked`: the scopes it wants; none: all that it has. */
  async grant(clientId: string, secret: string, asked: readonly string[]): Promise<Granted> {
    const presented = parseFormanceClient(clientId, secret);
    if (!presented) throw invalidClient();
    const client = await this.#authenticateClient(presented);
    const unknown = asked.filter((scope) => !client.scopes.includes(scope) && !IGNORED.has(scope));
    if (unknown.length > 0) throw new Problem(400, 'invalid_scope', 'The client has no such scope');
    const wanted = client.scopes.filter((scope) => asked.includes(scope));
    const scopes = wanted.length > 0 ? wanted : client.scopes;
    const key = await this.keys.newest();
    const nowS = Math.floor(this.#context.ports.clock.nowMs() / 1000);
    const token = await new SignJWT({ scope: scopes.join(' ') })
      .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: key.id })
      .setIssuer(issuerOf(this.#context))
      .setAudience(AUDIENCE)
      .setSubject(clientId)
      .setIssuedAt(nowS)
      .setExpirationTime(nowS + TOKEN_LIFETIME_S)
      .sign(key.privateKey);
    return { token, scopes };
  }

  /** Who presents this token. */
  async callerOf(token: string): Promise<Caller> {
    const { keyId, scopes } = await this.#verify(token);
    const client = await authenticate(this.#context.db, keyId);
    if (client?.kind !== 'formance' || client.revokedAt !== null) throw invalidToken();
    const { environment } = client;
    return {
      environment,
      keyId,
      scopes: scopes.filter((scope) => client.scopes.includes(scope)),
      actorId: null,
    };
  }

  async #verify(token: string): Promise<Verified> {
    const nowMs = this.#context.ports.clock.nowMs();
    const remembered = verifiedOf(this.#context.db);
    const known = remembered.get(token);
    if (known && known.expiresAtMs > nowMs) return known;
    remembered.delete(token);
    const verified = await this.#checkSignature(token, nowMs);
    remembered.set(token, verified);
    if (remembered.size > REMEMBERED_MAX) {
      const [oldest = ''] = remembered.keys();
      remembered.delete(oldest);
    }
    return verified;
  }

  async #checkSignature(token: string, nowMs: number): Promise<Verified> {
    try {
      const { payload } = await jwtVerify(
        token,
        async ({ kid }) => {
          const key = await this.keys.find(kid ?? '');
          if (!key) throw new errors.JWKSNoMatchingKey();
          return key.publicKey;
        },
        { algorithms: ['RS256'], typ: 'at+jwt', audience: AUDIENCE, currentDate: new Date(nowMs) },
      );
      const { sub, exp, scope } = payload;
      if (sub === undefined || exp === undefined || typeof scope !== 'string') throw invalidToken();
      return { keyId: sub, scopes: scope.split(' '), expiresAtMs: exp * 1000 };
    } catch (error) {
      if (error instanceof errors.JOSEError) throw invalidToken();
      throw error;
    }
  }
}

const AUDIENCE = 'payments';
/** What OpenID clients ask for besides, and Formance's SDK 4.6 with every call. */
const IGNORED = new Set(['openid', 'offline_access', 'auth:read', '']);

export function issuerOf({ publicUrl }: Pick<Context, 'publicUrl'>): string {
  return `${publicUrl}/api/auth`;
}

function invalidClient(): Problem {
  return new Problem(401, 'invalid_api_key', 'The client is not known');
}

function invalidToken(): Problem {
  return new Problem(401, 'unauthorized', 'The access token is not valid');
}
