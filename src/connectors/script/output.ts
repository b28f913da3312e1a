// Whether what a step returned fits the schema of its definition, or the default of connxt.md 9.7. Failures are not
// looked at: a schema error must never hide what the connector said (connxt.md row 38).
import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';
import type { ScriptStep, StepResult } from './contract.ts';
import type { VersionSettings } from './version.ts';

const text = { type: 'string' };

const NAVIGATION = {
  type: 'object',
  required: ['type'],
  properties: {
    type: { enum: ['redirect', 'iframe', 'form', 'none', 'object'] },
    contentType: { enum: ['url', 'html', 'string', 'object'] },
  },
  // A redirect is to a URL, and a URL is one.
  allOf: [
    {
      anyOf: [
        { not: { properties: { type: { const: 'redirect' } } } },
        { required: ['contentType', 'value'], properties: { contentType: { const: 'url' } } },
      ],
    },
    {
      anyOf: [
        { not: { required: ['contentType'], properties: { contentType: { const: 'url' } } } },
        { properties: { value: { type: 'string', pattern: '^https?://' } } },
      ],
    },
  ],
};

const DEFAULTS: Readonly<Record<ScriptStep, object>> = {
  initiate: {
    type: 'object',
    required: ['orderId'],
    properties: { orderId: text, userId: text, status: text, navigation: NAVIGATION },
  },
  redirect: {
    type: 'object',
    required: ['orderId'],
    properties: { orderId: text, timestamp: text, status: text, message: text },
  },
  webhook: {},
  sync: {},
};

const compiled = new Map<string, ValidateFunction>();

/** `Output validation failed for step 'initiate': …`, or null. The part after the colon names places, never values. */
export function outputFault(
  result: StepResult,
  step: ScriptStep,
  { outputSchema }: Pick<VersionSettings, 'outputSchema'>,
): string | null {
  if (result.__type === 'failure') return null;
  const own = (outputSchema as Readonly<Record<string, unknown>>)[step];
  const validate = validatorOf(opened(own) ?? DEFAULTS[step]);
  if (validate(result.data)) return null;
  const [first] = validate.errors ?? [];
  const place = first?.instancePath.slice(1).replaceAll('/', '.') ?? '';
  return `Output validation failed for step '${step}': ${place === '' ? 'data' : place} ${first?.message ?? 'is not valid'}`;
}

/** The root is opened before it is used, as Connxt does. */
function opened(schema: unknown): object | null {
  return typeof schema === 'object' && schema !== null
    ? { ...schema, additionalProperties: true }
    : null;
}

function validatorOf(schema: object): ValidateFunction {
  const key = JSON.stringify(schema);
  let validate = compiled.get(key);
  if (validate === undefined) {
    if (compiled.size >= 500) compiled.clear();
    validate = formats.default(new Ajv({ strict: false })).compile(schema);
    compiled.set(key, validate);
  }
  return validate;
}
