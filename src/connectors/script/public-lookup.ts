// Name resolution for calls of scripts: every address of a name must be public, and the socket connects to exactly the
// addresses that were checked. A name that answers otherwise a moment later gains nothing.
import { lookup as resolve } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { mayReach } from '../public-address.ts';

/** `lookup` of net.connect and tls.connect; `resolver` stands in for the system's in tests. */
export function publicLookup(resolver: typeof resolve = resolve): LookupFunction {
  return (hostname, options, callback) => {
    resolver(hostname, { ...options, all: true }, (error, addresses) => {
      const first = addresses?.[0];
      if (error !== null || first === undefined) {
        callback(error ?? refusal('ENOTFOUND', hostname), '', 0);
      } else if (!addresses.every(({ address }) => mayReach(address, 'public'))) {
        callback(refusal('EPRIVATEADDRESS', hostname), '', 0);
      } else if (options.all === true) {
        callback(null, addresses);
      } else {
        callback(null, first.address, first.family);
      }
    });
  };
}

function refusal(code: string, hostname: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code} ${hostname}`), { code });
}
