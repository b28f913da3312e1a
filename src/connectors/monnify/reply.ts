// Reads Monnify's envelope `{requestSuccessful, responseMessage, responseCode, responseBody}`. It tells how the API call
// went; the payment's result is `paymentStatus` (psp/monnify.md section 1).
import { type Json, objectOf, parseObject, textOf } from '../json.ts';
import type { Transmission } from '../transport.ts';

export interface Reply {
  readonly httpStatus: number;
  /** The API call was accepted. Says nothing about the payment. */
  readonly accepted: boolean;
  readonly message: string;
  /** `0`, `99`, `D07`, `R12` …. */
  readonly code: string;
  readonly body: Json;
}

export type Answer =
  | { readonly kind: 'reply'; readonly reply: Reply }
  /** A refusal that the HTTP status alone proves: 401, 403, 429 without a readable envelope. */
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
  const accepted = body === null ? null : flagOf(body);
  if (accepted && status >= 400)
    return { kind: 'unknown', reason: `accepted, but with HTTP ${status}` };
  if (body !== null && accepted !== null)
    return { kind: 'reply', reply: replyOf(status, accepted, body) };
  if (BARE_REFUSALS.has(status)) return { kind: 'bare', httpStatus: status };
  return { kind: 'unknown', reason: `unreadable reply, HTTP ${status}` };
}

/** Some replies leave the flag out: then the code tells (section 1). Null: no envelope, or one that contradicts itself. */
function flagOf({ requestSuccessful: flag, responseCode: code }: Json): boolean | null {
  if (flag === true) return code === undefined || code === '0' ? true : null;
  if (flag === false) return code === '0' ? null : false;
  if (flag !== undefined || typeof code !== 'string') return null;
  return code === '0';
}

function replyOf(httpStatus: number, accepted: boolean, body: Json): Reply {
  return {
    httpStatus,
    accepted,
    message: textOf(body.responseMessage) ?? '',
    code: textOf(body.responseCode) ?? '',
    body: objectOf(body.responseBody),
  };
}

/** The reply, or why a question got none. */
export function replyOrReason(answer: Answer): Reply | string {
  if (answer.kind === 'reply') return answer.reply;
  return answer.kind === 'bare' ? `not answered, HTTP ${answer.httpStatus}` : answer.reason;
}

/** The reference is not known at Monnify. Proves nothing by itself: the host counts. */
export function isNotFound({ accepted, httpStatus, message }: Reply): boolean {
  const said = /could not find|not found/i.test(message);
  return !accepted && said && [200, 400, 404, 422].includes(httpStatus);
}
