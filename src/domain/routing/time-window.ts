// Hours of the week, in UTC. A window that ends before it starts runs over midnight and belongs to the day it began.

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

export interface TimeWindow {
  /** Absent or empty: every day. */
  readonly days?: readonly string[] | null;
  /** `HH:MM`, included. Absent: 00:00. */
  readonly from?: string | null;
  /** `HH:MM`, excluded. Absent: 24:00. */
  readonly to?: string | null;
}

const DAY_MINUTES = 24 * 60;

/** Minutes since midnight of `HH:MM`, 24:00 included; null for anything else. */
export function minutesOf(text: string): number | null {
  const match = /^(\d{2}):([0-5]\d)$/.exec(text);
  const minutes = match ? Number(match[1]) * 60 + Number(match[2]) : DAY_MINUTES + 1;
  return minutes <= DAY_MINUTES ? minutes : null;
}

export function isWithin(window: TimeWindow, nowMs: number): boolean {
  const minute = Math.floor(nowMs / 60_000) % DAY_MINUTES;
  const day = Math.floor(nowMs / 86_400_000) + 3; // 1 January 1970 was a Thursday, 3 days after Monday
  const from = minutesOf(window.from ?? '00:00') ?? 0;
  const to = minutesOf(window.to ?? '24:00') ?? DAY_MINUTES;
  const onDay = (which: number) =>
    !window.days?.length || window.days.includes(weekdays[which % 7] ?? '');
  if (from < to) return onDay(day) && minute >= from && minute < to;
  return (onDay(day) && minute >= from) || (onDay(day + 6) && minute < to);
}
