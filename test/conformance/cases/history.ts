// What a PSP lists of its own making (contract: history): every kind that the manifest names is read to its end, and what
// we made is in it, under our reference, as we know it.
import { expect } from 'vitest';
import type { HistoryItem } from '../../../src/connectors/contract.ts';
import type { Case, Cases } from '../case.ts';
import type { Merchant } from '../merchant.ts';

type Make = (merchant: Merchant) => Promise<{ readonly expected: object | null }>;

const nothing: Make = async () => ({ expected: null });

export const history: Cases = ({ connector, payouts, refunds }) => {
  const making: Readonly<Record<string, Make>> = {
    payments: async (merchant) => {
      const { reference, input } = await merchant.paid();
      const expected = { givenReference: reference, status: 'SUCCEEDED', amount: input.amount };
      return { expected: { ...expected, parent: null } };
    },
    refunds: async (merchant) => {
      const deed = await merchant.operate('refund', await merchant.paid());
      await merchant.psps.advance(refunds?.settlesMs ?? 0);
      await merchant.askRefund(deed);
      const { reference, amount } = deed;
      return { expected: { givenReference: reference, status: 'REFUNDED', amount } };
    },
    payouts: async (merchant) => {
      await payouts?.prepare?.(merchant);
      const { reference, amount } = await merchant.payOut();
      await merchant.psps.advance(payouts?.settlesMs ?? 0);
      return {
        expected: { givenReference: reference, type: 'payout', status: 'SUCCEEDED', amount },
      };
    },
  };
  const kinds = connector.manifest.history?.kinds ?? [];
  const honesty: Case = {
    name: 'a history is claimed where there is one',
    run: async () => expect(connector.history !== undefined).toBe(kinds.length > 0),
  };
  const reading = kinds.map(
    (kind): Case => ({
      name: `what the PSP has made is read: ${kind}`,
      proves: [{ row: 'history', detail: kind }],
      async run(merchant) {
        const { expected } = await (making[kind] ?? nothing)(merchant);
        const items = await merchant.readHistory(kind);
        if (expected !== null) expect(items).toContainEqual(expect.objectContaining(expected));
        expect(new Set(items.map(nameOf)).size).toBe(items.length);
      },
    }),
  );
  return [honesty, ...reading];
};

function nameOf(item: HistoryItem): string {
  return item.is === 'balance' ? `${item.account} ${item.amount.currency}` : item.reference;
}
