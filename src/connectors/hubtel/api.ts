// Sends one request to one of Hubtel's services. The only file that touches the keys.
import type { Call } from '../contract.ts';
import type { Json } from '../json.ts';
import type { PspRequest } from '../transport.ts';
import { type Answer, readAnswer } from './reply.ts';

export interface ApiRequest {
  /** Left out: the hosted checkout. */
  readonly host?: 'rmsc' | 'txnstatus' | 'rmp' | 'refund' | 'smp' | 'smrsc' | 'trnf';
  readonly path: string;
  /** Left out: a question. */
  readonly json?: Json;
}

export async function ask({ host, path, json }: ApiRequest, call: Call): Promise<Answer> {
  const { client_id: id = '', client_secret: key = '' } = call.credentials;
  const authorization = `Basic ${Buffer.from(`${id}:${key}`).toString('base64')}`;
  const request: PspRequest = {
    method: json === undefined ? 'GET' : 'POST',
    path,
    headers:
      json === undefined
        ? { authorization }
        : { authorization, 'content-type': 'application/json' },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    ...(host === undefined ? {} : { host }),
  };
  return readAnswer(await call.send(request));
}

/** This server's address is on Hubtel's list: the services behind it can be reached. */
export function isListed({ credentials }: Call): boolean {
  return credentials.ip_whitelisted?.toLowerCase() === 'true';
}

export function posOf({ credentials }: Call): string {
  return encodeURIComponent(credentials.merchant_account ?? '');
}
