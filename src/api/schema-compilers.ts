// How requests are checked against their schemas: bodies as they are, because `"5000"` is not an amount; query strings
// and paths coerced, because everything in them is text.
import { Ajv, type Options, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';
import type { FastifySchema, FastifySchemaCompiler } from 'fastify';
import type {
  FastifySchemaValidationError,
  FastifyValidationResult,
} from 'fastify/types/schema.js';

/** Half the time to compile: our schemas are typed, so their form is not checked again, and V8 optimizes by itself. */
export const quickToCompile: Options = { validateSchema: false, code: { optimize: false } };

const COMMON: Options = {
  ...quickToCompile,
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
    return httpPart === 'body' ? validate : finitely(validate);
  };
}

/** Ajv reads the text `Infinity` as an integer, and then as one that no bound is about. */
function finitely(validate: ValidateFunction): FastifyValidationResult {
  return (data: Readonly<Record<string, unknown>>) => {
    if (!validate(data))
      return { error: (validate.errors ?? []) as FastifySchemaValidationError[] };
    const endless = Object.keys(data).find((name) => isEndless(data[name]));
    if (endless === undefined) return true;
    const about = { keyword: 'type', schemaPath: '#/type', params: { type: 'integer' } };
    return { error: [{ ...about, instancePath: `/${endless}`, message: 'must be a number' }] };
  };
}

const isEndless = (value: unknown) => typeof value === 'number' && !Number.isFinite(value);

/** Answers are written whole: a response schema documents and is checked by the compiler, it drops nothing. */
export function responseSerializer() {
  return () => (answer: unknown) => JSON.stringify(answer);
}
