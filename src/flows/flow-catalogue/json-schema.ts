// JSON Schemas that come with definitions: compiled once per text, every problem told by its place and never by its
// value, because what is checked may be a credential.
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';

export interface SchemaProblem {
  /** `order.money.amount`; '' for the whole. */
  readonly path: string;
  readonly message: string;
}

const PROBLEMS_MAX = 50;
const COMPILED_MAX = 500;

const compiled = new Map<string, ValidateFunction>();

/** Throws when the schema itself is wrong: they are checked when they are stored. */
function validatorOf(schema: unknown): ValidateFunction {
  const text = JSON.stringify(schema);
  let validator = compiled.get(text);
  if (validator === undefined) {
    if (compiled.size >= COMPILED_MAX) compiled.clear();
    // An instance of its own: `$id`s of different authors must not meet.
    const ajv = formats.default(
      new Ajv({ allErrors: true, strict: false, validateFormats: true, allowUnionTypes: true }),
    );
    validator = ajv.compile(JSON.parse(text));
    compiled.set(text, validator);
  }
  return validator;
}

export function schemaProblems(schema: unknown, value: unknown): SchemaProblem[] {
  const validate = validatorOf(schema);
  if (validate(value)) return [];
  return (validate.errors ?? []).slice(0, PROBLEMS_MAX).map(problemOf);
}

/** Null when it is a schema; else what is wrong with it. */
export function schemaFault(schema: unknown): string | null {
  try {
    validatorOf(schema);
    return null;
  } catch (error) {
    return (error as Error).message.slice(0, 300);
  }
}

function problemOf({ instancePath, keyword, params, message = 'is not valid' }: ErrorObject) {
  const parent = instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((path, part) => (/^\d+$/.test(part) ? `${path}[${part}]` : join(path, part)), '');
  const { missingProperty, additionalProperty, allowedValues } = params as {
    missingProperty?: string;
    additionalProperty?: string;
    allowedValues?: unknown[];
  };
  if (keyword === 'required')
    return { path: join(parent, missingProperty ?? ''), message: 'is required' };
  if (keyword === 'additionalProperties')
    return { path: join(parent, (additionalProperty ?? '').slice(0, 60)), message: 'is not known' };
  if (keyword === 'enum')
    return { path: parent, message: `must be one of ${(allowedValues ?? []).join(', ')}` };
  return { path: parent, message: message.replace(/^must NOT/, 'must not') };
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
