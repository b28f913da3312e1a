// The host's own check of an inbound message, for connectors whose description says how (connector-contract.md G-2).
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Credentials } from '../contract.ts';
import type { VersionSettings } from './version.ts';

/** Over the raw bytes, in constant time; `none` where there is nothing to check with. */
export function signatureOf(
  { webhook }: Pick<VersionSettings, 'webhook'>,
  { headers, rawBody }: { readonly headers: Readonly<Record<string, string>>; rawBody: Buffer },
  credentials: Credentials,
): 'right' | 'wrong' | 'none' {
  const { verify, hmac } = webhook;
  if (verify !== 'hmac-sha256' || !hmac) return 'none';
  const key = credentials[hmac.keyFrom];
  if (key === undefined || key === '') return 'none';
  const given = headers[hmac.header.toLowerCase()] ?? '';
  const right = createHmac('sha256', key).update(rawBody).digest();
  const bytes = Buffer.from(given.trim(), hmac.encoding);
  return bytes.length === right.length && timingSafeEqual(bytes, right) ? 'right' : 'wrong';
}
