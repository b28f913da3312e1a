// How requests are checked against their schemas: bodies as they are, because `"5000"` is not an amount; query strings
// and paths coerced, because everything in them is text.
import { Ajv, type Options } from 'ajv';
import formats from 'ajv-formats';
import type { FastifySchema, FastifySchemaCompiler } from 'fastify';

const COMMON: Options = {
  removeAdditional: false,
  useDefaults: true,
  allErrors: false,
  strict: true,
  strictRequired: false,
  allowUnionTypes: true,
};

export function requestValidator(): FastifySchemaCompiler<FastifySchema> {
  const body = formats.default(new Ajv({ ...COMMON, coerceTypes: false }));
  const text = formats.default(new Ajv({ ...COMMON, coerceTypes: true }));
  return ({ schema, httpPart }) => (httpPart === 'body' ? body : text).compile(schema);
}

/** Answers are written whole: a response schema documents and is checked by the compiler, it drops nothing. */
export function responseSerializer() {
  return () => (answer: unknown) => JSON.stringify(answer);
}
