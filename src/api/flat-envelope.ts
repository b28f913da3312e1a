// A problem as one flat object: `{error, code, message, details}`. Every Reevit SDK reads the top level, and Go fails on
// `details` that are no object (api/reevit.md section 2). The admin API and paths outside of every API use it too.
import type { Problem } from '../kernel/problem.ts';

const CLASSES: Readonly<Record<number, string>> = {
  400: 'invalid_request',
  401: 'unauthorized',
  402: 'payment_failed',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  409: 'conflict',
  410: 'gone',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
  422: 'unprocessable',
  429: 'rate_limited',
  503: 'unavailable',
};

export function flatEnvelope({ status, code, message, details, retryAfterS }: Problem) {
  return {
    error: CLASSES[status] ?? (status < 500 ? 'invalid_request' : 'server_error'),
    code,
    message,
    details,
    ...(retryAfterS === null ? {} : { retry_after: retryAfterS }),
  };
}
