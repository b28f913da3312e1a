// Reads Monnify's envelope `{requestSuccessful, responseMessage, responseCode, responseBody}`. It tells how the API call
// went; the payment's result is `paymentStatus` (psp/monnify.md section 1).
import { type Envelope, type EnvelopeAnswer, readEnvelope } from '../envelope.ts';
import { type Json, objectOf, textOf } from '../json.ts';
import type { Transmission } from '../transport.ts';

export interface Reply {
  readonly httpStatus: number;
  /** The API call was accepted. Says nothing about the payment. */
  readonly accepted: boolean;
  readonly message: string;
  /** `0`, `99`, `D07`, `R12` …. */
  readonly code: string;
  readonly body: Json;
}

export type Answer = EnvelopeAnswer<Reply>;

const ENVELOPE: Envelope<Reply> = {
  flagOf,
  replyOf,
};

export function readAnswer(transmission: Transmission): Answer {
  return readEnvelope(transmission, ENVELOPE);
}

/** Some replies leave the flag out: then the code tells (section 1). Null: no envelope, or one that contradicts itself. */
function flagOf({ requestSuccessful: flag, responseCode: code }: Json): boolean | null {
  if (flag === true) return code === undefined || code === '0' ? true : null;
  if (flag === false) return code === '0' ? null : false;
  if (flag !== undefined || typeof code !== 'string') return null;
  return code === '0';
}

function replyOf(httpStatus: number, accepted: boolean, body: Json): Reply {
  return {
    httpStatus,
    accepted,
    message: textOf(body.responseMessage) ?? '',
    code: textOf(body.responseCode) ?? '',
    body: objectOf(body.responseBody),
  };
}

/** The reference is not known at Monnify. Proves nothing by itself: the host counts. */
export function isNotFound({ accepted, httpStatus, message }: Reply): boolean {
  const said = /could not find|not found/i.test(message);
  return !accepted && said && [200, 400, 404, 422].includes(httpStatus);
}
