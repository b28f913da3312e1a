// Sends one request to Flutterwave and reads the envelope of its reply. The only file that touches the secret key.
import type { Call } from '../contract.ts';
import type { Json } from '../json.ts';
import type { PspRequest } from '../transport.ts';
import { type Answer, readAnswer } from './reply.ts';

/** One request of Flutterwave's, as the pure builders make it. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly json?: Json;
  readonly movesNoMoney?: boolean;
}

export async function ask(request: ApiRequest, call: Call): Promise<Answer> {
  return readAnswer(await call.send(encode(request, call.credentials.secret_key ?? '')));
}

function encode(request: ApiRequest, secretKey: string): PspRequest {
  const authorization = `Bearer ${secretKey}`;
  const { method, path, json, movesNoMoney } = request;
  return {
    method,
    path,
    headers: json ? { authorization, 'content-type': 'application/json' } : { authorization },
    ...(json ? { body: JSON.stringify(json) } : {}),
    ...(movesNoMoney ? { movesNoMoney } : {}),
  };
}
