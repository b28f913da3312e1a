// Requests to a generic PSP and what came back. Errors are `{Title, Detail}` (api/formance.md section 10); what a status
// alone does not prove stays unknown.
import type { DeclineCode } from '../../domain/attempt/decline.ts';
import { declined, type Outcome } from '../../domain/attempt/outcome.ts';
import type { Call } from '../contract.ts';
import { parseObject, textOf } from '../json.ts';
import type { PspRequest, Transmission } from '../transport.ts';

export type Reply =
  | { readonly kind: 'accepted'; readonly value: unknown }
  | { readonly kind: 'refused'; readonly status: number; readonly message: string }
  | { readonly kind: 'not_sent' | 'unknown'; readonly reason: string };

/** Statuses that a gateway or a race may produce after the request was passed on. */
const PROVES_NOTHING = new Set([408, 409, 499]);

export async function ask(
  request: Pick<PspRequest, 'method' | 'path'> & { readonly json?: object },
  { credentials, send }: Call,
): Promise<Reply> {
  const { json, ...rest } = request;
  const authorization = `Bearer ${credentials.api_key ?? ''}`;
  return readReply(
    await send({
      ...rest,
      headers: json ? { authorization, 'content-type': 'application/json' } : { authorization },
      ...(json ? { body: JSON.stringify(json) } : {}),
    }),
  );
}

function readReply(transmission: Transmission): Reply {
  if (transmission.sent !== 'replied')
    return { kind: transmission.sent, reason: transmission.reason };
  const { status, text } = transmission;
  if (status >= 200 && status < 300) return accepted(text);
  if (status < 400 || status >= 500 || PROVES_NOTHING.has(status))
    return { kind: 'unknown', reason: `HTTP ${status}` };
  const error = parseObject(text);
  const message = textOf(error?.Detail) || textOf(error?.Title) || `HTTP ${status}`;
  return { kind: 'refused', status, message: message.slice(0, 300) };
}

function accepted(text: string): Reply {
  try {
    return { kind: 'accepted', value: JSON.parse(text) };
  } catch {
    return { kind: 'unknown', reason: 'an answer that is no JSON' };
  }
}

/** Of a request that moves money: nothing was done. */
export function refusal({ status, message }: Extract<Reply, { kind: 'refused' }>): Outcome {
  const code: DeclineCode =
    status === 401 || status === 403
      ? 'auth_failed'
      : status === 429
        ? 'rate_limited'
        : 'invalid_request';
  return declined(code, message, String(status));
}
