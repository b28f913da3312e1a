// Reads the replies of PSPs that put every answer in a JSON envelope with a flag of its own. The flag tells how the API
// call went, never what became of the payment. What an HTTP status proves is decided here, once for all of them.
import { type Json, parseObject } from './json.ts';
import type { Transmission } from './transport.ts';

export type EnvelopeAnswer<Reply> =
  | { readonly kind: 'reply'; readonly reply: Reply }
  /** A refusal that the HTTP status alone proves: 401, 403, 429 without a readable envelope. */
  | { readonly kind: 'bare'; readonly httpStatus: number }
  | { readonly kind: 'not_sent'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string };

export interface Envelope<Reply> {
  /** Whether the API call was accepted; null: the body is no envelope, or one that contradicts itself. */
  readonly flagOf: (body: Json) => boolean | null;
  readonly replyOf: (httpStatus: number, accepted: boolean, body: Json) => Reply;
}

/** Statuses that a gateway or a race may produce after the request was passed on: they prove nothing. */
const PROVES_NOTHING = new Set([408, 409, 499]);
const BARE_REFUSALS = new Set([401, 403, 429]);

export function readEnvelope<Reply>(
  transmission: Transmission,
  { flagOf, replyOf }: Envelope<Reply>,
): EnvelopeAnswer<Reply> {
  if (transmission.sent !== 'replied')
    return { kind: transmission.sent, reason: transmission.reason };
  const { status, text } = transmission;
  const final = (status >= 200 && status < 300) || (status >= 400 && status < 500);
  if (!final || PROVES_NOTHING.has(status)) return { kind: 'unknown', reason: `HTTP ${status}` };
  const body = parseObject(text);
  const accepted = body === null ? null : flagOf(body);
  if (accepted && status >= 400)
    return { kind: 'unknown', reason: `accepted, but with HTTP ${status}` };
  if (body !== null && accepted !== null)
    return { kind: 'reply', reply: replyOf(status, accepted, body) };
  if (BARE_REFUSALS.has(status)) return { kind: 'bare', httpStatus: status };
  return { kind: 'unknown', reason: `unreadable reply, HTTP ${status}` };
}

/** The reply, or why a question got none. */
export function replyOrReason<Reply>(answer: EnvelopeAnswer<Reply>): Reply | string {
  if (answer.kind === 'reply') return answer.reply;
  return answer.kind === 'bare' ? `not answered, HTTP ${answer.httpStatus}` : answer.reason;
}
