// Formance's query language (api/formance.md section 1): `{"$and": [{"$match": {"status": "PENDING"}}, …]}`, as the
// parameter `query` or as the body of a GET. What a field may be compared with is the list's to say.
import { parseInstant } from '../../domain/ledger/instant.ts';
import type { Comparison, Condition, Value } from '../../store/pages.ts';
import { invalidField } from './envelope.ts';
import { parseExactly } from './exact-json.ts';

export type QueryField =
  | { readonly kind: 'integer' | 'time' | 'map' }
  | {
      readonly kind: 'text';
      /** From the wire's word to the stored one; null: there is no such thing, and nothing matches. */
      readonly read?: (word: string) => string | null;
    }
  /** A word that stands for several columns; it can only be matched. */
  | { readonly kind: 'id'; readonly find: (word: string) => Condition };

/** By the wire's name. Of `metadata[key]` the name is `metadata`. */
export type QueryFields = Readonly<Record<string, QueryField>>;

const OPERATORS: Readonly<Record<string, Comparison>> = {
  $match: 'match',
  $lt: 'lt',
  $lte: 'lte',
  $gt: 'gt',
  $gte: 'gte',
  $like: 'like',
  $in: 'in',
  $exists: 'exists',
};
const TEXT_ONLY = new Set<Comparison>(['match', 'like', 'in', 'exists']);
export const QUERY_CHARACTERS_MAX = 6_000;
const CONDITIONS_MAX = 50;
const DEPTH_MAX = 8;
const INT64_MAX = 2n ** 63n - 1n;

/** Null: everything. Throws a Problem naming what is wrong. */
export function parseQuery(text: string, fields: QueryFields): Condition | null {
  if (text.trim() === '') return null;
  if (text.length > QUERY_CHARACTERS_MAX) throw wrong('is too long');
  const said = parseText(text);
  if (said === null || (isObject(said) && Object.keys(said).length === 0)) return null;
  return new Reader(fields).read(said, 0);
}

function parseText(text: string): unknown {
  try {
    return parseExactly(text);
  } catch {
    throw wrong('is not valid JSON');
  }
}

class Reader {
  readonly #fields: QueryFields;
  #left = CONDITIONS_MAX;

  constructor(fields: QueryFields) {
    this.#fields = fields;
  }

  read(said: unknown, depth: number): Condition {
    this.#left -= 1;
    if (this.#left < 0 || depth > DEPTH_MAX) throw wrong('has too many conditions');
    if (!isObject(said)) throw wrong('must be an object of one operator');
    const entries = Object.entries(said);
    const [[operator, operand] = ['', null], ...others] = entries;
    if (others.length > 0) throw wrong('must be an object of one operator');
    if (operator === '$and' || operator === '$or') {
      if (!Array.isArray(operand)) throw wrong(`wants an array for ${operator}`);
      return {
        op: operator === '$and' ? 'and' : 'or',
        all: operand.map((one) => this.read(one, depth + 1)),
      };
    }
    if (operator === '$not') return { op: 'not', one: this.read(operand, depth + 1) };
    const op = OPERATORS[operator];
    if (!op) throw wrong(`has an unknown operator ${operator.slice(0, 40)}`);
    return this.#compare(op, operand);
  }

  #compare(op: Comparison, operand: unknown): Condition {
    const [[name, said] = ['', null], ...others] = isObject(operand) ? Object.entries(operand) : [];
    if (name === '' || others.length > 0) throw wrong('wants one field for an operator');
    textIn(name, 'a key');
    const [, word = name, key = null] = /^(\w+)\[(.{1,500})\]$/s.exec(name) ?? [];
    const field = Object.hasOwn(this.#fields, word) ? this.#fields[word]! : null;
    if (!field || (field.kind === 'map') !== (key !== null))
      throw wrong(`has an unknown key ${name.slice(0, 60)}`);
    if (field.kind === 'id') return this.#identify(op, said, field.find, name);
    if (op === 'exists') {
      if (typeof said !== 'boolean') throw wrong(`wants true or false for ${name}`);
      return { op, field: word, key, value: said };
    }
    if (op === 'like' && /(?<!\\)(?:\\\\)*\\$/.test(String(said)))
      throw wrong(`ends the pattern of ${name} with an escape`);
    const ordered = field.kind === 'integer' || field.kind === 'time';
    if (ordered ? op === 'like' : !TEXT_ONLY.has(op))
      throw wrong(`cannot compare ${name} with this operator`);
    if (op !== 'in') return this.#one(op, word, key, valueIn(said, field, name));
    if (!Array.isArray(said) || said.length > CONDITIONS_MAX)
      throw wrong(`wants an array for ${name}`);
    const values = said.map((one) => valueIn(one, field, name)).filter((one) => one !== null);
    return { op, field: word, key, value: values };
  }

  #identify(op: Comparison, said: unknown, find: (word: string) => Condition, name: string) {
    const words = op === 'in' && Array.isArray(said) ? said : [said];
    if ((op !== 'match' && op !== 'in') || words.length > CONDITIONS_MAX)
      throw wrong(`cannot compare ${name} with this operator`);
    const all = words.map((word: unknown) => {
      return find(textIn(word, name));
    });
    return { op: 'or' as const, all };
  }

  #one(op: Comparison, field: string, key: string | null, value: Value | null): Condition {
    return value === null ? { op: 'never' } : { op, field, key, value };
  }
}

function valueIn(said: unknown, field: QueryField, name: string): Value | null {
  const { kind } = field;
  if (kind === 'integer') {
    const number = typeof said === 'number' && Number.isSafeInteger(said) ? BigInt(said) : said;
    if (typeof number !== 'bigint') throw wrong(`wants an integer for ${name}`);
    return number > INT64_MAX || number < -INT64_MAX ? null : number;
  }
  const text = textIn(said, name);
  if (kind !== 'time') return kind === 'text' && field.read ? field.read(text) : text;
  const instant = parseInstant(text);
  if (!instant) throw wrong(`wants a date for ${name}`);
  return instant.text;
}

/** Postgres takes neither NUL nor halves of characters. */
function textIn(said: unknown, name: string): string {
  if (typeof said !== 'string') throw wrong(`wants a text for ${name}`);
  if (said.includes('\u0000') || !said.isWellFormed())
    throw wrong(`has characters that no text has for ${name}`);
  return said;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wrong(what: string) {
  return invalidField('query', what);
}
