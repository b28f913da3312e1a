// Refunds (C-10): whole, in parts, never more than was taken; settled at once, later, or not at all.
import { expect } from 'vitest';
import { type Case, type Cases, expectDeclined, expectMoney, isOpen } from '../case.ts';
import type { Merchant } from '../merchant.ts';
import { part } from '../merchant.ts';
import { type Deed, Payment } from '../payment.ts';
import type { Patch, Refunds } from '../subject.ts';

export const refund: Cases = ({ connector, refunds }) => {
  if (refunds === null) return [];
  const { late, failing, stuck } = refunds;
  return [
    ...wholes(),
    ...(connector.manifest.capabilities.partialRefund ? parts() : [noPart()]),
    ...(late === null ? [] : [settledLater(late)]),
    ...(failing === null ? [] : [failsLater(failing)]),
    ...(stuck === null ? [] : [waiting(stuck)]),
  ];
};

/** Accepted now, and given back once it is settled. */
async function expectGiven(merchant: Merchant, deed: Deed): Promise<void> {
  if (!isOpen(deed.last)) expectMoney(deed.last, 'refunded', deed.amount);
  await merchant.psps.advance(merchant.subject.refunds!.settlesMs);
  expectMoney(await merchant.askRefund(deed), 'refunded', deed.amount);
}

function wholes(): Case[] {
  return [
    {
      name: 'a payment is given back whole, and not again',
      proves: [{ row: 'refund' }],
      async run(merchant) {
        const payment = await merchant.paid();
        await expectGiven(merchant, await merchant.operate('refund', payment));
        expect(await merchant.sync(payment)).toMatchObject({ kind: 'succeeded' });
        const again = await merchant.operate('refund', payment);
        if (merchant.subject.answersByWebhook) {
          // Accepted, and later told to be done already, which is true: nothing is given a second time.
          await merchant.psps.advance(merchant.subject.refunds!.settlesMs);
          await merchant.askRefund(again);
          payment.refunds.splice(payment.refunds.indexOf(again), 1);
        } else expectDeclined(again.last);
      },
    },
    {
      name: 'more than the payment is not given back',
      async run(merchant) {
        const payment = await merchant.paid();
        const { amountMinor } = payment.input.amount;
        expectDeclined((await merchant.operate('refund', payment, amountMinor + 100n)).last);
      },
    },
    {
      name: 'a payment that the PSP does not know is not given back',
      async run(merchant) {
        const nobody = new Payment(merchant.input(merchant.plain), merchant.nowMs());
        const { last } = await merchant.operate('refund', nobody);
        expect(['declined', 'unknown']).toContain(last?.kind);
      },
    },
    {
      name: 'a payment that nobody has paid is not given back',
      async run(merchant) {
        const payment = await merchant.charge(merchant.subject.journeys[0].patch);
        const { last } = await merchant.operate('refund', payment);
        expect(['declined', 'unknown']).toContain(last?.kind);
      },
    },
    {
      name: 'a refused refund does not stand in the way of the next one',
      async run(merchant) {
        const payment = await merchant.paid();
        const { amountMinor } = payment.input.amount;
        await merchant.operate('refund', payment, amountMinor * 2n);
        await expectGiven(merchant, await merchant.operate('refund', payment));
      },
    },
    {
      name: 'a refund that the PSP has named is asked about, not made again',
      async run(merchant) {
        const payment = await merchant.paid();
        const deed = await merchant.operate('refund', payment);
        expect(deed.pspReference).not.toBeNull();
        await merchant.sendDeed(deed);
        expect(merchant.books.of(payment.reference).refunds).toBe(1);
      },
    },
    {
      name: 'a refund whose id was lost is found',
      proves: [{ row: 'ask', detail: 'refund' }],
      async run(merchant) {
        const payment = await merchant.paid();
        await expectFound(merchant, await merchant.operate('refund', payment));
      },
    },
  ];
}

