// Why Paystack refused. There are no numeric decline codes: structured fields first, then the text by substring, in
// the order of psp/paystack.md section 3: what proves nothing, fraud, funds, then the rest, the particular before
// the general. A text that no row knows is a decline of the general kind, never a success and never `unknown`.
import type { Decline, DeclineCode } from '../../domain/attempt/decline.ts';
import { declined, type Outcome, type PspFacts, unknown } from '../../domain/attempt/outcome.ts';
import { type Json, textOf } from '../json.ts';
import type { Reply } from './reply.ts';

/** Whose money it is about: a payer's (charge) or the merchant's balance (capture, refund, payout). */
export type Subject = 'payer' | 'merchant';

type Verdict = DeclineCode | 'unknown';

const ROWS: readonly (readonly [Verdict, ...string[]])[] = [
  ['unknown', 'could already be successful', 'duplicate'],
  ['fraud_suspected', 'fraud', 'blacklisted', 'blocked'],
  ['merchant_balance_insufficient', 'balance is not enough'],
  ['insufficient_funds', 'insufficient'],
  ['auth_failed', 'invalid key'],
  ['merchant_config', 'currency not supported', 'not enabled', 'no active channel'],
  ['merchant_config', 'third party payouts'],
  // The payer's own no on the phone: asking him again through another connection would not change it.
  ['user_cancelled', 'by the customer', 'by customer', 'by user'],
  ['limit_exceeded', 'cannot be fulfilled until'],
  ['amount_too_large', 'higher than the maximum'],
  ['payer_timeout', 'time allowed', 'timeout', 'timed out', 'session'],
  ['expired_card', 'expired'],
  // `occured` is Paystack's spelling.
  ['authentication_failed', 'incorrect pin', 'wrong otp', 'token not generated'],
  ['authentication_failed', 'otp related error', 'error occured while enrolling'],
  ['incorrect_number', 'incorrect card', 'invalid card'],
  ['invalid_account', 'account closed', 'auth data error'],
  ['limit_exceeded', 'exceeds', 'limit'],
  ['transaction_not_permitted', 'not permitted'],
  ['restricted_card', 'access denied', 'restricted'],
  ['do_not_honor', 'do not hono'],
  ['generic_decline', 'declined'],
  ['provider_unavailable', 'unable to process', 'unknown error', 'issuer or switch inoperative'],
  ['provider_unavailable', 'remote server cannot be reached', 'error, please try again'],
  ['provider_unavailable', 'an error occurred'],
];

const CODES: Readonly<Record<string, Verdict>> = {
  duplicate_reference: 'unknown',
  invalid_transfer_recipient: 'invalid_account',
};

/** These say that something went wrong on the way; only `data.status: "failed"` makes them final. */
const FINAL_ONLY: ReadonlySet<Verdict> = new Set<Verdict>([
  'payer_timeout',
  'provider_unavailable',
]);

export function verdictOfText(text: string): Verdict | null {
  const lower = text.toLowerCase();
  return (
    ROWS.find(([, ...needles]) => needles.some((needle) => lower.includes(needle)))?.[0] ?? null
  );
}

/** The object itself says that it failed: `data.status` is a final refusal. */
export function failed(
  data: Json,
  subject: Subject,
  facts: PspFacts,
  otherwise: DeclineCode = 'generic_decline',
): Outcome {
  const response = textOf(data.gateway_response);
  const message = textOf(data.message);
  const said = [response, message].filter((text) => text !== null).join(': ');
  const verdict = verdictOfText(said) ?? otherwise;
  if (verdict === 'unknown') return { ...facts, ...unknown(`failed, but: ${said}`) };
  return decline(verdict, message ?? response ?? 'failed', response, subject, facts);
}

/** Paystack refused the call itself: the envelope's `status` is false and no object tells more. */
export function refused(
  reply: Reply,
  subject: Subject,
  otherwise: DeclineCode = byEnvelope(reply, subject),
): Outcome {
  const { httpStatus, code, message } = reply;
  if (httpStatus === 401 || httpStatus === 429) return refusedByStatus(httpStatus);
  const verdict = (code === null ? null : CODES[code]) ?? verdictOfText(message) ?? otherwise;
  if (verdict === 'unknown' || FINAL_ONLY.has(verdict)) return unknown(`refused: ${message}`);
  return decline(verdict, message || `HTTP ${httpStatus}`, code, subject, {});
}

/** 401, 403 and 429 prove without a readable body that nothing was executed. */
export function refusedByStatus(httpStatus: number): Outcome {
  return httpStatus === 429
    ? declined('rate_limited', 'Paystack limits the rate of requests', '429')
    : declined('auth_failed', 'Paystack refused the secret key', String(httpStatus));
}

function byEnvelope({ httpStatus, type, code }: Reply, subject: Subject): DeclineCode {
  if (httpStatus === 403) return 'auth_failed';
  const validation = type === 'validation_error' || code === 'missing_params';
  const invalid =
    validation || code === 'invalid_params' || httpStatus === 404 || httpStatus === 422;
  return invalid || subject === 'merchant' ? 'invalid_request' : 'generic_decline';
}

function decline(
  code: DeclineCode,
  message: string,
  pspCode: string | null,
  subject: Subject,
  facts: PspFacts,
): Outcome {
  const own = code === 'insufficient_funds' && subject === 'merchant';
  const refusal: Decline = {
    code: own ? 'merchant_balance_insufficient' : code,
    message,
    pspCode,
  };
  // Another connection pays out only when the merchant's rule names it: "explicit" in psp/paystack.md section 3.
  const explicit = subject === 'merchant' && code === 'merchant_config';
  return {
    ...facts,
    kind: 'declined',
    decline: explicit ? { ...refusal, fallbackOverride: 'never' } : refusal,
  };
}
