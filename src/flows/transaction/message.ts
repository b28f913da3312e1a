// A message of a PSP or a browser as scripts read it (connxt.md 9.2): parsed where it is JSON or a form, raw beside it.
import type { Json } from '../../connectors/script/contract.ts';
import { parseBounded } from '../../kernel/bounded-json.ts';

export interface InboundMessage {
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, Json>>;
  /** JSON or form, parsed; `{}` for anything else. */
  readonly body: Json;
  readonly rawBody: Buffer;
}

export function messageFrom({
  headers,
  query,
  rawBody,
}: Omit<InboundMessage, 'body'>): InboundMessage {
  return { headers, query, rawBody, body: bodyOf(headers['content-type'] ?? '', rawBody) };
}

/** Of equal names in a form the last wins. */
function bodyOf(contentType: string, rawBody: Buffer): Json {
  const text = rawBody.toString('utf8');
  if (/\bjson\b/i.test(contentType)) return (parseBounded(text) ?? {}) as Json;
  if (/^application\/x-www-form-urlencoded\b/i.test(contentType))
    return Object.fromEntries(new URLSearchParams(text));
  return {};
}
