// Durations as Go spells them: `30m`, `1h30m`, `1.5h`.

const UNITS_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};
const PART = /(\d{1,12}(?:\.\d{1,12})?)(ns|us|µs|ms|s|m|h)/g;

/** Milliseconds; null for what is none. */
export function parseDuration(text: string): number | null {
  if (text.length > 60) return null;
  const parts = [...text.matchAll(PART)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) return null;
  return parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * UNITS_MS[unit]!, 0);
}
