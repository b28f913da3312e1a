// What the tests of this folder share: a mounted Paystack, and its webhooks by event.
import { type Bench, startBench } from '../testing.ts';
import { signatureOfBody } from './events.ts';
import { createPaystackSimulator } from './simulator.ts';

export const KEY = 'sk_test_one';

export interface PaystackBench extends Bench {
  /** The events delivered so far, each with its data; throws when a signature is wrong. */
  events(): { readonly event: string; readonly data: Record<string, unknown> }[];
  /** Money of the key's books by reference. */
  money(reference: string): unknown;
}

export function startPaystack(booksDir: string | null = null): PaystackBench {
  const bench = startBench({
    authorization: `Bearer ${KEY}`,
    prefix: '/simulators/paystack',
    simulators: { paystack: { name: 'Paystack', create: createPaystackSimulator } },
    booksDir,
  });
  return {
    ...bench,
    events: () =>
      bench.deliveries.map(({ headers, body }) => {
        if (headers['x-paystack-signature'] !== signatureOfBody(body, KEY))
          throw new Error('wrong signature');
        return JSON.parse(body) as ReturnType<PaystackBench['events']>[number];
      }),
    money: (reference) =>
      bench.handle.books('paystack', KEY).references.find((row) => row.reference === reference),
  };
}

export const card = (number: string, cvv: string) => ({
  card: { number, cvv, expiry_month: '12', expiry_year: '2030' },
});

export const charge = (reference: string, instrument: object, currency = 'NGN') => ({
  email: 'ama@example.com',
  amount: 20_000,
  currency,
  reference,
  ...instrument,
});
