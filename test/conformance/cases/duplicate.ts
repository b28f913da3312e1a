// The same call twice (reliability.md F1, F2, F10): one key, one charge.
import { expect } from 'vitest';
import type { Operation } from '../../../src/connectors/contract.ts';
import { type Case, type Cases, expectPaid } from '../case.ts';
import { part } from '../merchant.ts';

const LATER_MS = 3_600_000;

export const duplicate: Cases = ({ connector, authorize, journeys, payouts, direct }) => {
  const { guaranteesKey } = connector.manifest;
  const guaranteed = (operation: Operation) =>
    guaranteesKey?.operations.includes(operation) === true;
  const page = journeys.find(({ row }) => row === 'page')!.patch;

  const cases: Case[] = [
    {
      name: 'a charge that is sent again charges once',
      proves: [{ row: 'ask', detail: 'charge' }],
      async run(merchant) {
        const payment = await merchant.charge();
        const again = await merchant.send(payment);
        if (guaranteed('charge')) expectPaid(payment);
        else expect(again.kind).toBe('unknown');
        await merchant.sync(payment);
        expectPaid(payment);
        expect(merchant.books.of(payment.reference).charges).toBe(1);
      },
    },
    {
      name: 'a charge that is sent twice at the same time charges once, and neither is refused',
      async run(merchant) {
        const payment = merchant.open(direct);
        const outcomes = await Promise.all([merchant.send(payment), merchant.send(payment)]);
        for (const { kind } of outcomes) expect(['succeeded', 'unknown']).toContain(kind);
        await merchant.sync(payment);
        expectPaid(payment);
      },
    },
    {
      name: 'a page that is asked for again is the same page, or a reason to ask',
      async run(merchant) {
        const payment = await merchant.charge(page);
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
        const payment = await merchant.charge(kind === 'refund' ? direct : authorize!);
        const amount = kind === 'void' ? undefined : part(payment, 2n, 5n);
        const deed = await merchant.operate(kind, payment, amount);
        const first = deed.last;
        deed.pspReference = null; // as if the reply had been lost
        await merchant.psps.advance(LATER_MS);
        expect(await merchant.sendDeed(deed)).toEqual(first);
      }),
    ),
    ...repeated('payout', async (merchant) => {
      await payouts.prepare?.(merchant);
      const payout = await merchant.payOut();
      const first = payout.last;
      payout.pspReference = null;
      await merchant.psps.advance(LATER_MS);
      expect(await merchant.sendPayout(payout)).toEqual(first);
      expect(merchant.books.of(payout.reference).payouts).toBe(1);
    }),
  ];
};
