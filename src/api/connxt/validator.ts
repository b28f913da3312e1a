// Requests against their schemas, every problem told at once in the style of the reference: `Flow action ID is required`
// (connxt.md 6.2). Unknown members are passed over.
import { Ajv, type ErrorObject } from 'ajv';
import formats from 'ajv-formats';
import type { FastifySchema, FastifySchemaCompiler } from 'fastify';
import { Problem } from '../../kernel/problem.ts';
import { memberOf, pathOfPointer } from '../field-path.ts';
import { quickToCompile } from '../schema-compilers.ts';
import type { ErrorItem } from './envelope.ts';

const MANY = 50;

const NAMES: Readonly<Record<string, string>> = {
  flowActionId: 'Flow action ID',
  flowTargetId: 'Flow target ID',
  flowDefinitionId: 'Flow definition ID',
  pspId: 'PSP ID',
  name: 'Name',
  credential: 'Credential',
  operations: 'Operations',
  status: 'Status',
  type: 'Type',
  txnCurrency: 'Transaction currency',
  txnAmount: 'Transaction amount',
  executePayload: 'Execute payload',
};

const PLURALS = new Set(['operations']);

export function connxtValidator(): FastifySchemaCompiler<FastifySchema> {
  const common = { allErrors: true, strict: false, allowUnionTypes: true, useDefaults: true };
  const options = { ...quickToCompile, ...common };
  const body = formats.default(new Ajv({ ...options, coerceTypes: false }));
  const text = formats.default(new Ajv({ ...options, coerceTypes: true }));
  return ({ schema, httpPart }) => {
    const validate = (httpPart === 'body' ? body : text).compile(schema as object);
    return (value: unknown) => {
      if (validate(value)) return { value };
      const errors = (validate.errors ?? []).filter(tells).slice(0, MANY).map(itemOf);
      return { error: new Problem(400, 'validation_failed', 'Validation failed', { errors }) };
    };
  };
}

/** Where a value may be left out as null, it is told what it should be, and not each way in which it is not. */
function tells({ keyword, params }: ErrorObject): boolean {
  return keyword !== 'anyOf' && !(keyword === 'type' && params.type === 'null');
}

function itemOf({ instancePath, keyword, params, message }: ErrorObject): ErrorItem {
  const parent = pathOfPointer(instancePath);
  if (keyword === 'required') {
    const field = memberOf(parent, String(params.missingProperty));
    return { field, message: `${named(field)} ${isAre(field)} required`, code: 'required' };
  }
  const absent = (keyword === 'minLength' || keyword === 'minItems') && params.limit === 1;
  if (absent)
    return {
      field: parent,
      message: `${named(parent)} ${isAre(parent)} required`,
      code: 'required',
    };
  return {
    field: parent,
    message: `${named(parent)} ${message ?? 'is not valid'}`,
    code: 'schema',
  };
}

function lastOf(field: string): string {
  return field.split('.').at(-1) ?? field;
}

function named(field: string): string {
  return NAMES[lastOf(field)] ?? (field === '' ? 'The body' : field);
}

function isAre(field: string): string {
  return PLURALS.has(lastOf(field)) ? 'are' : 'is';
}
