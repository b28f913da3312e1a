// Builds Stripe requests. The key of a POST is always ours and is known before the first byte leaves
// (psp/stripe.md section 5); there is no way here to send a POST without one.
import type { Call } from '../contract.ts';
import type { PspRequest } from '../transport.ts';
import { encodeForm, type Form } from './form.ts';

/** Pinned: the shapes that this connector reads. */
const stripeVersion = '2026-10-28.endive';

export function post(call: Call, path: string, form: Form, idempotencyKey: string): PspRequest {
  return {
    method: 'POST',
    path: `/v1/${path}`,
    headers: {
      ...headersOf(call),
      'content-type': 'application/x-www-form-urlencoded',
      'idempotency-key': idempotencyKey,
    },
    body: encodeForm(form),
  };
}

export function get(call: Call, path: string, query: Form = {}): PspRequest {
  const text = encodeForm(query);
  return {
    method: 'GET',
    path: `/v1/${path}${text === '' ? '' : `?${text}`}`,
    headers: headersOf(call),
  };
}

/** An id as one path segment, whatever is in it. */
export function segment(id: string): string {
  return encodeURIComponent(id.toWellFormed());
}

function headersOf({ credentials }: Call): Record<string, string> {
  const account = credentials.account_id;
  return {
    authorization: `Bearer ${credentials.secret_key ?? ''}`,
    'stripe-version': stripeVersion,
    ...(account ? { 'stripe-account': account } : {}),
  };
}
