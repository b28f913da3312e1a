// Stripe-Signature (psp/stripe.md section 4): HMAC-SHA256 over `<t>.<raw body>`, any matching v1, five minutes of
// tolerance in both directions. Signed is not enough: a Connect endpoint is signed for test events and for other
// accounts too, and those are a hint, not evidence.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Authenticity, Credentials, InboundMessage } from '../contract.ts';
import { jsonObject } from '../transport.ts';
import { textAt } from './json.ts';

const TOLERANCE_S = 300;
const HEADER_MAX = 4096;

export function verifyWebhook(
  { headers, rawBody }: InboundMessage,
  credentials: Credentials,
  nowMs: number,
): Authenticity {
  // During rotation the old and the new secret stand side by side.
  const secrets = (credentials.stripe_webhook_secret ?? '').split(/[\s,]+/).filter(Boolean);
  if (secrets.length === 0) return 'unsigned';
  const header = parseHeader(headerOf(headers, 'stripe-signature'));
  if (header === null) return 'forged';
  if (Math.abs(Math.floor(nowMs / 1000) - Number(header.t)) > TOLERANCE_S) return 'forged';
  const isSigned = secrets.some((secret) => {
    const expected = createHmac('sha256', secret).update(`${header.t}.`).update(rawBody).digest();
    return header.signatures.some((signature) => timingSafeEqual(signature, expected));
  });
  if (!isSigned) return 'forged';
  return isOfThisAccount(rawBody, credentials) ? 'verified' : 'unsigned';
}

/** `t=…,v1=…[,v1=…]`; schemes other than v1 are ignored. Null when it cannot be a signature. */
function parseHeader(
  text: string | null,
): { readonly t: string; readonly signatures: readonly Buffer[] } | null {
  if (text === null || text.length > HEADER_MAX) return null;
  const times: string[] = [];
  const signatures: Buffer[] = [];
  for (const part of text.split(',')) {
    const [, scheme, value] = /^\s*(t|v1)=([0-9a-fA-F]+)\s*$/.exec(part) ?? [];
    if (scheme === 't') times.push(value ?? '');
    if (scheme === 'v1' && value?.length === 64) signatures.push(Buffer.from(value, 'hex'));
  }
  const [t = ''] = times;
  const isSound = times.length === 1 && /^\d{1,12}$/.test(t) && signatures.length > 0;
  return isSound ? { t, signatures } : null;
}

function isOfThisAccount(rawBody: Buffer, credentials: Credentials): boolean {
  const event = jsonObject(rawBody.toString('utf8'));
  const keyMode = /^[a-z]{2}_(live|test)_/.exec(credentials.secret_key ?? '')?.[1];
  const livemode = event?.livemode;
  if (keyMode !== undefined && typeof livemode === 'boolean' && livemode !== (keyMode === 'live')) {
    return false;
  }
  const account = textAt(event, 'account');
  return account === null || account === credentials.account_id;
}

function headerOf(headers: Readonly<Record<string, string>>, name: string): string | null {
  const key = Object.keys(headers).find((candidate) => candidate.toLowerCase() === name);
  const value = key === undefined ? undefined : headers[key];
  return typeof value === 'string' ? value : null;
}
