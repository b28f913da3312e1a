// Sorts what the transport brought back: an object, a refusal in Stripe's own words, or nothing certain. Only a
// refusal that carries Stripe's error envelope is one: a gateway's page proves nothing (psp/common.md section 2).
import { type Outcome, unknown } from '../../domain/attempt/outcome.ts';
import { jsonObject, type Transmission } from '../transport.ts';
import { declineOf, refusalOf } from './decline.ts';
import { type Json, objectAt, textAt } from './json.ts';

export type Reply =
  | { readonly kind: 'object'; readonly object: Json }
  | { readonly kind: 'refused'; readonly status: number; readonly error: Json }
  /** `stored`: a 5xx that Stripe repeats for this key as long as the key lives. Only the object can tell more. */
  | { readonly kind: 'lost'; readonly outcome: Outcome; readonly stored: boolean };

export function readReply(transmission: Transmission): Reply {
  if (transmission.sent === 'not_sent') {
    const outcome = { kind: 'not_sent', reason: transmission.reason } as const;
    return { kind: 'lost', outcome, stored: false };
  }
  if (transmission.sent === 'unknown') return lost(transmission.reason);
  const { status, headers, text } = transmission;
  const body = jsonObject(text);
  if (status >= 500) return serverError(status, headers);
  if (body === null) return lost(`HTTP ${status} with a body that is not a JSON object`);
  const error = objectAt(body, 'error');
  if (status >= 200 && status < 300 && error === null) return { kind: 'object', object: body };
  if (status >= 400 && error !== null) return { kind: 'refused', status, error };
  return lost(`HTTP ${status} that is neither an object nor an error of Stripe`);
}

/** The outcome of a refused request that would have moved or promised money. */
export function outcomeOfRefusal({ status, error }: Reply & { kind: 'refused' }): Outcome {
  const refusal = refusalOf(status, error);
  if (refusal.kind === 'undecided') return unknown(refusal.reason);
  return { kind: 'declined', decline: declineOf(status, error) };
}

/** What a failed question tells: nothing, except that Stripe may say that there is no such object. */
export function nothingLearned(reply: Exclude<Reply, { kind: 'object' }>): Outcome {
  if (reply.kind === 'refused') {
    const code = textAt(reply.error, 'code') ?? textAt(reply.error, 'type') ?? 'no code';
    const reason = `Stripe answered the question with HTTP ${reply.status} (${code.slice(0, 80)})`;
    return reply.status === 404
      ? { kind: 'unknown', reason, notFound: true }
      : { kind: 'unknown', reason };
  }
  const { outcome } = reply;
  // A question that did not leave says nothing about the money that was sent before it.
  return outcome.kind === 'not_sent'
    ? unknown(`Stripe was not reached: ${outcome.reason}`)
    : outcome;
}

function lost(reason: string, stored = false): Reply {
  return { kind: 'lost', outcome: unknown(reason), stored };
}

function serverError(status: number, headers: Readonly<Record<string, string>>): Reply {
  const stored =
    headers['idempotent-replayed'] === 'true' || headers['stripe-should-retry'] === 'false';
  return lost(stored ? `HTTP ${status}, stored by Stripe for this key` : `HTTP ${status}`, stored);
}
