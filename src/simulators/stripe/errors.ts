// Stripe's error envelope and the errors that several resources share (psp/stripe.md sections 3 and 9).
// A StripeError is what the client is told: it must never carry a key or anything of another account.

export interface ErrorBody {
  readonly type: 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error';
  readonly message: string;
  readonly code?: string;
  readonly param?: string;
  readonly decline_code?: string;
  readonly advice_code?: string;
  readonly network_decline_code?: string;
  readonly charge?: string;
  readonly payment_intent?: unknown;
  readonly payment_method?: unknown;
}

export class StripeError extends Error {
  readonly status: number;
  readonly body: ErrorBody;
  /** True once execution began: only then does an idempotency key keep the answer (section 5). */
  readonly executed: boolean;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    body: ErrorBody,
    {
      executed = false,
      headers = {},
    }: { executed?: boolean; headers?: Record<string, string> } = {},
  ) {
    super(body.message);
    this.name = 'StripeError';
    this.status = status;
    this.body = body;
    this.executed = executed;
    this.headers = headers;
  }
}

/** The body as it goes over the wire, with the link that Stripe adds to every coded error. */
export function errorEnvelope(body: ErrorBody): { error: ErrorBody & { doc_url?: string } } {
  if (body.code === undefined) return { error: body };
  const anchor = body.code.replaceAll('_', '-');
  return { error: { ...body, doc_url: `https://stripe.com/docs/error-codes/${anchor}` } };
}

export function invalidRequest(message: string, param?: string, code?: string): StripeError {
  return new StripeError(400, {
    type: 'invalid_request_error',
    ...(code === undefined ? {} : { code }),
    message,
    ...(param === undefined ? {} : { param }),
  });
}

/** A refusal that depends on the object's state: execution had begun, so an idempotency key keeps it. */
export function refused(
  code: string,
  message: string,
  extra: Partial<ErrorBody> = {},
): StripeError {
  return new StripeError(
    400,
    { type: 'invalid_request_error', code, message, ...extra },
    { executed: true },
  );
}

/**
 * `label` is Stripe's word in the message ("payment_intent", "PaymentMethod"). 404 for the object of the path, whose
 * param is `id` or the resource's own word; 400 when a parameter names what does not exist.
 */
export function noSuch(
  label: string,
  id: string,
  param = 'id',
  status: 400 | 404 = 404,
): StripeError {
  return new StripeError(status, {
    type: 'invalid_request_error',
    code: 'resource_missing',
    message: `No such ${label}: '${id.slice(0, 200)}'`,
    param,
  });
}

export function unauthorized(message: string, code?: string): StripeError {
  return new StripeError(
    401,
    { type: 'invalid_request_error', ...(code === undefined ? {} : { code }), message },
    { headers: { 'www-authenticate': 'Basic realm="Stripe"' } },
  );
}
