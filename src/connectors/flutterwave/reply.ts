// Reads Flutterwave's envelope `{status: "success"|"error", message, data, meta}`. Its `status` tells how the API call
// went; the payment's result is `data.status`, and `data` may be missing (psp/flutterwave.md sections 1 and 2.2).
import { type Json, objectOf, parseObject, textOf } from '../json.ts';
import type { Transmission } from '../transport.ts';

export interface Reply {
  readonly httpStatus: number;
  /** The API call was accepted. Says nothing about the payment. */
  readonly accepted: boolean;
  readonly message: string;
  readonly data: Json;
  /** `data` when it is a list. */
  readonly list: readonly Json[] | null;
  readonly meta: Json;
}

export type Answer =
  | { readonly kind: 'reply'; readonly reply: Reply }
  /** A refusal that the HTTP status alone proves: 401, 403, 429 without a readable body. */
  | { readonly kind: 'bare'; readonly httpStatus: number }
  | { readonly kind: 'not_sent'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string };

/** Statuses that a gateway or a race may produce after the request was passed on: they prove nothing. */
const PROVES_NOTHING = new Set([408, 409, 499]);
const BARE_REFUSALS = new Set([401, 403, 429]);

export function readAnswer(transmission: Transmission): Answer {
  if (transmission.sent !== 'replied')
    return { kind: transmission.sent, reason: transmission.reason };
  const { status, text } = transmission;
  const final = (status >= 200 && status < 300) || (status >= 400 && status < 500);
  if (!final || PROVES_NOTHING.has(status)) return { kind: 'unknown', reason: `HTTP ${status}` };
  const body = parseObject(text);
  const flag = body?.status;
  if (flag === 'success' && status >= 400)
    return { kind: 'unknown', reason: `accepted, but with HTTP ${status}` };
  if (body !== null && (flag === 'success' || flag === 'error'))
    return { kind: 'reply', reply: replyOf(status, flag === 'success', body) };
  if (BARE_REFUSALS.has(status)) return { kind: 'bare', httpStatus: status };
  return { kind: 'unknown', reason: `unreadable reply, HTTP ${status}` };
}

function replyOf(httpStatus: number, accepted: boolean, body: Json): Reply {
  return {
    httpStatus,
    accepted,
    message: textOf(body.message) ?? '',
    data: objectOf(body.data),
    list: Array.isArray(body.data) ? body.data.map(objectOf) : null,
    meta: objectOf(body.meta),
  };
}

/** The reply, or why a question got none. */
export function replyOrReason(answer: Answer): Reply | string {
  if (answer.kind === 'reply') return answer.reply;
  return answer.kind === 'bare' ? `not answered, HTTP ${answer.httpStatus}` : answer.reason;
}