function parts(): Case[] {
  return [
    {
      name: 'a payment is given back in parts, also in equal ones, and never beyond the whole',
      proves: [{ row: 'refund_part' }],
      async run(merchant) {
        const payment = await merchant.paid();
        const give = (fifths: bigint) =>
          merchant.operate('refund', payment, part(payment, fifths, 5n));
        for (const fifths of [1n, 1n, 2n]) await expectGiven(merchant, await give(fifths));
        expectDeclined((await give(2n)).last);
        await expectGiven(merchant, await give(1n));
        const ids = payment.refunds.flatMap(({ pspReference }) => pspReference ?? []);
        expect(new Set(ids).size).toBe(4);
      },
    },
    {
      name: 'parts that are asked for at once never exceed the whole',
      async run(merchant) {
        const payment = await merchant.paid();
        const deeds = [1, 2, 3, 4].map(() =>
          merchant.openDeed('refund', payment, part(payment, 2n, 5n)),
        );
        await Promise.all(deeds.map((deed) => merchant.sendDeed(deed)));
        expect(deeds.filter(({ last }) => last?.kind === 'declined')).toHaveLength(2);
      },
    },
    {
      name: 'parts whose ids were lost are told apart, also of the same amount',
      async run(merchant) {
        const payment = await merchant.paid();
        const deeds = [1, 2, 3].map(() =>
          merchant.openDeed('refund', payment, part(payment, 1n, 5n)),
        );
        for (const deed of deeds) await merchant.sendDeed(deed);
        await expectFound(merchant, ...deeds);
        expect(new Set(deeds.map(({ pspReference }) => pspReference)).size).toBe(3);
      },
    },
  ];
}

function noPart(): Case {
  return {
    name: 'that a part cannot be given back is said without a call',
    async run(merchant) {
      const payment = await merchant.paid();
      expectDeclined((await merchant.operate('refund', payment, part(payment, 1n, 2n))).last);
      expect(merchant.exchanges).toEqual([]);
    },
  };
}

/** As if every reply had been lost. */
async function expectFound(merchant: Merchant, ...deeds: Deed[]): Promise<void> {
  const ids = deeds.map(({ pspReference }) => pspReference);
  for (const deed of deeds) Object.assign(deed, { pspReference: null, belief: null });
  for (const [index, deed] of deeds.entries()) {
    await merchant.askRefund(deed);
    expect(deed.belief).not.toBeNull();
    expect(deed.pspReference).toBe(ids[index]);
  }
}

function settledLater({ patch, afterMs }: NonNullable<Refunds['late']>): Case {
  return {
    name: 'a refund is settled later',
    proves: [{ row: 'refund_late' }],
    async run(merchant) {
      const deed = await merchant.operate('refund', await merchant.paid(patch));
      expect(deed.last).toMatchObject({ kind: 'pending' });
      expect(await merchant.askRefund(deed)).toMatchObject({ kind: 'pending' });
      await merchant.psps.advance(afterMs);
      expectMoney(await merchant.askRefund(deed), 'refunded', deed.amount);
    },
  };
}

function failsLater({ patch, afterMs }: NonNullable<Refunds['failing']>): Case {
  return {
    name: 'a refund fails later, and may then be made again',
    proves: [{ row: 'refund_failed' }],
    async run(merchant) {
      const payment = await merchant.paid(patch);
      const deed = await merchant.operate('refund', payment);
      expect(['pending', 'succeeded']).toContain(deed.last?.kind);
      await merchant.psps.advance(afterMs);
      expectDeclined(await merchant.askRefund(deed));
      expect(merchant.books.of(payment.reference).refunded).toBe(0n);
      const again = await merchant.operate('refund', payment);
      expect(['pending', 'succeeded']).toContain(again.last?.kind);
    },
  };
}

function waiting(patch: Patch): Case {
  return {
    name: 'a refund that waits for a person is pending, not failed',
    proves: [{ row: 'refund_stuck' }],
    async run(merchant) {
      const deed = await merchant.operate('refund', await merchant.paid(patch));
      await merchant.psps.advance(3_600_000);
      expect(await merchant.askRefund(deed)).toMatchObject({ kind: 'pending' });
    },
  };
}
