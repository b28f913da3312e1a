// Which URLs a merchant may name for his events. The address is checked again when it is connected to; this is for the
// merchant to hear at once.
import { kindOfAddress, mayReach, type Reach } from '../../connectors/public-address.ts';
import { invalid } from '../../kernel/problem.ts';
import type { Context, Environment } from '../context.ts';

const URL_CHARACTERS_MAX = 2_048;

export function reachOf(
  { localEndpoints }: Pick<Context, 'localEndpoints'>,
  { mode }: Pick<Environment, 'mode'>,
): Reach {
  return mode === 'sandbox' && localEndpoints ? 'local' : 'public';
}

/** The URL in its normal form. Plain HTTP is for a developer's own machine only (api/reevit.md section 8). */
export function checkEndpointUrl(text: string, reach: Reach): string {
  const url = text.length <= URL_CHARACTERS_MAX && URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) throw wrong('url must be an https URL');
  if (url.username !== '' || url.password !== '') throw wrong('url must not carry credentials');
  if (url.port === '0') throw wrong('url has no port that can be called');
  url.hash = '';
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const own = host === 'localhost' || host.endsWith('.localhost') || isLoopback(host);
  if (url.protocol === 'http:' && !(own && reach === 'local'))
    throw wrong('url must be https; plain http is for your own machine in the sandbox');
  const literal = /^[\d.]+$/.test(host) || host.includes(':');
  const allowed = literal ? mayReach(host, reach) : !own || reach === 'local';
  if (!allowed) throw wrong('url must be a public address');
  return url.href;
}

function isLoopback(host: string): boolean {
  return kindOfAddress(host) === 'loopback';
}

function wrong(message: string) {
  return invalid('invalid_url', message, 'url');
}
