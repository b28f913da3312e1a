// Fields of a body as parseExactly gives it. What is wrong first is named, in the original's style
// (api/formance.md section 1).
import { unitOfPosted } from '../../domain/ledger/asset.ts';
import { parseInstant } from '../../domain/ledger/instant.ts';
import { isText } from '../../domain/ledger/text.ts';
import { readAmount } from './amount.ts';
import { invalidBody, invalidField, invalidId } from './envelope.ts';
import { readMetadata } from './metadata.ts';

export type Body = Readonly<Record<string, unknown>>;

export function bodyOf(value: unknown): Body {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Body;
  throw invalidBody('must be a JSON object');
}

const NAME_MAX = 1000;
/** Names are looked up: an index of Postgres takes 2704 bytes a row, with what stands before the name. */
const INDEXED_BYTES_MAX = 2_500;

/** A text that may become part of an id. */
export function textIn(value: unknown, field: string, min = 1, max = NAME_MAX): string {
  if (value === undefined || value === null || (value === '' && min > 0))
    throw invalidField(field, 'is required');
  if (typeof value !== 'string') throw invalidField(field, 'is invalid');
  if (value.length < min) throw invalidField(field, `must be at least ${min} characters in length`);
  if (value.length > max) throw invalidField(field, `must be at most ${max} characters in length`);
  if (max <= NAME_MAX && Buffer.byteLength(value) > INDEXED_BYTES_MAX)
    throw invalidField(field, 'is too long');
  if (!isText(value, min, max)) throw invalidField(field, 'is invalid');
  return value;
}

/** Null when it is absent or empty. */
export function optionalText(value: unknown, field: string, max = 1000): string | null {
  if (value === undefined || value === null || value === '') return null;
  return textIn(value, field, 1, max);
}

/** More than zero. */
export function positiveIn(value: unknown, field: string): bigint {
  const amount = readAmount(value, field);
  if (amount === 0n) throw invalidField(field, 'must be greater than 0');
  return amount;
}

export function assetIn(value: unknown, field: string): { asset: string; unit: string } {
  const asset = textIn(value, field);
  const unit = unitOfPosted(asset);
  if (unit === null) throw invalidField(field, 'is invalid');
  return { asset, unit };
}

/** Epoch milliseconds. */
export function timeIn(value: unknown, field: string): number {
  const instant = parseInstant(textIn(value, field));
  if (!instant) throw invalidField(field, 'is invalid');
  return instant.ms;
}

export function metadataIn(value: unknown): Readonly<Record<string, string>> {
  return value === undefined || value === null ? {} : readMetadata(value);
}

export function wordIn<W extends string>(value: unknown, field: string, words: readonly W[]): W {
  const word = words.find((one) => one === textIn(value, field));
  if (word === undefined) throw invalidField(field, 'is invalid');
  return word;
}

/** RFC 3339 as the ledger shows it. */
export function timeView(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('.000Z', 'Z');
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** An id that is a plain UUID. */
export function uuidIn(id: string, what: string): string {
  if (!isUuid(id)) throw invalidId(what);
  return id.toLowerCase();
}
