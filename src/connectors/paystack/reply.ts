// Reads Paystack's envelope `{status, message, data, code, type}` and its members, of which every one may be missing
// or of another type. `status` tells how the API call went; the payment's result is `data.status` (section 1).
import { type Envelope, type EnvelopeAnswer, readEnvelope } from '../envelope.ts';
import { type Json, objectOf, parseObject, textOf } from '../json.ts';
import type { Transmission } from '../transport.ts';

export interface Reply {
  readonly httpStatus: number;
  /** The envelope's flag: the API call was accepted. Says nothing about the payment. */
  readonly accepted: boolean;
  readonly message: string;
  /** `duplicate_reference`, `transaction_not_found` …; older endpoints send none. */
  readonly code: string | null;
  readonly type: string | null;
  readonly data: Json;
  /** `data` when it is a list. */
  readonly list: readonly Json[] | null;
  readonly meta: Json;
}

export type Answer = EnvelopeAnswer<Reply>;

const ENVELOPE: Envelope<Reply> = {
  flagOf: ({ status }) => (typeof status === 'boolean' ? status : null),
  replyOf,
};

export function readAnswer(transmission: Transmission): Answer {
  return readEnvelope(transmission, ENVELOPE);
}

function replyOf(httpStatus: number, flag: boolean, body: Json): Reply {
  return {
    httpStatus,
    accepted: flag,
    message: textOf(body.message) ?? '',
    code: textOf(body.code),
    type: textOf(body.type),
    data: objectOf(body.data),
    list: Array.isArray(body.data) ? body.data.map(objectOf) : null,
    meta: objectOf(body.meta),
  };
}

/** `metadata` comes back as an object, as JSON text, or as 0, "" or null (section 6). */
export function metadataOf(value: unknown): Json {
  return typeof value === 'string' ? (parseObject(value) ?? {}) : objectOf(value);
}
