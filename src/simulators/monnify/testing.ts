// What the tests of this folder share: a mounted Monnify with a merchant who has logged in.
import { startBench } from '../testing.ts';
import { createMonnifySimulator } from './simulator.ts';

const SECRET = 'SECRETOFONE';

export type MonnifyBench = Awaited<ReturnType<typeof startMonnify>>;

export async function startMonnify(booksDir: string | null = null, key = 'MK_TEST_ONE') {
  const bench = startBench({
    authorization: '',
    prefix: '/simulators/monnify',
    simulators: { monnify: { name: 'Monnify', create: createMonnifySimulator } },
    booksDir,
  });
  const basic = (secret: string) => Buffer.from(`${key}:${secret}`).toString('base64');
  const login = (secret = SECRET) =>
    bench.call('POST', '/api/v1/auth/login', undefined, {
      authorization: `Basic ${basic(secret)}`,
    });
  const token = (await login()).field('responseBody.accessToken');
  const headers = { authorization: `Bearer ${token}` };
  return {
    ...bench,
    login,
    token,
    secret: SECRET,
    get: (path: string) => bench.call('GET', path, undefined, headers),
    post: (path: string, body: unknown) => bench.call('POST', path, body, headers),
    /** Posts a page with an amount of the payer's choice. */
    payIn: (name: string, amount: string) =>
      bench.call('POST', `/checkout/${name}`, new URLSearchParams({ outcome: 'success', amount })),
    events: () =>
      bench.deliveries.map(
        ({ body }) => JSON.parse(body) as { eventType: string; eventData: Record<string, unknown> },
      ),
    /** Money of the key's books by reference. */
    money: (reference: string) =>
      bench.handle.books('monnify', key).references.find((row) => row.reference === reference),
  };
}

export const INIT = '/api/v1/merchant/transactions/init-transaction';

export const payment = (paymentReference: string, more: object = {}) => ({
  amount: 1500,
  customerName: 'Ada Obi',
  customerEmail: 'ada@example.com',
  paymentReference,
  currencyCode: 'NGN',
  contractCode: '1000000001',
  redirectUrl: 'https://shop.example/return?order=7',
  ...more,
});

export const payout = (reference: string, more: object = {}) => ({
  amount: 100,
  reference,
  narration: 'Invoice 7',
  destinationBankCode: '058',
  destinationAccountNumber: '0000000001',
  destinationAccountName: 'TUNDE BELLO',
  currency: 'NGN',
  sourceAccountNumber: '9000000001',
  async: true,
  ...more,
});
