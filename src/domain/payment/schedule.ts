// When a PSP is asked again about what is not final. Times are epoch milliseconds; delays grow with each question.

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** reliability.md F7: 10 s, 30 s, 2 min, 10 min, 1 h, 6 h, then daily for 5 days, then an operator. */
const SCHEDULE_MS = [
  10 * SECOND,
  30 * SECOND,
  2 * MINUTE,
  10 * MINUTE,
  HOUR,
  6 * HOUR,
  DAY,
  DAY,
  DAY,
  DAY,
  DAY,
];
/** DESIGN section 1.6: an unknown attempt is asked about first within 5 s. */
const FIRST_AFTER_UNKNOWN_MS = 3 * SECOND;
/** A call has 20 s; what is still `sent` after this belonged to a process that died. */
export const CALL_ABANDONED_AFTER_MS = 25 * SECOND;
/** An authorisation is looked at daily until the PSP says that it lapsed: after 31 days at most, as PSPs have it. */
const AUTHORIZED_SYNCS = 45;

/** psp/monnify.md (REVERSED) and psp/paystack.md (reversed): banks return within days what they cannot credit. */
const PAID_OUT_LOOKS_MS = [HOUR, DAY, 3 * DAY];

/** Proof that the PSP never received a request: "no such object" this often, over at least this long. */
export const NOT_FOUND_TIMES = 2;
export const NOT_FOUND_OVER_MS = 60 * SECOND;

/**
 * When to ask for the `count`-th time (0 = never asked). Null when the schedule is over: an operator decides.
 * `own`: the connector's waits in seconds, before ours: however short it is, F7's bound is kept.
 */
export function nextSyncAt(
  count: number,
  status: 'unknown' | 'pending' | 'requires_action',
  nowMs: number,
  own: readonly number[] | null = null,
): number | null {
  if (status === 'unknown' && count === 0) return nowMs + FIRST_AFTER_UNKNOWN_MS;
  // After the first quick question an unknown attempt follows the same schedule as the others.
  const step = status === 'unknown' ? count - 1 : count;
  const delay = scheduleWith(own)[step];
  return delay === undefined ? null : nowMs + delay;
}

function scheduleWith(own: readonly number[] | null): readonly number[] {
  if (own === null || own.length === 0) return SCHEDULE_MS;
  const waits = own.map((seconds) => seconds * SECOND);
  const longest = Math.max(...waits);
  return [...waits, ...SCHEDULE_MS.filter((delay) => delay > longest || delay === DAY)];
}

export function nextAuthorizedSyncAt(count: number, nowMs: number): number | null {
  return count < AUTHORIZED_SYNCS ? nowMs + DAY : null;
}

/**
 * What was paid out may come back from the beneficiary's bank, days later, and the one message that says so may be lost.
 * So it is looked at again; null: often enough. `count`: how often it was since it was paid.
 */
export function nextPaidOutLookAt(count: number, nowMs: number): number | null {
  const delay = PAID_OUT_LOOKS_MS[count];
  return delay === undefined ? null : nowMs + delay;
}

/** The schedule of one attempt or operation, as it was before an answer. */
export interface Asked {
  readonly syncCount: number;
  readonly nextSyncAt: number | null;
}

export interface Answer {
  readonly nowMs: number;
  readonly asked: boolean;
  readonly scheduleS: readonly number[] | null;
  /** It could not tell. */
  readonly silent: boolean;
  /** It is the PSP's present state, not an old word. */
  readonly present: boolean;
}

/**
 * What is settled is asked about only while a word that denies it waits to be checked: until the PSP has answered.
 * `syncCount` counts this answer already.
 */
export function settledSyncAt(
  before: Asked & { readonly wasSettled: boolean },
  syncCount: number,
  { nowMs, asked, scheduleS, silent, present }: Answer,
): number | null {
  if (!before.wasSettled || before.nextSyncAt === null) return null;
  if (silent && asked) return nextSyncAt(syncCount, 'unknown', nowMs, scheduleS);
  return silent || !present ? before.nextSyncAt : null;
}
