// Charging at once: taken, refused for a reason, confirmed later; and what a charge may be made of (C-2, C-3, C-12).
import { expect } from 'vitest';
import { fallbackOf } from '../../../src/domain/attempt/decline.ts';
import {
  type Case,
  type Cases,
  expectAction,
  expectDeclined,
  expectMoney,
  expectPaid,
  expectUnknown,
} from '../case.ts';
import type { Patch, Refunds, Refusal, Subject } from '../subject.ts';

export const charge: Cases = (subject) => [
  ...(subject.direct === null ? [] : [atOnce(subject.direct)]),
  {
    name: 'the books name our reference and our payment',
    async run(merchant) {
      const { reference } = await merchant.paid();
      const names = merchant.books.names(reference);
      const [row] = merchant.books
        .report()
        .references.filter((one) => names.includes(one.reference));
      expect(row?.payment_id).toBe(paymentIdOf(subject, reference));
    },
  },
  ...subject.refusals.map(refusal),
  ...late(subject),
  ...inputs(subject),
  ...subject.refusedWithoutCall.map(
    ({ name, run }): Case => ({
      name: `refused without a call: ${name}`,
      async run(merchant) {
        expectDeclined(await run(merchant));
        expect(merchant.exchanges).toEqual([]);
      },
    }),
  ),
];

function paymentIdOf({ takesNoMetadata }: Subject, reference: string): string | null {
  return takesNoMetadata ? null : `pay_${reference}`;
}

function atOnce(patch: Patch): Case {
  return {
    name: 'a saved instrument is charged at once',
    proves: [{ row: 'direct' }],
    async run(merchant) {
      const payment = await merchant.charge(patch);
      expectPaid(payment);
      expect(merchant.exchanges).toHaveLength(1);
      expect(payment.pspReference).not.toBeNull();
      await merchant.sync(payment);
      expectPaid(payment);
      const { feeMinor, feeCurrency } = payment.last ?? {};
      expect(typeof feeMinor === 'bigint').toBe(typeof feeCurrency === 'string');
    },
  };
}

function refusal({ name, patch, code, fallback }: Refusal): Case {
  return {
    name: code === 'unknown' ? `${name} proves nothing` : `${name} is a refusal: ${code}`,
    ...(code === 'unknown' ? {} : { proves: [{ row: 'decline' as const, detail: code }] }),
    async run(merchant) {
      const payment = await merchant.charge(patch);
      const outcome = payment.last!;
      if (code === 'unknown') return expectUnknown(outcome);
      expectDeclined(outcome, code);
      if (outcome.kind !== 'declined') return;
      expect(outcome.decline.message).not.toBe('');
      if (fallback) expect(fallbackOf(outcome.decline)).toBe(fallback);
      const asked = await merchant.sync(payment);
      // The PSP keeps the attempt, and its reason; or it never made one.
      if (asked.kind !== 'unknown') expectDeclined(asked, code);
    },
  };
}

function late({ late }: Subject): Case[] {
  if (late === null) return [];
  return [
    {
      name: 'a payment is pending until the PSP confirms it',
      proves: [{ row: 'late' }],
      async run(merchant) {
        const payment = await merchant.charge(late.patch);
        expect(payment.last).toMatchObject({ kind: 'pending' });
        expect(await merchant.sync(payment)).toMatchObject({ kind: 'pending' });
        await merchant.psps.advance(late.afterMs);
        await merchant.sync(payment);
        expectPaid(payment);
      },
    },
  ];
}

const ODD = 'Zoë Ɔkɔmfɔ 王小明 \u{1f355} مريم "<>&%+\\\' \u0000\ud800';

/** Everything that a merchant may leave out, and everything at its largest and strangest. */
function inputs({ journeys: [ordinary], refunds }: Subject): Case[] {
  const nobody = { id: null, email: null, name: null, phone: null };
  const least: Patch = { customer: nobody, description: null, country: null, method: null };
  const most: Patch = {
    customer: {
      id: ODD.repeat(20),
      email: 'a.b+c@xn--exmple-cua.com',
      name: ODD.repeat(20),
      phone: ODD,
    },
    description: ODD.repeat(200),
    saveInstrument: false,
    metadata: {
      ...Object.fromEntries(Array.from({ length: 80 }, (_, n) => [`key ${n} é`, ODD.repeat(10)])),
      'with[brackets]': 'x',
      ['long'.repeat(30)]: 'x',
      '': 'empty name',
      empty: '',
    },
  };
  return [
    {
      name: 'a payment needs nothing but an amount',
      async run(merchant) {
        const payment = await merchant.charge({ ...ordinary.patch, ...least });
        expectAction(payment.last, ordinary.asks);
      },
    },
    {
      name: 'names and metadata of any script and length are passed on, and ours are not lost',
      async run(merchant) {
        const started = await merchant.charge({ ...ordinary.patch, ...most });
        expectAction(started.last, ordinary.asks);
        // One prompt at a time on a phone: the first has to end.
        if (merchant.subject.hasNoChargeKey) await merchant.psps.advance(180_000);
        const payment = await merchant.paid({ ...merchant.plain, ...most });
        expectPaid(payment);
        const { references } = merchant.books.report();
        const known = paymentIdOf(merchant.subject, payment.reference);
        expect(references.map((row) => row.payment_id)).toEqual([known]);
      },
    },
    ...(refunds === null ? [] : [reason(refunds)]),
  ];
}

function reason({ settlesMs }: Refunds): Case {
  return {
    name: 'the reason of a refund may be of any script and length',
    async run(merchant) {
      const payment = await merchant.paid();
      const refund = merchant.openDeed('refund', payment, undefined, ODD.repeat(50));
      await merchant.sendDeed(refund);
      await merchant.psps.advance(settlesMs);
      expectMoney(await merchant.askRefund(refund), 'refunded', refund.amount);
    },
  };
}
