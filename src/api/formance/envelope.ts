// Problems in Formance's words (api/formance.md section 1): seven codes, nothing else, because the SDK's enumeration is
// closed. 401 and 405 are plain text, on which the SDK raises an error with the right status instead of a SyntaxError.
import { Problem } from '../../kernel/problem.ts';
import type { Envelope } from '../app.ts';

export type ErrorCode =
  | 'INTERNAL'
  | 'VALIDATION'
  | 'INVALID_ID'
  | 'MISSING_OR_INVALID_BODY'
  | 'CONFLICT'
  | 'NOT_FOUND'
  | 'CONNECTOR_CAPABILITY_NOT_SUPPORTED';

const CODES: ReadonlySet<string> = new Set<ErrorCode>([
  'INTERNAL',
  'VALIDATION',
  'INVALID_ID',
  'MISSING_OR_INVALID_BODY',
  'CONFLICT',
  'NOT_FOUND',
  'CONNECTOR_CAPABILITY_NOT_SUPPORTED',
]);
const BODY_STATUSES = new Set([413, 415]);

export const formanceEnvelope: Envelope = (problem) => {
  const { status, message } = problem;
  if (status === 401 || status === 405) return message;
  return { errorCode: codeOf(problem), errorMessage: message };
};

function codeOf({ status, code }: Problem): ErrorCode {
  if (CODES.has(code)) return code as ErrorCode;
  if (status >= 500) return 'INTERNAL';
  if (status === 404) return 'NOT_FOUND';
  if (code === 'invalid_json' || BODY_STATUSES.has(status)) return 'MISSING_OR_INVALID_BODY';
  return status === 409 ? 'CONFLICT' : 'VALIDATION';
}

export function invalidField(field: string, wrong: string): Problem {
  return new Problem(400, 'VALIDATION', `${field} ${wrong}`, { field });
}

export function invalidBody(wrong: string): Problem {
  return new Problem(400, 'MISSING_OR_INVALID_BODY', `The body ${wrong}`);
}

export function invalidId(what: string): Problem {
  return new Problem(400, 'INVALID_ID', `${what} is invalid`);
}

export function unknownThing(what: string): Problem {
  return new Problem(404, 'NOT_FOUND', `${what} not found`);
}
