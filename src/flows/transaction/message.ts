// A message of a PSP or a browser as scripts read it (connxt.md 9.2): parsed where it is JSON or a form, raw beside it.
import type { Json } from '../../connectors/script/contract.ts';

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

/** Deeper ones are nobody's notification: nothing that walks a value could be sure to come back from them. */
const DEPTH_MAX = 32;

/** Of equal names in a form the last wins. */
function bodyOf(contentType: string, rawBody: Buffer): Json {
  const text = rawBody.toString('utf8');
  if (/\bjson\b/i.test(contentType)) return parsed(text);
  if (/^application\/x-www-form-urlencoded\b/i.test(contentType))
    return Object.fromEntries(new URLSearchParams(text));
  return {};
}

function parsed(text: string): Json {
  try {
    const value = JSON.parse(text) as Json;
    return isDeeper(value, DEPTH_MAX) ? {} : value;
  } catch {
    return {};
  }
}

function isDeeper(value: Json, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner: Json) => isDeeper(inner, levels - 1));
}
