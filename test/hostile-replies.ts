// What a PSP that misbehaves answers. Some of it before it did anything, some after it did what it was asked, and some
// well-formed and wrong. The words are Paystack's and Stripe's: each PSP's connector reads its own.
import { gzipSync } from 'node:zlib';

/** The PSP never sees the request, so nothing is executed. */
export const BEFORE = [
  'reset_before',
  'reset_after_reading',
  'hang',
  'error_500',
  'html_502',
  'rate_limited',
  'redirect',
] as const;

/** The PSP executes the request; only the reply suffers. */
export const AFTER = [
  'reply_lost',
  'hang_after',
  'error_500_after',
  'html_502_after',
  'html_200',
  'truncated_json',
  'empty',
  'slow_drip',
  'huge_body',
  'gzip_bomb',
] as const;

/** The PSP executes the request and tells something else. */
export const LIES = ['wrong_reference', 'wrong_amount', 'wrong_currency', 'strange_word'] as const;

/** `declined`: refuses the card without touching it, and other connections may be tried (a soft decline). */
export type Before = (typeof BEFORE)[number] | 'declined';
export type After = (typeof AFTER)[number];
export type Lie = (typeof LIES)[number];

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** `reset`: the connection is cut. `silence`: no answer ever. `drip`: a byte now and then, for ever. */
export type Answer = Reply | 'reset' | 'silence' | 'drip';

const HTML =
  '<html><head><title>Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>';
const BOMB_BYTES = 32 * 1024 * 1024;

export function json(status: number, body: unknown): Reply {
  const headers = { 'content-type': 'application/json' };
  return { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
}

const html = (status: number): Reply => ({
  status,
  headers: { 'content-type': 'text/html' },
  body: HTML,
});
const failure = json(500, { status: false, message: 'An error occurred' });

/** `ownUrl`: of the request itself, so that who follows the redirect sends it twice. */
export function answerBefore(behaviour: Before, ownUrl: string): Answer {
  switch (behaviour) {
    case 'reset_before':
    case 'reset_after_reading':
      return 'reset';
    case 'hang':
      return 'silence';
    case 'error_500':
      return failure;
    case 'html_502':
      return html(502);
    case 'rate_limited': {
      const message = 'Too many requests';
      const error = { type: 'invalid_request_error', code: 'rate_limit', message };
      return json(429, { status: false, message, error });
    }
    case 'declined': {
      const message = 'Declined';
      const codes = { code: 'card_declined', decline_code: 'generic_decline' };
      const error = { type: 'card_error', ...codes, message };
      return json(402, { status: false, message, error });
    }
    case 'redirect':
      return { status: 307, headers: { location: ownUrl }, body: '' };
  }
}

export function answerAfter(behaviour: After, honest: Reply): Answer {
  const text = String(honest.body);
  switch (behaviour) {
    case 'reply_lost':
      return 'reset';
    case 'hang_after':
      return 'silence';
    case 'slow_drip':
      return 'drip';
    case 'error_500_after':
      return failure;
    case 'html_502_after':
      return html(502);
    case 'html_200':
      return html(200);
    case 'truncated_json':
      return { ...honest, body: text.slice(0, text.length >> 1) };
    case 'empty':
      return { ...honest, body: '' };
    case 'huge_body':
      return { ...honest, body: text + ' '.repeat(3 * 1024 * 1024) };
    case 'gzip_bomb': {
      const headers = { ...honest.headers, 'content-encoding': 'gzip' };
      return { ...honest, headers, body: gzipSync(Buffer.alloc(BOMB_BYTES, ' ')) };
    }
  }
}

/** Each member that says whose, how much, of what or how it went is changed wherever it stands. */
export function lie(kind: Lie, body: unknown): unknown {
  if (Array.isArray(body)) return body.map((one) => lie(kind, one));
  if (typeof body !== 'object' || body === null) return body;
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => [name, lie(kind, falsified(kind, name, value))]),
  );
}

const REFERENCES = new Set(['reference', 'client_reference_id', 'merchant_note']);
const AMOUNTS = new Set([
  'amount',
  'amount_received',
  'amount_capturable',
  'amount_total',
  'amount_captured',
  'captured_amount',
  'requested_amount',
]);

function falsified(kind: Lie, name: string, value: unknown): unknown {
  switch (kind) {
    case 'wrong_reference':
      return REFERENCES.has(name) && typeof value === 'string' ? 'f'.repeat(32) : value;
    case 'wrong_amount':
      return AMOUNTS.has(name) && typeof value === 'number' && value > 0 ? value - 1 : value;
    case 'wrong_currency':
      if (name !== 'currency' || typeof value !== 'string') return value;
      return value === value.toUpperCase() ? 'USD' : 'usd';
    case 'strange_word':
      return name === 'status' && typeof value === 'string' ? 'teleported' : value;
  }
}
