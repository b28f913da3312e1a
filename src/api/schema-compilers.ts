// How requests are checked against their schemas: bodies as they are, because `"5000"` is not an amount; query strings
// and paths coerced, because everything in them is text.
import { Ajv, type Options, type ValidateFunction } from 'ajv';
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

const body = formats.default(new Ajv({ ...COMMON, coerceTypes: false }));
const text = formats.default(new Ajv({ ...COMMON, coerceTypes: true }));
/** Compiling takes longer than all else at a start, and a test or simulation starts many servers in one process. */
const compiled = new Map<string, ValidateFunction>();

export function requestValidator(): FastifySchemaCompiler<FastifySchema> {
  return ({ schema, httpPart }) => {
    const ajv = httpPart === 'body' ? body : text;
    const key = `${httpPart === 'body'} ${JSON.stringify(schema)}`;
    const validate = compiled.get(key) ?? ajv.compile(schema);
    compiled.set(key, validate);
    return validate;
  };
}

/** Answers are written whole: a response schema documents and is checked by the compiler, it drops nothing. */
export function responseSerializer() {
  return () => (answer: unknown) => JSON.stringify(answer);
}
