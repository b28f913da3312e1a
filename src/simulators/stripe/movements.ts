// The money that moved in one account, in ISO minor units: the oracle for tests that nothing was charged twice.
import type { Movement } from '../simulator.ts';
import type { Account } from './account.ts';
import { toIsoMinor } from './currencies.ts';
import type { Origin } from './objects.ts';

interface Row {
  readonly currency: string;
  readonly sim: Origin;
}

export function movementsOf(account: Account): Movement[] {
  const move = (kind: Movement['kind'], row: Row, amount: number): Movement => ({
    key: account.key,
    kind,
    reference: row.sim.reference,
    paymentId: row.sim.paymentId,
    amountMinor: toIsoMinor(amount, row.currency),
    currency: row.currency.toUpperCase(),
  });
  const charges = account.charges.list().filter(({ status }) => status === 'succeeded');
  const refunds = account.refunds
    .list()
    .filter(({ status, sim }) => !sim.reversal && (status === 'succeeded' || status === 'pending'));
  const payouts = account.payouts
    .list()
    .filter(({ status }) => status !== 'failed' && status !== 'canceled');
  const reversed = account.reversals.list();
  return [
    ...charges
      .filter((row) => row.captured)
      .map((row) => move('charged', row, row.amount_captured)),
    ...charges
      .filter((row) => !row.captured && !row.refunded)
      .map((row) => move('authorized', row, row.amount)),
    ...refunds.map((row) => move('refunded', row, row.amount)),
    ...[...payouts, ...account.transfers.list()].map((row) => move('paid_out', row, row.amount)),
    ...reversed.map((row) => move('refunded', row, row.amount)),
  ];
}
