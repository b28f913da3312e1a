// Refusals of the Connxt API: one problem with everything that is wrong at this stage, as the API lists it.
import { Problem } from '../../kernel/problem.ts';

export interface FieldError {
  /** `operations[1].flowDefinitionId` */
  readonly field: string;
  readonly message: string;
  /** A stable word: `required`, `schema`, `unknown_id`, `not_enabled`, `mismatch`. */
  readonly code: string;
  readonly existingId?: string;
}

const MANY = 50;

export function validationFailed(...errors: FieldError[]): Problem {
  return new Problem(400, 'validation_failed', 'Validation failed', {
    errors: errors.slice(0, MANY),
  });
}

export function unknownId(field: string, what: string): Problem {
  const error = { field, message: `${what} not found`, code: 'unknown_id' };
  return new Problem(404, 'not_found', 'Resource not found', { errors: [error] });
}

export function conflict(message: string, errors: readonly FieldError[] = []): Problem {
  return new Problem(409, 'conflict', message, { errors });
}
