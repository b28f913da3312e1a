// Typed views of an answer that may be anything: every getter returns the wanted type or null and never throws.

export type Json = Readonly<Record<string, unknown>>;

export function asObject(value: unknown): Json | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Json)
    : null;
}

export function objectAt(from: Json | null, key: string): Json | null {
  return asObject(from?.[key]);
}

/** A non-empty string. */
export function textAt(from: Json | null, key: string): string | null {
  const value = from?.[key];
  return typeof value === 'string' && value !== '' ? value : null;
}

export function listAt(from: Json | null, key: string): readonly unknown[] | null {
  const value = from?.[key];
  return Array.isArray(value) ? value : null;
}

/** An expandable field: Stripe sends the id, or the whole object when it was asked to expand it. */
export function idAt(from: Json | null, key: string): string | null {
  const id = textAt(from, key) ?? textAt(objectAt(from, key), 'id');
  return isId(id) ? id : null;
}

/** An id of Stripe's: short and plain, so it can be kept, compared and put into a path. */
export function isId(text: string | null): text is string {
  return text !== null && /^\w{1,255}$/.test(text);
}

/** A short plain text, safe to look up in a database: our references and ids. */
export function plainAt(from: Json | null, key: string): string | null {
  const text = textAt(from, key);
  return text !== null && /^[\x20-\x7e]{1,255}$/.test(text) ? text : null;
}

/** A URL that a browser may be sent to. */
export function urlAt(from: Json | null, key: string): string | null {
  const text = textAt(from, key);
  if (text === null || !/^[\x21-\x7e]{1,4096}$/.test(text) || !URL.canParse(text)) return null;
  return ['https:', 'http:'].includes(new URL(text).protocol) ? text : null;
}
