// Instants as the ledger keeps them: microseconds, as Postgres does. JavaScript's dates have milliseconds, which would
// take two adjustments of one millisecond for one.

export interface Instant {
  /** RFC 3339 in UTC, at most six decimals, without trailing zeros: one text for one instant. */
  readonly text: string;
  /** Epoch milliseconds, rounded down. */
  readonly ms: number;
}

const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)$/;

/** Null for what is no RFC 3339 date-time with a zone. Digits beyond the microsecond are dropped. */
export function parseInstant(text: string): Instant | null {
  const [, year, month, day, time, fraction = '', zone] = RFC3339.exec(text) ?? [];
  if (year === undefined || Number(day) > daysOf(Number(year), Number(month))) return null;
  const ms = Date.parse(`${year}-${month}-${day}T${time}${zone?.toUpperCase()}`);
  if (Number.isNaN(ms)) return null;
  const seconds = new Date(ms).toISOString().slice(0, -'.000Z'.length);
  // The zone may have moved it out of the four-digit years; Postgres, like the calendar, has no year 0.
  if (!/^(?!0000)\d{4}-/.test(seconds)) return null;
  return {
    text: instantText(`${seconds}.${fraction}`),
    ms: ms + Number(fraction.padEnd(3, '0').slice(0, 3)),
  };
}

/** `2023-11-07T05:31:56.120000` as Postgres prints it -> `2023-11-07T05:31:56.12Z`. */
export function instantText(utc: string): string {
  const [seconds = '', fraction = ''] = utc.split('.');
  const kept = fraction.slice(0, 6).replace(/0+$/, '');
  return kept === '' ? `${seconds}Z` : `${seconds}.${kept}Z`;
}

function daysOf(year: number, month: number): number {
  return new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
}

/** As `sort` wants it: texts of instants compare as texts when they have as many decimals. */
export function compareInstants(a: string, b: string): number {
  const [one, other] = [padded(a), padded(b)];
  return one < other ? -1 : one > other ? 1 : 0;
}

function padded(text: string): string {
  const [seconds = '', fraction = ''] = text.slice(0, -1).split('.');
  return `${seconds}.${fraction.padEnd(6, '0')}`;
}
