// Reads members of PSPs' JSON, of which every one may be missing or of another type (psp/common.md section 7).

export type Json = Readonly<Record<string, unknown>>;

/** A JSON object, with integers above 2^53 kept as digit strings (Paystack's ids are unsigned 64-bit). */
export function parseObject(text: string): Json | null {
  try {
    // Reviving takes several times as long as parsing, and few replies have so many digits.
    const value: unknown = /\d{16}/.test(text) ? JSON.parse(text, exactInteger) : JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function exactInteger(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source;
  const rounded = typeof value === 'number' && !Number.isSafeInteger(value);
  return rounded && source !== undefined && /^\d+$/.test(source) ? source : value;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function objectOf(value: unknown): Json {
  return isObject(value) ? value : {};
}

/** A non-empty string, or null. */
export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}

/** An id: a string, or a number as text. */
export function idOf(value: unknown): string | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
    ? String(value)
    : textOf(value);
}
