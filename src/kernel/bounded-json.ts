// JSON from outside that is going to be walked or written again. The parser takes any depth, but what goes through a
// value by calling itself, JSON.stringify too, ends the stack at some: strangers must not choose which.
const LEVELS_MAX = 32;

/** Undefined for what is no JSON, and for what is nested deeper than anybody's message. */
export function parseBounded(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return isDeeper(value, LEVELS_MAX) ? undefined : value;
  } catch {
    return undefined;
  }
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}
