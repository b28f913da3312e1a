// Hubtel's callbacks (psp/hubtel.md section 4): unsigned. Each comes to an address that one request named; it is a reason
// to ask and says nothing that is believed. What only it knows (the order that a refund needs) is handed on as a hint.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { judgeCallback, readCallback } from '../callback.ts';
import type {
  Authenticity,
  Credentials,
  InboundMessage,
  WebhookMessage,
  WebhookTarget,
} from '../contract.ts';
import { idOf, type Json, objectOf, parseObject, textOf } from '../json.ts';
import { lowerNames } from './reply.ts';

export function verifyWebhook(
  { headers, query, rawBody }: InboundMessage,
  { client_secret: secret = '' }: Credentials,
  nowMs: number,
): Authenticity {
  // Hubtel documents no signature; Reevit's SDK looks for one. A wrong one is a forgery, a right one no evidence.
  const signature = headers['x-hubtel-signature'] ?? headers['hubtel-signature'];
  if (signature !== undefined && !isSignature(signature, rawBody, secret)) return 'forged';
  if (query.callback === undefined) return 'unsigned';
  return judgeCallback(query.callback, secret, nowMs) === 'forged' ? 'forged' : 'unsigned';
}

function isSignature(given: string, rawBody: Buffer, secret: string): boolean {
  if (secret === '' || rawBody.length === 0 || !/^[0-9a-f]{64}$/i.test(given)) return false;
  const right = createHmac('sha256', secret).update(rawBody).digest();
  return timingSafeEqual(Buffer.from(given, 'hex'), right);
}

const NOBODY: WebhookTarget = {
  reference: null,
  pspReference: null,
  paymentId: null,
  refundReference: null,
  refundPspReference: null,
};

export function readWebhook({ rawBody, query }: InboundMessage): WebhookMessage | null {
  const given = parseObject(rawBody.toString('utf8'));
  const body = given && lowerNames(given);
  const code = idOf(body?.responsecode);
  if (body === null || code === null) return null;
  const data = objectOf(body.data);
  const callback = readCallback(query.callback);
  const reference = callback?.reference ?? referenceOf(data);
  const word = code === '0000' ? 'success' : 'failure';
  if (callback?.about === 'r')
    return say(`refund.${word}`, 'refund', { ...NOBODY, refundReference: reference }, {});
  if (callback?.about === 'd') return say(`payout.${word}`, 'payout', { ...NOBODY, reference }, {});
  if (reference === null) return null;
  const hints = hintsOf(code, body, data, callback !== null);
  return say(`payment.${word}`, 'charge', { ...NOBODY, reference }, hints);
}

function say(
  eventType: string,
  about: 'charge' | 'refund' | 'payout',
  target: WebhookTarget,
  hints: Readonly<Record<string, string>>,
): WebhookMessage {
  // No id of its own: the host compares bodies.
  return { eventId: null, eventType, target, about, outcome: null, amountMinor: null, hints };
}

function referenceOf(data: Json): string | null {
  const reference = textOf(data.clientreference);
  return reference !== null && /^[0-9a-f]{32}$/.test(reference) ? reference : null;
}

/** `addressed`: it came to the secret address of this payment. */
function hintsOf(code: string, body: Json, data: Json, addressed: boolean): Record<string, string> {
  if (!addressed) return {};
  const order = idOf(data.orderid) ?? idOf(data.salesinvoiceid);
  const said = textOf(data.description) ?? textOf(body.message) ?? 'failed';
  return {
    ...(order === null ? {} : { order_id: order }),
    ...(code === '2001' ? { failed: said.slice(0, 200) } : {}),
  };
}
