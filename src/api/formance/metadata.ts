// Metadata on the wire: a map of texts (api/formance.md sections 2 to 5).
import { invalidBody, invalidField } from './envelope.ts';

const ENTRIES_MAX = 100;
const KEY_MAX = 200;
const VALUE_MAX = 2_000;

/** Throws a Problem naming the entry that is wrong. */
export function readMetadata(said: unknown): Readonly<Record<string, string>> {
  if (typeof said !== 'object' || said === null || Array.isArray(said))
    throw invalidField('Metadata', 'is invalid');
  const entries = Object.entries(said);
  if (entries.length > ENTRIES_MAX) throw invalidField('Metadata', 'has too many entries');
  for (const [key, value] of entries) {
    const fits = typeof value === 'string' && value.length <= VALUE_MAX;
    if (!fits || key === '' || key.length > KEY_MAX)
      throw invalidField(`Metadata.${key.slice(0, 60)}`, 'is invalid');
  }
  return said as Readonly<Record<string, string>>;
}

/** The body of a PATCH: the map itself, or `{"metadata": map}`, which v3's SDK sends; never empty. */
export function readMetadataPatch(body: unknown, mayBeWrapped: boolean) {
  const inner = mayBeWrapped ? (body as { metadata?: unknown } | null)?.metadata : undefined;
  const wrapped =
    typeof inner === 'object' && inner !== null && Object.keys(body as object).length === 1;
  const metadata = readMetadata(wrapped ? inner : body);
  if (Object.keys(metadata).length === 0) throw invalidBody('must not be empty');
  return metadata;
}

/** What is added to for years has an end, too. */
export function mustFitInto(
  stored: Readonly<Record<string, unknown>>,
  added: Readonly<Record<string, string>>,
): void {
  if (Object.keys({ ...stored, ...added }).length > ENTRIES_MAX)
    throw invalidField('Metadata', 'has too many entries');
}

/** Other APIs take any JSON as metadata; here every value is a text. */
export function metadataView(metadata: Readonly<Record<string, unknown>>): Record<string, string> {
  const texts = Object.entries(metadata).map(([key, value]) => [
    key,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return Object.fromEntries(texts);
}
