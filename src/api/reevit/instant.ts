// A time that a client names.
import { invalid } from '../../kernel/problem.ts';

/** A date or an RFC 3339 date-time, as epoch milliseconds. Without an offset it is UTC, wherever the server stands. */
export function instant(text: string, field: string): number {
  const epochMs = Date.parse(/T[\d:.]+$/.test(text) ? `${text}Z` : text);
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(epochMs)) return epochMs;
  throw invalid('validation_error', `${field} must be a date or an RFC 3339 date-time`, field);
}
