// A refusal with a stable code. APIs translate it into their own error envelope; nothing else is shown to clients.

export interface ProblemDetails {
  /** The field of the request that is wrong, as a path (`customer.email`). */
  readonly field?: string;
  readonly [name: string]: unknown;
}

export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly details: ProblemDetails;
  /** Seconds after which a repeat may succeed; becomes Retry-After. */
  readonly retryAfterS: number | null;

  constructor(
    status: number,
    code: string,
    message: string,
    details: ProblemDetails = {},
    retryAfterS: number | null = null,
  ) {
    super(message);
    this.name = 'Problem';
    this.status = status;
    this.code = code;
    this.details = details;
    this.retryAfterS = retryAfterS;
  }
}

export function invalid(code: string, message: string, field?: string): Problem {
  return new Problem(400, code, message, field === undefined ? {} : { field });
}

export function notFound(what: string, code = 'not_found'): Problem {
  return new Problem(404, code, `${what} not found`);
}
