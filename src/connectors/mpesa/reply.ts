// Reads Daraja's replies. One error code has several meanings, and HTTP 500 is used for mistakes of the caller: every
// refusal is told by code and message together (psp/mpesa.md section 3). A pair that is not in the table proves nothing.
import type { DeclineCode } from '../../domain/attempt/decline.ts';
import { declined, type Outcome, type PspFacts, unknown } from '../../domain/attempt/outcome.ts';
import { idOf, type Json, parseObject, textOf } from '../json.ts';
import type { Transmission } from '../transport.ts';

export type Answer =
  | { readonly kind: 'reply'; readonly body: Json }
  | {
      readonly kind: 'error';
      readonly httpStatus: number;
      readonly code: string;
      readonly message: string;
    }
  | { readonly kind: 'not_sent'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string };

type ErrorAnswer = Extract<Answer, { kind: 'error' }>;

export type Verdict = DeclineCode | 'pending' | 'duplicate' | 'unknown';

export function readAnswer(transmission: Transmission): Answer {
  if (transmission.sent !== 'replied')
    return { kind: transmission.sent, reason: transmission.reason };
  const { status, text } = transmission;
  const body = parseObject(text);
  const code = idOf(body?.errorCode);
  if (body !== null && code !== null) {
    const message = textOf(body.errorMessage) ?? '';
    return { kind: 'error', httpStatus: status, code, message };
  }
  if (status >= 200 && status < 300 && body !== null) return { kind: 'reply', body };
  // A wrong key is answered with 400, sometimes without a body (section 1).
  if (status >= 400 && status < 500 && !PROVES_NOTHING.has(status))
    return { kind: 'error', httpStatus: status, code: '', message: `HTTP ${status}` };
  return { kind: 'unknown', reason: `unreadable reply, HTTP ${status}` };
}

/** Statuses that a gateway may produce after the request was passed on. */
const PROVES_NOTHING = new Set([408, 409, 499]);

const TOKEN_REFUSED = /^(400\.003\.01|401\.003\.01|401\.001|404\.001\.03)/;

/** The access token was refused, which a new one may cure; nothing was executed. */
export function isTokenRefused(answer: Answer): boolean {
  if (answer.kind !== 'error') return false;
  return (
    TOKEN_REFUSED.test(answer.code) ||
    /invalid access token/i.test(answer.message) ||
    (answer.code === '' && answer.httpStatus === 401)
  );
}

export function verdictOf(answer: ErrorAnswer): Verdict {
  const { code, message, httpStatus } = answer;
  if (isTokenRefused(answer) || code.startsWith('400.008')) return 'auth_failed';
  for (const [start, pattern, verdict] of ROWS)
    if (code.startsWith(start) && pattern.test(message)) return verdict;
  if (httpStatus === 429) return 'rate_limited';
  if (code !== '' || httpStatus >= 500) return 'unknown';
  if (httpStatus === 401 || httpStatus === 403) return 'auth_failed';
  return httpStatus === 404 || httpStatus === 405 ? 'merchant_config' : 'invalid_request';
}

type Row = readonly [code: string, message: RegExp, verdict: Verdict];

const ANY = /(?:)/;

const ROWS: readonly Row[] = [
  ['500.001.1001', /being processed/i, 'pending'],
  ['500.001.1001', /unable to lock subscriber/i, 'payer_busy'],
  ['500.001.1001', /merchant does not exist|wrong credentials/i, 'auth_failed'],
  ['500.002.1001', /duplicate/i, 'duplicate'],
  ['500.002.1001', /maintenance|invalid/i, 'provider_unavailable'],
  ['500.003.02', ANY, 'rate_limited'],
  ['500.003.03', ANY, 'rate_limited'],
  ['400.002.02', /phone ?number|party[ab]|msisdn/i, 'invalid_phone'],
  ['400.002.02', ANY, 'invalid_request'],
  ['404.001.01', ANY, 'merchant_config'],
  ['405.001', ANY, 'merchant_config'],
];

/** Whether a 5xx body is one of the table's refusals (contract: PspRequest.refusesBy5xx). */
export function refusesBy5xx(text: string): boolean {
  return !['unknown', 'pending', 'duplicate'].includes(verdictOf5xx(text));
}

/** Whether a 5xx body answers a question: "being processed" does. */
export function answersBy5xx(text: string): boolean {
  return verdictOf5xx(text) !== 'unknown';
}

function verdictOf5xx(text: string): Verdict {
  const answer = readAnswer({ sent: 'replied', status: 500, headers: {}, text });
  return answer.kind === 'error' ? verdictOf(answer) : 'unknown';
}

/** What a call that was not accepted came to. */
export function refused(answer: Exclude<Answer, { kind: 'reply' }>, facts: PspFacts = {}): Outcome {
  if (answer.kind !== 'error') return { ...facts, ...answer };
  const verdict = verdictOf(answer);
  const said = answer.message || 'no reason given';
  if (verdict === 'unknown' || verdict === 'pending' || verdict === 'duplicate')
    return { ...facts, ...unknown(`${answer.code || answer.httpStatus}: ${said}`) };
  return declined(verdict, said, answer.code || String(answer.httpStatus), facts);
}

/** The acknowledgement of an accepted request: `ResponseCode` 0. */
export function isAccepted(body: Json): boolean {
  return idOf(body.ResponseCode) === '0';
}
