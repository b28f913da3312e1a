// Reads Hubtel's replies, whose members are written in camelCase by some services and in PascalCase by others
// (psp/hubtel.md section 1), and tells refusals apart (section 3).
import type { DeclineCode } from '../../domain/attempt/decline.ts';
import { declined, type Outcome, type PspFacts, unknown } from '../../domain/attempt/outcome.ts';
import { idOf, type Json, objectOf, parseObject, textOf } from '../json.ts';
import type { Transmission } from '../transport.ts';

export interface Reply {
  readonly httpStatus: number;
  /** `0000`, `2001`, `success` …; empty when there is none. */
  readonly code: string;
  readonly message: string;
  /** With names in lower case. */
  readonly data: Json;
  /** `data` when it is a list. */
  readonly rows: readonly Json[] | null;
}

export type Answer =
  | { readonly kind: 'reply'; readonly reply: Reply }
  | { readonly kind: 'not_sent'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string };

/** Statuses that a gateway may produce after the request was passed on; Hubtel documents no 429. */
const PROVES_NOTHING = new Set([408, 409, 429, 499]);

export function readAnswer(transmission: Transmission): Answer {
  if (transmission.sent !== 'replied')
    return { kind: transmission.sent, reason: transmission.reason };
  const { status, text } = transmission;
  const proves = (status >= 200 && status < 300) || (status >= 400 && status < 500);
  if (!proves || PROVES_NOTHING.has(status)) return { kind: 'unknown', reason: `HTTP ${status}` };
  const body = parseObject(text);
  if (body === null && status < 400) return { kind: 'unknown', reason: 'unreadable reply' };
  return { kind: 'reply', reply: replyOf(status, lowerNames(body ?? {})) };
}

function replyOf(httpStatus: number, body: Json): Reply {
  const errors = Object.values(objectOf(body.errors)).flat().map(textOf);
  const said = [body.message, objectOf(body.data).description, body.title].map(textOf);
  return {
    httpStatus,
    code: (idOf(body.responsecode) ?? idOf(body.code) ?? '').toLowerCase(),
    message: [...said, ...errors].filter((one) => one !== null).join('; ') || `HTTP ${httpStatus}`,
    data: objectOf(body.data),
    rows: Array.isArray(body.data) ? body.data.map(objectOf) : null,
  };
}

const DEPTH_MAX = 8;

/** The same object with names in lower case, in all its depth. */
export function lowerNames(value: Json): Json {
  return lowered(value, 0) as Json;
}

function lowered(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || depth > DEPTH_MAX) return value;
  if (Array.isArray(value)) return value.map((one) => lowered(one, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name.toLowerCase(), lowered(one, depth + 1)]),
  );
}

/** Whose money it is about. */
export type Subject = 'payer' | 'merchant';

type Verdict = DeclineCode | 'unknown';

const CODES: Readonly<Partial<Record<string, Verdict>>> = {
  '0005': 'unknown',
  '3000': 'invalid_request',
  '3050': 'invalid_phone',
  '4000': 'invalid_request',
  '4075': 'merchant_balance_insufficient',
  '4101': 'auth_failed',
  '4103': 'merchant_config',
  '4204': 'authentication_failed',
  '4509': 'invalid_request',
  // A refund of the order is under way already: which one is asked, not guessed.
  '4515': 'unknown',
  '4720': 'unknown',
  '5000': 'unknown',
};

/** Texts of a processor failure (2001), the particular before the general. */
const TEXTS: readonly (readonly [RegExp, DeclineCode])[] = [
  [/counter or balance limits|limit/i, 'limit_exceeded'],
  [/insufficient/i, 'insufficient_funds'],
  [/(wrong|invalid|incorrect) pin/i, 'authentication_failed'],
  [/fri not found|not registered|mismatch/i, 'invalid_phone'],
  [/time ?out|timed out|session|expired/i, 'payer_timeout'],
  [/declin|reject|cancel/i, 'user_cancelled'],
  [/permission/i, 'restricted_card'],
];

/** Why a payer's mobile money failed. None of it falls back to another PSP: the wallet is the same. */
export function declineOfText(text: string): DeclineCode {
  return TEXTS.find(([pattern]) => pattern.test(text))?.[1] ?? 'generic_decline';
}

export function verdictOf({ code, message, httpStatus }: Reply, subject: Subject): Verdict {
  if (httpStatus === 401) return 'auth_failed';
  // An address that is not on Hubtel's list, in HTML.
  if (httpStatus === 403) return 'merchant_config';
  if (/duplicate|already (exist|used)/i.test(message)) return 'unknown';
  if (code === '2001') return subject === 'payer' ? declineOfText(message) : 'generic_decline';
  if (code === '4070') return /minimum/i.test(message) ? 'amount_too_small' : 'merchant_config';
  const known = CODES[code];
  if (known !== undefined) return known;
  return httpStatus === 400 && code === '' ? 'invalid_request' : 'unknown';
}

/** What a call that was not accepted came to. */
export function refused(answer: Answer, subject: Subject, facts: PspFacts = {}): Outcome {
  if (answer.kind !== 'reply') return { ...facts, ...answer };
  const { reply } = answer;
  const verdict = verdictOf(reply, subject);
  const code = reply.code || String(reply.httpStatus);
  if (verdict === 'unknown') return { ...facts, ...unknown(`${code}: ${reply.message}`) };
  return declined(verdict, reply.message, code, facts);
}
