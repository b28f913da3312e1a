// For tests of connectors: the parts of a call that most PSPs have no use for.
import type { Call } from './contract.ts';

export const plainCall: Pick<Call, 'token' | 'callbackUrl'> = {
  token: () => Promise.reject(new Error('no token was expected')),
  callbackUrl: 'https://pay.shop.example/wh/test',
};

/** A token that is fetched once and given until it is refused, as the host does (flows/psp-token.ts). */
export function tokenInMemory(): Call['token'] {
  let kept: string | null = null;
  return async ({ fetch, refused, renew }) => {
    if (kept !== null && kept !== refused && !renew) return { token: kept };
    const got = await fetch();
    if ('failure' in got) return got;
    kept = got.token;
    return { token: got.token };
  };
}
