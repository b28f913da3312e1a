// Reads Paystack's envelope `{status, message, data, code, type}` and its members, of which every one may be missing
// or of another type. `status` tells how the API call went; the payment's result is `data.status` (section 1).
import { type Json, objectOf, parseObject, textOf } from '../json.ts';
import type { Transmission } from '../transport.ts';

export interface Reply {
  readonly httpStatus: number;
  /** The envelope's flag: the API call was accepted. Says nothing about the payment. */
  readonly accepted: boolean;
  readonly message: string;
  /** `duplicate_reference`, `transaction_not_found` …; older endpoints send none. */
  readonly code: string | null;
  readonly type: string | null;
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
  if (body?.status === true && status >= 400)
    return { kind: 'unknown', reason: `accepted, but with HTTP ${status}` };
  if (typeof body?.status === 'boolean')
    return { kind: 'reply', reply: replyOf(status, body.status, body) };
  if (BARE_REFUSALS.has(status)) return { kind: 'bare', httpStatus: status };
  return { kind: 'unknown', reason: `unreadable reply, HTTP ${status}` };
}

function replyOf(httpStatus: number, flag: boolean, body: Json): Reply {
  return {
    httpStatus,
    accepted: flag,
    message: textOf(body.message) ?? '',
    code: textOf(body.code),
    type: textOf(body.type),
    data: objectOf(body.data),
    list: Array.isArray(body.data) ? body.data.map(objectOf) : null,
    meta: objectOf(body.meta),
  };
}

/** `metadata` comes back as an object, as JSON text, or as 0, "" or null (section 6). */
export function metadataOf(value: unknown): Json {
  return typeof value === 'string' ? (parseObject(value) ?? {}) : objectOf(value);
}
