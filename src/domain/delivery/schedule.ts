// When an event that an endpoint did not take is sent again, and when it is given up. Delays are milliseconds.

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export type RetryStyle = 'standard' | 'reevit';

/** After the attempt at once: Standard Webhooks (reliability.md section 5), and Reevit's own (api/reevit.md section 15). */
const DELAYS_MS: Readonly<Record<RetryStyle, readonly number[]>> = {
  standard: [
    5 * SECOND,
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    14 * HOUR,
    20 * HOUR,
    24 * HOUR,
  ],
  reevit: [MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR],
};

/** Up to this share later, so that what failed together does not come back together. */
const JITTER = 0.2;
const RETRY_AFTER_MAX_MS = DAY;

/** An endpoint that took nothing for so long is switched off. */
export const DISABLE_AFTER_MS = 5 * DAY;
/** An answer that takes longer makes an endpoint a slow one. */
export const SLOW_AFTER_MS = 2 * SECOND;

export interface Answered {
  /** Null: there was no answer. */
  readonly status: number | null;
  /** From Retry-After. */
  readonly retryAfterMs: number | null;
}

export type Judgement =
  | { readonly kind: 'succeeded' }
  /** The endpoint says that it is gone for good. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'given_up' }
  | { readonly kind: 'again'; readonly afterMs: number };

/** What an answer means. `attempts`: in this round, this one included; `draw`: 0 to 1. */
export function judge(
  { status, retryAfterMs }: Answered,
  style: RetryStyle,
  attempts: number,
  draw: number,
): Judgement {
  if (status !== null && status >= 200 && status < 300) return { kind: 'succeeded' };
  if (status === 410) return { kind: 'gone' };
  // Reevit repeats no 4xx, but for those that say "later".
  const final =
    status !== null && status >= 300 && status < 500 && ![408, 425, 429].includes(status);
  const delay = style === 'reevit' && final ? undefined : DELAYS_MS[style][attempts - 1];
  if (delay === undefined) return { kind: 'given_up' };
  const asked = Math.min(retryAfterMs ?? 0, RETRY_AFTER_MAX_MS);
  return { kind: 'again', afterMs: Math.round(Math.max(delay, asked) * (1 + JITTER * draw)) };
}

/** Seconds or an HTTP date; null for anything else. */
export function parseRetryAfter(text: string | undefined, nowMs: number): number | null {
  if (text === undefined) return null;
  if (/^\d{1,9}$/.test(text)) return Number(text) * SECOND;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}
