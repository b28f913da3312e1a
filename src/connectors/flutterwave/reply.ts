// Reads Flutterwave's envelope `{status: "success"|"error", message, data, meta}`. Its `status` tells how the API call
// went; the payment's result is `data.status`, and `data` may be missing (psp/flutterwave.md sections 1 and 2.2).
import { type Envelope, type EnvelopeAnswer, readEnvelope } from '../envelope.ts';
import { type Json, objectOf, textOf } from '../json.ts';
import type { Transmission } from '../transport.ts';

export interface Reply {
  readonly httpStatus: number;
  /** The API call was accepted. Says nothing about the payment. */
  readonly accepted: boolean;
  readonly message: string;
  readonly data: Json;
  /** `data` when it is a list. */
  readonly list: readonly Json[] | null;
  readonly meta: Json;
}

export type Answer = EnvelopeAnswer<Reply>;

const ENVELOPE: Envelope<Reply> = {
  flagOf: ({ status }) => (status === 'success' ? true : status === 'error' ? false : null),
  replyOf,
};

export function readAnswer(transmission: Transmission): Answer {
  return readEnvelope(transmission, ENVELOPE);
}

function replyOf(httpStatus: number, accepted: boolean, body: Json): Reply {
  return {
    httpStatus,
    accepted,
    message: textOf(body.message) ?? '',
    data: objectOf(body.data),
    list: Array.isArray(body.data) ? body.data.map(objectOf) : null,
    meta: objectOf(body.meta),
  };
}
