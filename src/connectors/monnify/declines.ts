// Why Monnify refused: a code, and where that is the generic 99, a text by substring (psp/monnify.md section 3). What
// neither explains is unclear, and then only a query tells: Monnify itself says so of disbursements and cards.
import type { DeclineCode } from '../../domain/attempt/decline.ts';
import { declined, type Outcome, type PspFacts, unknown } from '../../domain/attempt/outcome.ts';
import type { Reply } from './reply.ts';

/** Whose money it is about: a payer's (charge) or the merchant's wallet (refund, payout). */
export type Subject = 'payer' | 'merchant';

type Verdict = DeclineCode | 'unknown';

const CODES: Readonly<Partial<Record<string, Verdict>>> = {
  D01: 'generic_decline',
  D02: 'invalid_account',
  D03: 'limit_exceeded',
  D04: 'merchant_balance_insufficient',
  D06: 'auth_failed',
  // The same money to the same account, too soon: whether it is ours, a query by our reference tells.
  D07: 'unknown',
  R4: 'amount_too_small',
  R5: 'merchant_balance_insufficient',
  R9: 'unknown',
  R12: 'invalid_request',
};

const ROWS: readonly (readonly [Verdict, ...string[]])[] = [
  ['unknown', 'duplicate', 'already exist', 'already used'],
  ['fraud_suspected', 'fraud'],
  ['insufficient_funds', 'insufficient'],
  ['auth_failed', 'bad credentials', 'invalid key', 'unauthorized', 'invalid token'],
  ['merchant_config', 'not enabled', 'contract not found', 'inactive', 'not activated'],
  ['do_not_honor', 'do not hono'],
  ['expired_card', 'expired card', 'card has expired'],
  ['incorrect_pin', 'incorrect pin', 'invalid pin'],
  ['authentication_failed', 'invalid otp', 'incorrect otp'],
  ['incorrect_number', 'invalid card number'],
  ['limit_exceeded', 'exceeds', 'limit'],
  ['amount_too_small', 'minimum'],
  ['invalid_account', 'invalid account', 'could not resolve'],
  ['invalid_request', 'is required', 'invalid', 'could not find', 'not found', 'not paid'],
  ['generic_decline', 'declined'],
];

function verdictOf({ code, message }: Reply): Verdict | null {
  const lower = message.toLowerCase();
  const row = ROWS.find(([, ...needles]) => needles.some((needle) => lower.includes(needle)));
  return CODES[code] ?? row?.[0] ?? null;
}

/** `otherwise`: what a refusal means that nothing explains. */
export function refused(
  reply: Reply,
  subject: Subject,
  otherwise: Verdict = 'unknown',
  facts: PspFacts = {},
): Outcome {
  const { httpStatus, code, message } = reply;
  if (httpStatus === 401 || httpStatus === 429) return refusedByStatus(httpStatus);
  const verdict = verdictOf(reply) ?? (httpStatus === 403 ? 'auth_failed' : otherwise);
  if (verdict === 'unknown') return { ...facts, ...unknown(`refused: ${code} ${message}`) };
  const own = subject === 'merchant' && verdict === 'insufficient_funds';
  const refusal = {
    code: own ? ('merchant_balance_insufficient' as const) : verdict,
    message: message || `HTTP ${httpStatus}`,
    pspCode: code || null,
  };
  // Another connection pays out only when the merchant's rule names it: "explicit" in section 3.
  const explicit = subject === 'merchant' && verdict === 'merchant_config';
  return {
    ...facts,
    kind: 'declined',
    decline: explicit ? { ...refusal, fallbackOverride: 'never' } : refusal,
  };
}

/** 401, 403 and 429 prove without a readable body that nothing was executed. */
export function refusedByStatus(httpStatus: number): Outcome {
  return httpStatus === 429
    ? declined('rate_limited', 'Monnify limits the rate of requests', '429')
    : declined('auth_failed', 'Monnify refused the keys', String(httpStatus));
}
