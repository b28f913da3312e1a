// Every error as a Problem: what went wrong for the client to read, and nothing about our inside.
import type { FastifyError, FastifyRequest, FastifySchemaValidationError } from 'fastify';
import { Problem } from '../kernel/problem.ts';
import { isUnavailable } from '../store/availability.ts';
import { memberOf, pathOfPointer } from './field-path.ts';

const FRAMEWORK: Readonly<Record<string, readonly [number, string, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: [413, 'body_too_large', 'The body is too large'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    415,
    'unsupported_media_type',
    'Send the body as application/json',
  ],
  FST_ERR_CTP_INVALID_JSON_BODY: [400, 'invalid_json', 'The body is not valid JSON'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [
    400,
    'invalid_request',
    'The body does not have the length that was stated',
  ],
  FST_ERR_BAD_URL: [400, 'invalid_request', 'The path is not a valid URL'],
};

export function problemOf(error: unknown, request: FastifyRequest): Problem {
  if (error instanceof Problem) return error;
  const { validation, code = '', statusCode = 500 } = error as Partial<FastifyError>;
  if (validation?.[0]) return validationProblem(validation, request);
  const known = FRAMEWORK[code];
  if (known) return new Problem(...known);
  if (statusCode >= 400 && statusCode < 500)
    return new Problem(statusCode, 'invalid_request', 'The request could not be read');
  if (isUnavailable(error))
    return new Problem(503, 'unavailable', 'The service is not available at the moment', {}, 1);
  return new Problem(500, 'server_error', 'Something went wrong on our side', {
    request_id: request.id,
  });
}

/** Of a union of words, each says that it is not the one: together they are an enumeration. */
function firstOf(errors: readonly FastifySchemaValidationError[]): FastifySchemaValidationError {
  const first = errors[0]!;
  if (first.keyword !== 'const') return first;
  const words = errors.filter(({ keyword }) => keyword === 'const');
  const allowedValues = words.map(({ params }) => params.allowedValue as string);
  return { ...first, keyword: 'enum', params: { allowedValues } };
}

/** What a schema says of a body, with the codes of the request's route. */
export function validationProblem(
  errors: readonly FastifySchemaValidationError[],
  request: FastifyRequest,
): Problem {
  const error = firstOf(errors);
  const { missingCodes = {}, invalidCodes = {} } = request.routeOptions.config;
  const parent = pathOfPointer(error.instancePath);
  const missing = error.keyword === 'required';
  const field = missing ? memberOf(parent, String(error.params.missingProperty)) : parent;
  const message = missing ? `${field} is required` : `${field || 'The body'} ${wrongness(error)}`;
  const details = field === '' ? {} : { field };
  const [top = ''] = field.split(/[.[]/);
  const absent = missing || error.keyword === 'minLength' || error.keyword === 'minItems';
  const code = (absent ? missingCodes[field] : undefined) ?? invalidCodes[top];
  const generic = missing ? 'missing_required_field' : 'validation_error';
  return new Problem(400, code ?? generic, message, details);
}

function wrongness({ keyword, params, message = 'is not valid' }: FastifySchemaValidationError) {
  if (keyword === 'enum')
    return `must be one of ${(params.allowedValues as unknown[]).filter((word) => word !== '').join(', ')}`;
  if (keyword === 'minLength' && params.limit === 1) return 'must not be empty';
  if (keyword === 'minItems' && params.limit === 1) return 'must not be empty';
  if (keyword === 'type') return `must be ${article(String(params.type))}`;
  return message.replace(/^must NOT/, 'must not');
}

function article(type: string): string {
  const words = type.split(',').filter((word) => word !== 'null');
  return words.map((word) => (/^[aeio]/.test(word) ? `an ${word}` : `a ${word}`)).join(' or ');
}
