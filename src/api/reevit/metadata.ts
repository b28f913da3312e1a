// Metadata of payments and payouts is the merchant's own, but bounded: it stands in every event, and in every list.
import { Type } from 'typebox';
import { invalid } from '../../kernel/problem.ts';

const CHARACTERS_MAX = 16_384;

export const MetadataBody = Type.Record(Type.String({ maxLength: 100 }), Type.Unknown(), {
  maxProperties: 50,
});

/** Throws when it is too long as JSON. */
export function boundedMetadata(
  metadata: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  if (JSON.stringify(metadata).length <= CHARACTERS_MAX) return metadata;
  const message = `metadata must be at most ${CHARACTERS_MAX} characters as JSON`;
  throw invalid('validation_error', message, 'metadata');
}
