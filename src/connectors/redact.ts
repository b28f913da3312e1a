// Removes credential values from text that is kept or shown: in clear, URL-encoded, JSON-escaped and base64, the
// last also as a part of a longer base64 text such as a Basic authorization header.

export type Redact = (text: string) => string;

/** Shorter values would remove ordinary words and numbers. */
const SHORTEST_SECRET = 6;
const REMOVED = '[redacted]';

/**
 * Removes the values of `secrets`, but those named in `shown`, and of `more`. What is made of `secrets`, which never
 * change and always go with the same `shown`, is kept.
 */
export function redactorOf(
  secrets: Readonly<Record<string, string>> | readonly string[],
  more: readonly string[] = [],
  shown: readonly string[] = [],
): Redact {
  let kept = keptOf.get(secrets);
  if (kept === undefined) {
    const hidden = Object.entries(secrets).filter(([name]) => !shown.includes(name));
    const forms = formsOfAll(hidden.map(([, value]) => value));
    kept = { forms, more: [], ordered: longestFirst(forms) };
    keptOf.set(secrets, kept);
  }
  // A token lasts longer than a call: mostly it is the one of the call before.
  if (kept.more.length !== more.length || kept.more.some((one, at) => one !== more[at])) {
    const ordered = longestFirst([...kept.forms, ...formsOfAll(more)]);
    kept = { ...kept, more: [...more], ordered };
    keptOf.set(secrets, kept);
  }
  const { ordered } = kept;
  return (text) => ordered.reduce((rest, form) => rest.replaceAll(form, REMOVED), text);
}

interface Kept {
  readonly forms: readonly string[];
  readonly more: readonly string[];
  readonly ordered: readonly string[];
}

/** By the object that holds a connection's credentials; gone when that is. */
const keptOf = new WeakMap<object, Kept>();

/** A secret that contains another one must go as a whole. */
function longestFirst(forms: readonly string[]): readonly string[] {
  return [...forms].sort((a, b) => b.length - a.length);
}

function formsOfAll(secrets: Iterable<string>): string[] {
  const forms = new Set<string>();
  for (const secret of secrets) {
    if (secret.length >= SHORTEST_SECRET) for (const form of formsOf(secret)) forms.add(form);
  }
  return [...forms];
}

/** Every way in which a secret may be written. */
export function formsOf(secret: string): string[] {
  const text = secret.toWellFormed();
  const percent = encodeURIComponent(text);
  const form = new URLSearchParams({ v: text }).toString().slice(2);
  const base64 = [0, 1, 2].flatMap((offset) => {
    const standard = base64Inside(Buffer.from(text), offset);
    return [standard, standard.replaceAll('+', '-').replaceAll('/', '_')];
  });
  return [
    secret,
    percent,
    lowerEscapes(percent),
    form,
    JSON.stringify(secret).slice(1, -1),
    ...base64,
  ];
}

/** The base64 characters that depend on `bytes` alone when `offset` other bytes (modulo 3) precede them. */
function base64Inside(bytes: Buffer, offset: number): string {
  const whole = Buffer.concat([Buffer.alloc(offset), bytes]);
  const from = Math.ceil((offset * 8) / 6);
  const to = Math.floor((whole.length * 8) / 6);
  return whole.toString('base64').slice(from, to);
}

function lowerEscapes(percentEncoded: string): string {
  return percentEncoded.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
}
