// Which addresses a script may call: https, a host of the definition's list, never an address inside our own network.
// Names are resolved and checked when they are connected to (public-lookup.ts); here the URL itself is judged.
import { isIP } from 'node:net';
import { mayReach } from '../public-address.ts';

export interface EgressTarget {
  readonly origin: string;
  /** Path and query, as they go on the wire. */
  readonly path: string;
}

export type EgressVerdict =
  | ({ readonly allowed: true } & EgressTarget)
  | { readonly allowed: false; readonly reason: string };

/** Of one entry: a host name, with an optional port and path prefix. */
const ENTRY = /^(?<host>[a-z0-9-]+(?:\.[a-z0-9-]+)+)(?::(?<port>\d{1,5}))?(?<path>\/\S*)?$/;
const URL_CHARACTERS_MAX = 8192;

interface Allowed {
  readonly host: string;
  readonly port: string;
  readonly path: string;
}

/** Null for a text that is no entry: what was validated at upload is checked again here. */
function readEntry(entry: string): Allowed | null {
  const { host, port, path } = ENTRY.exec(entry.trim().toLowerCase())?.groups ?? {};
  if (host === undefined) return null;
  // Only the host name is without case.
  const cased = path === undefined ? '/' : entry.trim().slice(-path.length);
  return { host, port: port === '443' || port === undefined ? '' : port, path: cased };
}

export function isEgressEntry(entry: string): boolean {
  const allowed = readEntry(entry);
  return allowed !== null && isIP(allowed.host) === 0;
}

export function judgeUrl(text: string, egress: readonly string[]): EgressVerdict {
  if (text.length > URL_CHARACTERS_MAX) return refused('URL too long');
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null) return refused('not a URL');
  if (url.protocol !== 'https:') return refused(`${url.protocol}// is not allowed, only https`);
  if (url.username !== '' || url.password !== '') return refused('credentials in the URL');
  // The URL parser has turned 0x7f.1 and 2130706433 into 127.0.0.1 by now.
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(literal) !== 0 && !mayReach(literal, 'public')) return refused('a private address');
  const host = url.hostname.replace(/\.$/, '');
  const listed = egress.some((entry) => {
    const allowed = readEntry(entry);
    return (
      allowed !== null &&
      allowed.host === host &&
      allowed.port === url.port &&
      url.pathname.startsWith(allowed.path)
    );
  });
  if (!listed) return refused(`${host} is not in the egress list`);
  return { allowed: true, origin: url.origin, path: `${url.pathname}${url.search}` };
}

function refused(reason: string): EgressVerdict {
  return { allowed: false, reason };
}
