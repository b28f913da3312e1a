// The end of every case: what was left unknown is resolved as the host would (reliability.md F2, F3, F10), everything is
// asked about once more, and then the PSP's books and what the host believes have to agree to the last minor unit.
import { expect } from 'vitest';
import type { Operation } from '../../src/connectors/contract.ts';
import type { Outcome } from '../../src/domain/attempt/outcome.ts';
import type { Merchant } from './merchant.ts';
import { type Deed, Payment, Payout } from './payment.ts';

const HOUR_MS = 3_600_000;

/** Whether the host would send the same again, rather than ask. */
export function mayRepeat(merchant: Merchant, operation: Operation, of: Deed | Payment | Payout) {
  const { guaranteesKey } = merchant.connector.manifest;
  return (
    guaranteesKey?.operations.includes(operation) === true &&
    of.belief === null &&
    of.pspReference === null &&
    merchant.nowMs() - of.createdAtMs < guaranteesKey.hours * HOUR_MS
  );
}

/** One step of the host's towards knowing. */
export async function resolve(merchant: Merchant, of: Deed | Payment | Payout): Promise<Outcome> {
  if (of instanceof Payment)
    return mayRepeat(merchant, of.operation, of) ? merchant.send(of) : merchant.sync(of);
  if (of instanceof Payout)
    return mayRepeat(merchant, 'payout', of) ? merchant.sendPayout(of) : merchant.askPayout(of);
  if (mayRepeat(merchant, of.kind, of)) return merchant.sendDeed(of);
  if (of.kind === 'refund') return merchant.askRefund(of);
  const outcome = await merchant.sync(of.payment);
  const done = of.kind === 'capture' ? 'captured' : 'voided';
  if (outcome.kind === 'succeeded' && outcome.what !== done) return outcome; // not carried out
  return of.learn(outcome);
}

export async function audit(merchant: Merchant): Promise<void> {
  const { payments, payouts, books } = merchant;
  for (const payment of payments) await settle(merchant, payment);
  for (const payout of payouts) await settle(merchant, payout);
  for (const payment of payments) {
    for (const refund of payment.refunds) await settle(merchant, refund);
    checkPayment(merchant, payment);
  }
  for (const payout of payouts) {
    const { paidOut, payouts: count } = books.of(payout.reference);
    const paid = isGoing(payout.belief) || payout.belief?.kind === 'requires_action';
    expect({ paidOut, count }, 'paid out under one reference').toEqual({
      paidOut: paid ? payout.amount.amountMinor : 0n,
      count: paid ? 1 : 0,
    });
  }
  const all = [...payments, ...payouts];
  const ours = new Set(all.flatMap(({ reference }) => books.names(reference)));
  const strangers = books.references().filter((reference) => !ours.has(reference));
  expect(strangers, 'money under references that are not ours').toEqual([]);
}

async function settle(merchant: Merchant, of: Deed | Payment | Payout): Promise<void> {
  const neverSent = of.last === null;
  const nothingThere = of.belief?.kind === 'not_sent' || of.belief?.kind === 'declined';
  if (neverSent || nothingThere) return;
  if (of.belief === null) await resolve(merchant, of);
  if (of instanceof Payment) await merchant.sync(of);
  else if (of instanceof Payout) await merchant.askPayout(of);
  else if (of.belief !== null) await merchant.askRefund(of);
}

function checkPayment({ books }: Merchant, payment: Payment): void {
  const { reference, input, belief, refunds } = payment;
  const { charged, authorized, charges, refunded, refunds: count } = books.of(reference);
  expect(charges, 'charges of one attempt').toBeLessThanOrEqual(1);
  const asked = input.amount.amountMinor < 0n ? 0n : input.amount.amountMinor;
  expect(charged, 'not more than was asked for').toBeLessThanOrEqual(asked);
  expect(refunded, 'not more given back than was taken').toBeLessThanOrEqual(charged);
  const going = refunds.filter((refund) => isGoing(refund.belief));
  const sum = going.reduce((total, { amount }) => total + amount.amountMinor, 0n);
  expect({ refunded, count }, 'refunds').toEqual({ refunded: sum, count: going.length });
  if (belief?.kind !== 'succeeded') {
    expect({ charged, authorized }, `believed ${belief?.kind ?? 'nothing'}`).toEqual({
      charged: 0n,
      authorized: 0n,
    });
    return;
  }
  books.check(reference, belief);
}

/** Money that is held or gone for it: accepted counts, as it does in the books. */
function isGoing(belief: Outcome | null): boolean {
  return belief?.kind === 'succeeded' || belief?.kind === 'pending';
}
