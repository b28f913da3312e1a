// Amounts and methods (C-2, C-12; reliability.md F20): what the books hold is what was asked for, to the last minor
// unit, in every currency that the connector claims; what the PSP cannot hold is refused before it is sent.
import { expect } from 'vitest';
import { allCurrencies, exponentOf } from '../../../src/kernel/currency.ts';
import { type Money, money } from '../../../src/kernel/money.ts';
import {
  type Case,
  type Cases,
  expectAction,
  expectDeclined,
  expectMoney,
  expectPaid,
} from '../case.ts';
import type { Merchant } from '../merchant.ts';
import type { Patch } from '../subject.ts';

export const amounts: Cases = (subject) => {
  const { connector, currencies, impossible, methods, journeys } = subject;
  const { capabilities } = connector.manifest;
  const { minimumMinor, maximumMinor } = capabilities;
  const claimed = capabilities.currencies === 'any' ? allCurrencies() : capabilities.currencies;
  return [
    {
      name: 'every currency of the manifest is tried here',
      async run() {
        expect(currencies.map(({ currency }) => currency).toSorted()).toEqual(claimed.toSorted());
      },
    },
    ...currencies.map(({ currency, patch = {}, smallest, largest }): Case => {
      const least = smallest ?? minimumMinor[currency] ?? 1n;
      const most = largest ?? maximumMinor[currency] ?? 99_999_999n;
      return {
        name: `${currency} (${exponentOf(currency)} decimals) is booked as it was asked for`,
        proves: [{ row: 'currencies', detail: currency }],
        async run(merchant) {
          for (const amountMinor of [least, most])
            await expectBooked(
              merchant,
              { ...merchant.plain, ...patch },
              money(amountMinor, currency),
            );
        },
      };
    }),
    {
      name: 'amounts beyond the limits of the manifest are refused, and may be tried elsewhere',
      async run(merchant) {
        for (const [currency, least] of Object.entries(minimumMinor))
          if (least > 1n) await expectRefused(merchant, money(least - 1n, currency));
        for (const [currency, most] of Object.entries(maximumMinor))
          await expectRefused(merchant, money(most * 10n, currency));
      },
    },
    {
      name: 'nothing, less than nothing and more than any number holds is refused without a call',
      async run(merchant) {
        const { currency } = merchant.plain.amount!;
        for (const amountMinor of [0n, -1n, 1n << 62n]) {
          const { last } = await merchant.charge({
            ...merchant.plain,
            amount: money(amountMinor, currency),
          });
          expectDeclined(last);
          expect(merchant.exchanges).toEqual([]);
        }
      },
    },
    {
      name: 'amounts that the PSP cannot hold are refused without a call, never rounded',
      async run(merchant) {
        for (const amount of impossible) {
          expectDeclined((await merchant.charge({ ...merchant.plain, amount })).last);
          expect(merchant.exchanges).toEqual([]);
        }
      },
    },
    ...methods.map(
      ({ method, patch }): Case => ({
        name: `${method} can be paid`,
        proves: [{ row: 'methods', detail: method }],
        async run(merchant) {
          const { last } = await merchant.charge({ ...patch, method });
          expectAction(last, journeys[0].asks);
        },
      }),
    ),
  ];
};

async function expectBooked(merchant: Merchant, patch: Patch, amount: Money): Promise<void> {
  const payment = await merchant.paid({ ...patch, amount });
  expectPaid(payment);
  const { charged, currency } = merchant.books.of(payment.reference);
  expect({ charged, currency }).toEqual({ charged: amount.amountMinor, currency: amount.currency });
  await merchant.sync(payment);
  expectPaid(payment);
  const { refunds } = merchant.subject;
  if (refunds === null) return;
  const refund = await merchant.operate('refund', payment);
  await merchant.psps.advance(refunds.settlesMs);
  expectMoney(await merchant.askRefund(refund), 'refunded', amount);
}

async function expectRefused(merchant: Merchant, amount: Money): Promise<void> {
  const { last } = await merchant.charge({ ...merchant.plain, amount });
  expectDeclined(last, last?.kind === 'declined' ? last.decline.code : undefined);
  expect(last?.kind === 'declined' && last.decline.code).toMatch(/^amount_too_(small|large)$/);
}
