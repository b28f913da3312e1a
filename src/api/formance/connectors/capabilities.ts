// Every provider's capabilities as one text with a tag, for clients that keep it (api/formance.md section 5).
import { createHash } from 'node:crypto';
import { allProviders, capabilitiesOf } from '../../../flows/connector/providers.ts';

export function taggedCapabilities(): { readonly text: string; readonly etag: string } {
  const data = Object.fromEntries(allProviders().map((one) => [one, capabilitiesOf(one)]));
  const text = JSON.stringify({ data });
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 32);
  return { text, etag: `"${hash}"` };
}

/** Whether an If-None-Match names the tag. */
export function isKnownTag(header: string | undefined, etag: string): boolean {
  const tags = (header ?? '').split(',').map((one) => one.trim().replace(/^W\//, ''));
  return tags.includes(etag) || tags.includes('*');
}
