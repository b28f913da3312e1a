// When a reference of ours was made: it is a UUIDv7, whose first 48 bits are milliseconds since the epoch. Asked
// where the clock may not be, because a repeat under the same key must be byte-identical.

/** Null when the reference tells no time. */
export function madeAtMs(reference: string): number | null {
  if (!/^[0-9a-f]{12}7[0-9a-f]{19}$/.test(reference)) return null;
  return Number.parseInt(reference.slice(0, 12), 16);
}
