// Payouts (C-11): accepted, refused, failed on the way; sent once, however often they are asked for.
import { expect } from 'vitest';
import { type Case, type Cases, expectDeclined, expectMoney } from '../case.ts';
import type { Merchant } from '../merchant.ts';

/** The bank's turn, or the merchant's. */
const OPEN = expect.stringMatching(/^(?:pending|requires_action)$/);

export const payout: Cases = ({ payouts }) => {
  if (payouts === null) return [];
  const { ways, settlesMs, prepare, refused, failing, stuck } = payouts;
  const funded =
    (run: Case['run']): Case['run'] =>
    async (merchant: Merchant) => {
      await prepare?.(merchant);
      return run(merchant);
    };

  return [
    ...ways.map(
      ({ name, input }): Case => ({
        name: `a payout is accepted, and paid later: ${name}`,
        proves: [{ row: 'payout', detail: name }],
        run: funded(async (merchant) => {
          const payout = await merchant.payOut(input);
          expect(payout.last).toMatchObject({ kind: 'pending' });
          expect(await merchant.askPayout(payout)).toMatchObject({ kind: 'pending' });
          await merchant.psps.advance(settlesMs);
          expectMoney(await merchant.askPayout(payout), 'paid_out', payout.amount);
        }),
      }),
    ),
    {
      name: 'a payout that is sent again, at once or at the same time, pays once',
      run: funded(async (merchant) => {
        const payout = merchant.openPayout();
        const [a, b] = await Promise.all([
          merchant.sendPayout(payout),
          merchant.sendPayout(payout),
        ]);
        expect([a.kind, b.kind]).not.toContain('declined');
        payout.pspReference = null;
        const again = await merchant.sendPayout(payout);
        expect(['pending', 'succeeded', 'unknown']).toContain(again.kind);
        expect(merchant.books.of(payout.reference).payouts).toBe(1);
      }),
    },
    {
      name: 'a payout whose id was lost is found by our reference',
      proves: [{ row: 'ask', detail: 'payout' }],
      run: funded(async (merchant) => {
        const payout = await merchant.payOut();
        payout.pspReference = null;
        await merchant.psps.advance(settlesMs);
        expectMoney(await merchant.askPayout(payout), 'paid_out', payout.amount);
      }),
    },
    ...refused.map(
      ({ name, input, code }): Case => ({
        name: `a payout is refused: ${name}`,
        run: funded(async (merchant) => {
          const payout = await merchant.payOut(input);
          expectDeclined(payout.last, code);
          expect(merchant.books.of(payout.reference).payouts).toBe(0);
        }),
      }),
    ),
    ...failing.map(
      ({ name, input, code, afterMs }): Case => ({
        name: `a payout fails later: ${name}`,
        proves: [{ row: 'payout_failed' }],
        run: funded(async (merchant) => {
          const payout = await merchant.payOut(input);
          expect(payout.last).toMatchObject({ kind: 'pending' });
          await merchant.psps.advance(afterMs);
          expectDeclined(await merchant.askPayout(payout), code);
          expect(merchant.books.of(payout.reference).payouts).toBe(0);
        }),
      }),
    ),
    ...stuck.map(
      ({ name, input }): Case => ({
        name: `a payout stays open: ${name}`,
        run: funded(async (merchant) => {
          const payout = await merchant.payOut(input);
          expect(payout.last).toMatchObject({ kind: OPEN });
          await merchant.psps.advance(settlesMs * 10);
          expect(await merchant.askPayout(payout)).toMatchObject({ kind: OPEN });
        }),
      }),
    ),
  ];
};
