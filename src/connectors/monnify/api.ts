// Sends one request to Monnify with an access token, which lives about an hour and is shared by all processes; one that
// is refused is replaced once (psp/monnify.md section 1). The only file that touches the keys.
import type { AccessToken, Call } from '../contract.ts';
import { idOf, type Json, textOf } from '../json.ts';
import { type TokenOr, withToken } from '../with-token.ts';
import { type Answer, readAnswer } from './reply.ts';

/** One request of Monnify's, as the pure builders make it. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly json?: Json;
  readonly movesNoMoney?: boolean;
}

export function ask(request: ApiRequest, call: Call): Promise<Answer> {
  return withToken(
    (wish) => accessToken(call, wish),
    (token) => send(request, token, call),
    isTokenRefused,
  );
}

/** 401 proves that nothing was done. */
function isTokenRefused(answer: Answer): boolean {
  if (answer.kind === 'bare') return answer.httpStatus === 401;
  return answer.kind === 'reply' && !answer.reply.accepted && answer.reply.httpStatus === 401;
}

async function send(request: ApiRequest, token: string, call: Call): Promise<Answer> {
  const { method, path, json, movesNoMoney } = request;
  const authorization = `Bearer ${token}`;
  const transmission = await call.send({
    method,
    path,
    headers: json ? { authorization, 'content-type': 'application/json' } : { authorization },
    ...(json ? { body: JSON.stringify(json) } : {}),
    ...(movesNoMoney ? { movesNoMoney } : {}),
  });
  return readAnswer(transmission);
}

/** `renew`: asks Monnify in any case, to check the keys. */
export function accessToken(
  { credentials, send, token }: Call,
  wish: { readonly refused?: string; readonly renew?: true },
): Promise<TokenOr<Answer>> {
  const { api_key: apiKey = '', secret_key: secretKey = '' } = credentials;
  const basic = Buffer.from(`${apiKey}:${secretKey}`).toString('base64');
  return token<Answer>({
    ...wish,
    of: [apiKey, secretKey],
    fetch: async () =>
      readToken(
        readAnswer(
          await send({
            method: 'POST',
            path: '/api/v1/auth/login',
            headers: { authorization: `Basic ${basic}` },
            movesNoMoney: true,
            secretReply: true,
          }),
        ),
      ),
  });
}

function readToken(answer: Answer): AccessToken | { readonly failure: Answer } {
  if (answer.kind === 'bare') return { failure: answer };
  if (answer.kind !== 'reply') return { failure: unsent(answer.reason) };
  const { accepted, httpStatus, body } = answer.reply;
  if (!accepted) {
    // Whatever the login says of a 4xx but a rate limit, it is about the keys.
    const refused = httpStatus >= 400 && httpStatus < 500;
    if (!refused) return { failure: unsent('the login was not accepted') };
    return { failure: { kind: 'bare', httpStatus: httpStatus === 429 ? 429 : 401 } };
  }
  const token = textOf(body.accessToken);
  const seconds = Number(idOf(body.expiresIn) ?? Number.NaN);
  if (token === null || !(seconds > 0)) return { failure: unsent('an unreadable login') };
  return { token, expiresInS: seconds };
}

/** Without a token the request itself was never sent. */
function unsent(reason: string): Answer {
  return { kind: 'not_sent', reason: `no access token: ${reason}` };
}
