// Reads the credentials of a request into the canonical names of a provider's manifest. Values never appear in a
// problem: problems are shown to clients and logged.
//
// Fields the manifest does not know are dropped and named in `ignored`: a secret that nothing uses should not be kept.
import type { CredentialField, Credentials, Manifest, Mode } from './contract.ts';

export interface CredentialProblem {
  /** The canonical name. */
  readonly field: string;
  /** A sentence for people. */
  readonly reason: string;
}

export type ReadCredentials =
  | { readonly credentials: Credentials; readonly ignored: readonly string[] }
  | { readonly problems: readonly CredentialProblem[] };

const MAX_CHARACTERS = 4096;

/**
 * @example
 * readCredentials(manifestOf('paystack')!, 'sandbox', { secretKey: 'sk_test_…' })
 * // { credentials: { secret_key: 'sk_test_…' }, ignored: [] }
 */
export function readCredentials(
  manifest: Manifest,
  mode: Mode,
  given: Readonly<Record<string, unknown>>,
): ReadCredentials {
  const credentials: Record<string, string> = {};
  const problems: CredentialProblem[] = [];
  const known = new Set<string>();
  for (const field of manifest.credentials) {
    const names = namesOf(field).filter((name) => Object.hasOwn(given, name));
    for (const name of names) known.add(name);
    const read = readField(
      field,
      names.map((name) => given[name]),
      mode,
    );
    if ('reason' in read) problems.push({ field: field.name, reason: read.reason });
    else if (read.value !== null) credentials[field.name] = read.value;
  }
  if (problems.length > 0) return { problems };
  return { credentials, ignored: Object.keys(given).filter((name) => !known.has(name)) };
}

/** Every name a request may use for a field: canonical, aliases, and both in camelCase. */
function namesOf(field: CredentialField): string[] {
  const names = [field.name, ...(field.aliases ?? [])];
  return [...new Set(names.flatMap((name) => [name, camelCase(name)]))];
}

type Read = { readonly value: string | null } | { readonly reason: string };

function readField(field: CredentialField, values: readonly unknown[], mode: Mode): Read {
  const texts = new Set<string>();
  for (const value of values) {
    // Forms send unset fields as null or as an empty text.
    if (value === null || value === undefined) continue;
    if (typeof value !== 'string') return { reason: 'must be a string' };
    const text = value.trim();
    if (text !== '') texts.add(text);
  }
  if (texts.size > 1) return { reason: 'is given more than once, with different values' };
  const [text] = texts;
  if (text === undefined) return field.required ? { reason: 'is required' } : { value: null };
  const reason = reasonAgainst(text, field, mode);
  return reason === null ? { value: text } : { reason };
}

function reasonAgainst(text: string, field: CredentialField, mode: Mode): string | null {
  if (text.length > MAX_CHARACTERS) return `must have at most ${MAX_CHARACTERS} characters`;
  // A line break in a key would break out of the header it is sent in. Certificates (PEM) do have them.
  if (!text.startsWith('-----BEGIN ') && hasControlCharacter(text))
    return 'must not contain control characters';
  if (!text.isWellFormed()) return 'must be well-formed text';
  if (!field.pattern || new RegExp(field.pattern[mode]).test(text)) return null;
  const other: Mode = mode === 'live' ? 'sandbox' : 'live';
  return new RegExp(field.pattern[other]).test(text)
    ? `is a ${other} value, but the connection is ${mode}`
    : `does not look like a ${mode} value of this provider`;
}

function hasControlCharacter(text: string): boolean {
  return [...text].some((character) => character < ' ' || character === '\u007f');
}

function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
