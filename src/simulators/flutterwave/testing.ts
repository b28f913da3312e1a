// What the tests of this folder share: a mounted Flutterwave whose merchant has a secret hash.
import { type Bench, startBench } from '../testing.ts';
import { endpointOfFlutterwave } from './events.ts';
import { createFlutterwaveSimulator } from './simulator.ts';

export const KEY = 'FLWSECK_TEST-one-X';
const HASH = 'hash-of-one';

export interface FlutterwaveBench extends Bench {
  /** The bodies delivered so far; throws when the token is wrong. */
  events(): Record<string, unknown>[];
  /** Money of the key's books by reference. */
  money(reference: string): unknown;
}

export function startFlutterwave(booksDir: string | null = null, key = KEY): FlutterwaveBench {
  const entry = {
    name: 'Flutterwave',
    create: createFlutterwaveSimulator,
    endpointOf: endpointOfFlutterwave,
  };
  const bench = startBench({
    authorization: `Bearer ${key}`,
    prefix: '/simulators/flutterwave',
    simulators: { flutterwave: entry },
    booksDir,
  });
  bench.handle.knowEndpoint('flutterwave', 'sandbox', { secret_key: key, secret_hash: HASH });
  return {
    ...bench,
    events: () =>
      bench.deliveries.map(({ headers, body }) => {
        if (headers['verif-hash'] !== HASH) throw new Error('wrong token');
        return JSON.parse(body) as Record<string, unknown>;
      }),
    money: (reference) =>
      bench.handle.books('flutterwave', key).references.find((row) => row.reference === reference),
  };
}

export const charge = (reference: string, more: object = {}, currency = 'NGN') => ({
  tx_ref: reference,
  amount: 200,
  currency,
  email: 'ama@example.com',
  ...more,
});

export const payment = (reference: string, more: object = {}) => ({
  ...charge(reference),
  customer: { email: 'ama@example.com', name: 'Ama' },
  redirect_url: 'https://shop.example/return?order=7',
  ...more,
});
