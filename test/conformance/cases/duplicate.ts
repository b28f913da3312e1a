// The same call twice (reliability.md F1, F2, F10): one key, one charge.
import { expect } from 'vitest';
import type { Operation } from '../../../src/connectors/contract.ts';
import { type Case, type Cases, expectDeclined, expectPaid } from '../case.ts';
import { part } from '../merchant.ts';

const LATER_MS = 3_600_000;

export const duplicate: Cases = (subject) => {
  const { connector, authorize, journeys, payouts } = subject;
  const [ordinary] = journeys;
  const { guaranteesKey } = connector.manifest;
  const guaranteed = (operation: Operation) =>
    guaranteesKey?.operations.includes(operation) === true;

  const cases: Case[] = subject.hasNoChargeKey
    ? [locked()]
    : [
        {
          name: 'a charge that is sent again charges once',
          proves: [{ row: 'ask', detail: 'charge' }],
          async run(merchant) {
            const payment = await merchant.paid();
            const again = await merchant.send(payment);
            expect(['declined', 'not_sent']).not.toContain(again.kind);
            if (guaranteed('charge')) expect(again.kind).not.toBe('unknown');
            await merchant.sync(payment);
            expectPaid(payment);
            expect(merchant.books.of(payment.reference).charges).toBe(1);
          },
        },
        {
          name: 'a charge that is sent twice at the same time charges once, and neither is refused',
          async run(merchant) {
            const payment = merchant.open(merchant.plain);
            const outcomes = await Promise.all([merchant.send(payment), merchant.send(payment)]);
            for (const { kind } of outcomes) expect(['declined', 'not_sent']).not.toContain(kind);
            await merchant.sync(payment);
            await merchant.finish(payment);
            expectPaid(payment);
          },
        },
        {
          name: 'what the customer was asked is asked again, or is a reason to ask the PSP',
          async run(merchant) {
            const payment = await merchant.charge(ordinary.patch);
            const first = payment.belief;
            await merchant.psps.advance(60_000);
            const again = await merchant.send(payment);
            if (guaranteed('charge')) expect(again).toEqual(first);
            else expect(again.kind).toBe('unknown');
          },
        },
      ];
  if (guaranteesKey === null) return cases;

  const repeated = (operation: Operation, run: Case['run']): Case[] =>
    guaranteed(operation)
      ? [
          {
            name: `a ${operation} that is repeated under its key is carried out once`,
            proves: [{ row: 'repeat', detail: operation }],
            run,
          },
        ]
      : [];
  return [
    ...cases,
    ...repeated('charge', async (merchant) => {
      const payment = await merchant.charge();
      const first = payment.last;
      await merchant.psps.advance(LATER_MS);
      expect(await merchant.send(payment)).toEqual(first);
    }),
    ...repeated('authorize', async (merchant) => {
      const payment = await merchant.charge(authorize!);
      await merchant.psps.advance(LATER_MS);
      await merchant.send(payment);
      expectPaid(payment);
    }),
    ...(['capture', 'void', 'refund'] as const).flatMap((kind) =>
      repeated(kind, async (merchant) => {
        const payment = await merchant.paid(kind === 'refund' ? undefined : authorize!);
        const { partialRefund } = connector.manifest.capabilities;
        const whole = kind === 'void' || (kind === 'refund' && !partialRefund);
        const amount = whole ? undefined : part(payment, 2n, 5n);
        const deed = await merchant.operate(kind, payment, amount);
        const first = deed.last;
        deed.pspReference = null; // as if the reply had been lost
        await merchant.psps.advance(LATER_MS);
        const { pspState: _each, ...again } = await merchant.sendDeed(deed);
        expect(first).toMatchObject(again);
      }),
    ),
    ...repeated('payout', async (merchant) => {
      await payouts!.prepare?.(merchant);
      const payout = await merchant.payOut();
      const first = payout.last;
      payout.pspReference = null;
      await merchant.psps.advance(LATER_MS);
      expect(await merchant.sendPayout(payout)).toEqual(first);
      expect(merchant.books.of(payout.reference).payouts).toBe(1);
    }),
  ];
};

/** The lock on the payer's phone refuses the second prompt; and what was lost is found once it is paid. */
function locked(): Case {
  return {
    name: 'a charge that is sent again while its prompt is open is refused, and what was paid is found',
    proves: [{ row: 'ask', detail: 'charge' }],
    async run(merchant) {
      const payment = await merchant.charge();
      const { pspReference, belief } = payment;
      expectDeclined(await merchant.send(payment), 'payer_busy');
      Object.assign(payment, { pspReference, belief });
      await merchant.finish(payment);
      expectPaid(payment);
      expect(merchant.books.of(payment.reference).charges).toBe(1);
      // As if the reply had been lost, and the callback too.
      Object.assign(payment, { pspReference: null, pspState: {}, belief: null });
      await merchant.psps.advance(LATER_MS);
      await merchant.sync(payment);
      expectPaid(payment);
    },
  };
}
