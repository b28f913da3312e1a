// Why Flutterwave refused. There are no codes: `message` and `processor_response` are read by substring, in the order of
// psp/flutterwave.md section 3: what proves nothing, fraud, funds, then the particular before the general. A text
// that no row knows is a decline of the general kind, never a success.
import type { DeclineCode } from '../../domain/attempt/decline.ts';
import { declined, type Outcome, type PspFacts, unknown } from '../../domain/attempt/outcome.ts';
import { type Json, textOf } from '../json.ts';
import type { Reply } from './reply.ts';

/** Whose money it is about: a payer's (charge) or the merchant's balance (refund, payout). */
export type Subject = 'payer' | 'merchant';

type Verdict = DeclineCode | 'unknown';

const ROWS: readonly (readonly [Verdict, ...string[]])[] = [
  ['unknown', 'requery', 'duplicate', 'already exist', 'error occurred', 'contact support'],
  ['fraud_suspected', 'fraud'],
  ['merchant_balance_insufficient', 'balance in wallet', 'insufficient balance', 'wallet balance'],
  ['insufficient_funds', 'insufficient', 'low balance'],
  ['auth_failed', 'authorization required', 'authorization key', 'unauthorized', 'whitelist'],
  ['merchant_config', 'not enabled', 'not supported', 'can only charge'],
  ['user_cancelled', 'cancelled', 'canceled'],
  ['psp_limit_exceeded', 'amount should be between'],
  ['limit_exceeded', 'limit', 'exceeds'],
  ['authentication_failed', 'incorrect pin', 'invalid pin', 'incorrect otp', 'invalid otp'],
  ['authentication_failed', 'token expired', 'otp validation'],
  ['expired_card', 'expired card', 'card expired', 'card has expired', 'invalid expiry'],
  ['payer_timeout', 'timeout', 'timed out', 'expired'],
  ['invalid_phone', 'invalid phone', 'not registered'],
  ['invalid_account', 'could not be validated', 'recipient account'],
  ['do_not_honor', 'do not hono', 'declined', 'unapproved', 'not permitted'],
  ['invalid_request', 'is required', 'invalid'],
];

/** These say that something went wrong on the way; only a failed transaction makes them final. */
const FINAL_ONLY: ReadonlySet<Verdict> = new Set<Verdict>(['payer_timeout']);

function verdictOfText(text: string): Verdict | null {
  const lower = text.toLowerCase();
  return (
    ROWS.find(([, ...needles]) => needles.some((needle) => lower.includes(needle)))?.[0] ?? null
  );
}

/** The object itself says that it failed. */
export function failed(said: string | null, subject: Subject, facts: PspFacts): Outcome {
  const verdict = verdictOfText(said ?? '') ?? 'generic_decline';
  // The transaction is over; a text about asking again is then only an odd reason.
  const code = verdict === 'unknown' ? 'generic_decline' : verdict;
  return decline(code, said ?? 'failed', subject, facts);
}

export function failedTransaction(data: Json, facts: PspFacts): Outcome {
  return failed(textOf(data.processor_response) ?? textOf(data.complete_message), 'payer', facts);
}

/** Flutterwave refused the call itself: the envelope's `status` is `error`, and no object tells more. */
export function refused(
  { httpStatus, message }: Reply,
  subject: Subject,
  otherwise: DeclineCode = subject === 'merchant' ? 'invalid_request' : 'generic_decline',
): Outcome {
  if (httpStatus === 401 || httpStatus === 429) return refusedByStatus(httpStatus);
  const byStatus = httpStatus === 403 ? 'auth_failed' : otherwise;
  const verdict = verdictOfText(message) ?? byStatus;
  if (verdict === 'unknown' || FINAL_ONLY.has(verdict)) return unknown(`refused: ${message}`);
  return decline(verdict, message || `HTTP ${httpStatus}`, subject, {});
}

/** 401, 403 and 429 prove without a readable body that nothing was executed. */
export function refusedByStatus(httpStatus: number): Outcome {
  return httpStatus === 429
    ? declined('rate_limited', 'Flutterwave limits the rate of requests', '429')
    : declined('auth_failed', 'Flutterwave refused the secret key', String(httpStatus));
}

function decline(code: DeclineCode, message: string, subject: Subject, facts: PspFacts): Outcome {
  const own = code === 'insufficient_funds' && subject === 'merchant';
  const refusal = {
    code: own ? ('merchant_balance_insufficient' as const) : code,
    message,
    pspCode: null,
  };
  // Another connection pays out only when the merchant's rule names it: "explicit" in section 3.
  const explicit = subject === 'merchant' && code === 'merchant_config';
  return {
    ...facts,
    kind: 'declined',
    decline: explicit ? { ...refusal, fallbackOverride: 'never' } : refusal,
  };
}
