// Sends one request to Daraja with the account's access token, of which there is one at a time: a new one ends the one
// before (psp/mpesa.md section 1). A token that is refused is replaced once. The only file that touches the keys.
import { constants, publicEncrypt } from 'node:crypto';
import type { AccessToken, Call, Credentials } from '../contract.ts';
import { idOf, type Json, textOf } from '../json.ts';
import { type TokenOr, withToken } from '../with-token.ts';
import {
  type Answer,
  answersBy5xx,
  isTokenRefused,
  readAnswer,
  refusesBy5xx,
  verdictOf,
} from './reply.ts';

export interface ApiRequest {
  readonly path: string;
  readonly json: Json;
  readonly movesNoMoney?: boolean;
}

export function ask(request: ApiRequest, call: Call): Promise<Answer> {
  return withToken(
    (wish) => accessToken(call, wish),
    (token) => send(request, token, call),
    isTokenRefused,
  );
}

async function send(
  { path, json, movesNoMoney }: ApiRequest,
  token: string,
  call: Call,
): Promise<Answer> {
  const transmission = await call.send({
    method: 'POST',
    path,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(json),
    refusesBy5xx: movesNoMoney ? answersBy5xx : refusesBy5xx,
    ...(movesNoMoney ? { movesNoMoney } : {}),
  });
  return readAnswer(transmission);
}

/** `renew`: asks Safaricom in any case, to check the keys. */
export function accessToken(
  { credentials, send, token }: Call,
  wish: { readonly refused?: string; readonly renew?: true },
): Promise<TokenOr<Answer>> {
  const { consumer_key: key = '', consumer_secret: secret = '' } = credentials;
  const basic = Buffer.from(`${key}:${secret}`).toString('base64');
  return token<Answer>({
    ...wish,
    of: [key, secret],
    fetch: async () =>
      readToken(
        readAnswer(
          await send({
            method: 'GET',
            path: '/oauth/v1/generate?grant_type=client_credentials',
            headers: { authorization: `Basic ${basic}` },
            secretReply: true,
          }),
        ),
      ),
  });
}

function readToken(answer: Answer): AccessToken | { readonly failure: Answer } {
  if (answer.kind === 'error') {
    // Whatever this endpoint says of a 4xx, it is about the keys.
    const known = verdictOf(answer);
    const aboutKeys = known === 'invalid_request' || known === 'merchant_config';
    const failure = aboutKeys ? { ...answer, code: '', httpStatus: 401 } : answer;
    return { failure: known === 'unknown' ? unsent(`HTTP ${answer.httpStatus}`) : failure };
  }
  if (answer.kind !== 'reply') return { failure: unsent(answer.reason) };
  const token = textOf(answer.body.access_token);
  const seconds = Number(idOf(answer.body.expires_in) ?? Number.NaN);
  if (token === null || !(seconds > 0)) return { failure: unsent('an unreadable reply') };
  return { token, expiresInS: seconds };
}

/** Without a token the request itself was never sent. */
function unsent(reason: string): Answer {
  return { kind: 'not_sent', reason: `no access token: ${reason}` };
}

/** Who acts for payouts, reversals and status questions; null: the connection has none. */
export function initiatorOf({
  initiator_name: name,
  security_credential: ready,
  initiator_password: password,
  certificate,
}: Credentials): { readonly name: string; readonly credential: string } | null {
  if (!name) return null;
  if (ready) return { name, credential: ready };
  if (!password || !certificate) return null;
  const padded = { key: certificate, padding: constants.RSA_PKCS1_PADDING };
  return { name, credential: publicEncrypt(padded, Buffer.from(password)).toString('base64') };
}
