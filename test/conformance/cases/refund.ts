// Refunds (C-10): whole, in parts, never more than was taken; settled at once, later, or not at all.
import { expect } from 'vitest';
import { type Case, type Cases, expectDeclined, expectMoney, isOpen } from '../case.ts';
import type { Merchant } from '../merchant.ts';
import { part } from '../merchant.ts';
import { type Deed, Payment } from '../payment.ts';
import type { Patch } from '../subject.ts';

export const refund: Cases = ({ refunds: { settlesMs, late, failing, stuck } }) => {
  /** Accepted now, and given back once it is settled. */
  async function expectGiven(merchant: Merchant, deed: Deed): Promise<void> {
    if (!isOpen(deed.last)) expectMoney(deed.last, 'refunded', deed.amount);
    await merchant.psps.advance(settlesMs);
    expectMoney(await merchant.askRefund(deed), 'refunded', deed.amount);
  }

  return [
    {
      name: 'a payment is given back whole',
      proves: [{ row: 'refund' }],
      async run(merchant) {
        const payment = await merchant.charge();
        await expectGiven(merchant, await merchant.operate('refund', payment));
        const after = await merchant.sync(payment);
        expect(after).toMatchObject({ kind: 'succeeded' });
        expectDeclined((await merchant.operate('refund', payment)).last);
      },
    },
    {
      name: 'a payment is given back in parts, also in equal ones, and never beyond the whole',
      proves: [{ row: 'refund_part' }],
      async run(merchant) {
        const payment = await merchant.charge();
        const quarters = [1n, 1n, 2n].map((quarter) => part(payment, quarter, 5n));
        for (const amount of quarters)
          await expectGiven(merchant, await merchant.operate('refund', payment, amount));
        const tooMuch = await merchant.operate('refund', payment, part(payment, 2n, 5n));
        expectDeclined(tooMuch.last);
        const rest = await merchant.operate('refund', payment, part(payment, 1n, 5n));
        await expectGiven(merchant, rest);
        for (const deed of payment.refunds) if (deed !== tooMuch) await merchant.askRefund(deed);
        const ids = payment.refunds.flatMap(({ pspReference }) => pspReference ?? []);
        expect(new Set(ids).size).toBe(4);
      },
    },
    {
      name: 'parts that are asked for at once never exceed the whole',
      async run(merchant) {
        const payment = await merchant.charge();
        const deeds = Array.from({ length: 4 }, () =>
          merchant.openDeed('refund', payment, part(payment, 2n, 5n)),
        );
        await Promise.all(deeds.map((deed) => merchant.sendDeed(deed)));
        expect(deeds.filter(({ last }) => last?.kind === 'declined')).toHaveLength(2);
      },
    },
    {
      name: 'more than the payment is not given back',
      async run(merchant) {
        const payment = await merchant.charge();
        const { amountMinor } = payment.input.amount;
        expectDeclined((await merchant.operate('refund', payment, amountMinor + 100n)).last);
        expect(merchant.books.of(payment.reference).refunded).toBe(0n);
      },
    },
    {
      name: 'a payment that the PSP does not know is not given back',
      async run(merchant) {
        const nobody = new Payment(merchant.input(merchant.subject.direct), merchant.nowMs());
        const { last } = await merchant.operate('refund', nobody);
        expect(['declined', 'unknown']).toContain(last?.kind);
      },
    },
    {
      name: 'a refused refund does not stand in the way of the next one',
      async run(merchant) {
        const payment = await merchant.charge();
        const { amountMinor } = payment.input.amount;
        await merchant.operate('refund', payment, amountMinor * 2n);
        await expectGiven(merchant, await merchant.operate('refund', payment));
      },
    },
    {
      name: 'a refund that the PSP has named is asked about, not made again',
      async run(merchant) {
        const payment = await merchant.charge();
        const deed = await merchant.operate('refund', payment, part(payment, 1n, 5n));
        expect(deed.pspReference).not.toBeNull();
        await merchant.sendDeed(deed);
        expect(merchant.books.of(payment.reference).refunds).toBe(1);
      },
    },
    {
      name: 'a refund whose id was lost is told apart from others of the same amount',
      proves: [{ row: 'ask', detail: 'refund' }],
      async run(merchant) {
        const payment = await merchant.charge();
        const first = await merchant.operate('refund', payment, part(payment, 1n, 5n));
        const second = await merchant.operate('refund', payment, part(payment, 1n, 5n));
        const id = second.pspReference;
        second.pspReference = null;
        second.belief = null;
        await merchant.askRefund(second);
        expect(second.pspReference).toBe(id);
        expect(first.pspReference).not.toBe(id);
      },
    },
    {
      name: 'a refund is settled later',
      proves: [{ row: 'refund_late' }],
      async run(merchant) {
        const payment = await merchant.charge(late.patch);
        const deed = await merchant.operate('refund', payment);
        expect(deed.last).toMatchObject({ kind: 'pending' });
        expect(await merchant.askRefund(deed)).toMatchObject({ kind: 'pending' });
        await merchant.psps.advance(late.afterMs);
        expectMoney(await merchant.askRefund(deed), 'refunded', deed.amount);
      },
    },
    {
      name: 'a refund fails later, and may then be made again',
      proves: [{ row: 'refund_failed' }],
      async run(merchant) {
        const payment = await merchant.charge(failing.patch);
        const deed = await merchant.operate('refund', payment);
        expect(['pending', 'succeeded']).toContain(deed.last?.kind);
        await merchant.psps.advance(failing.afterMs);
        expectDeclined(await merchant.askRefund(deed));
        expect(merchant.books.of(payment.reference).refunded).toBe(0n);
        const again = await merchant.operate('refund', payment);
        expect(['pending', 'succeeded']).toContain(again.last?.kind);
      },
    },
    ...(stuck === null ? [] : [waiting(stuck)]),
  ];
};

function waiting(patch: Patch): Case {
  return {
    name: 'a refund that waits for a person is pending, not failed',
    proves: [{ row: 'refund_stuck' }],
    async run(merchant) {
      const payment = await merchant.charge(patch);
      const deed = await merchant.operate('refund', payment);
      await merchant.psps.advance(3_600_000);
      expect(await merchant.askRefund(deed)).toMatchObject({ kind: 'pending' });
    },
  };
}
