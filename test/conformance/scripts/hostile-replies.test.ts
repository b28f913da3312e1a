// A PSP that answers anything: the scripts go on, and no answer that is not about our transaction is ever a success.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Transmission } from '../../../src/connectors/transport.ts';
import { CREDENTIALS, openTheatre, type Theatre } from './theatre.ts';

let theatre: Theatre;
beforeAll(async () => {
  theatre = await openTheatre();
});
afterAll(() => theatre.close());

/** Names and words that these PSPs use, in any place. */
const WORDS = 'COMPLETED CHECKOUT approved paid 12.00 USD https://pay.example/ -1'.split(' ');
const NAMES =
  'result id state status success link code errors message amount currency redirectUrl referenceId ' +
  'transaction_code data hasMore order_no';
const words = fc.constantFrom('', ...WORDS);
const names = fc.constantFrom(...NAMES.split(' '));
const leaf = fc.oneof(words, fc.constant(null), fc.boolean(), fc.double(), fc.string());
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(names, tie('tree'), { maxKeys: 8 }),
  ),
}));
const replies: fc.Arbitrary<Transmission> = fc.record({
  sent: fc.constant('replied' as const),
  status: fc.constantFrom(200, 201, 204, 302, 400, 401, 404, 409, 422, 429),
  headers: fc.constant({}),
  text: fc.oneof({ weight: 9, arbitrary: tree.map((value) => JSON.stringify(value)) }, fc.string()),
});

describe.each(Object.keys(CREDENTIALS))('%s', (key) => {
  it('comes to a result whatever it is answered, and to no success', async () => {
    await fc.assert(
      fc.asyncProperty(replies, fc.constantFrom('DEPOSIT', 'WITHDRAW'), async (reply, action) => {
        const one = await theatre.deal(key, { action, answer: async () => reply });
        for (const played of [await one.initiate(), await one.sync()]) {
          expect(played.run!.end).toMatchObject({ kind: 'returned' });
          if (key === 'paymaxis') expect(played.outcome!.kind).not.toBe('succeeded');
        }
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  it('hears anything without an exception, and believes nothing of it', async () => {
    const one = await theatre.deal(key);
    await fc.assert(
      fc.asyncProperty(tree, fc.boolean(), async (value, isForm) => {
        const text = isForm
          ? new URLSearchParams({ callback: JSON.stringify(value) }).toString()
          : JSON.stringify(value);
        const type = isForm ? 'application/x-www-form-urlencoded' : 'application/json';
        const message = {
          headers: { 'content-type': type },
          query: {},
          rawBody: Buffer.from(text),
        };
        const heard = await one.rehearsed.hear('webhook', message);
        expect(heard.run!.end.kind).toBe('returned');
        expect(heard.report!.verifiedBy).toBeNull();
        const back = await one.rehearsed.hear('redirect', message);
        expect(back.run!.end.kind).toBe('returned');
        expect(back.outcome?.kind).not.toBe('succeeded');
      }),
      { numRuns: 50 },
    );
  }, 60_000);
});
