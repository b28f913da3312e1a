import { describe, expect, it } from 'vitest';
import { isClosedUnpaid, isOpen, isReturned, mayMove, paymentStatuses } from './status.ts';

/** api/reevit.md 10.2, and what our rules add to it: a PSP may take less than was asked for at any of these points. */
const table = `
  pending -> requires_action authorized partially_captured succeeded failed canceled expired abandoned
  requires_action -> pending authorized partially_captured succeeded failed canceled expired
  authorized -> partially_captured succeeded failed canceled expired
  partially_captured -> succeeded partially_refunded refunded disputed
  succeeded -> partially_refunded refunded disputed
  failed -> pending authorized partially_captured succeeded
  canceled -> authorized partially_captured succeeded
  expired -> authorized partially_captured succeeded
  abandoned -> authorized partially_captured succeeded
  refunded -> partially_refunded succeeded partially_captured disputed
  partially_refunded -> refunded succeeded partially_captured disputed
  disputed -> succeeded partially_captured partially_refunded refunded`;

const listed = new Map(
  table
    .trim()
    .split('\n')
    .map((line) => {
      const [from, to] = line.split('->').map((part) => part.trim());
      return [from!, new Set(to!.split(' '))] as const;
    }),
);

describe('the transition table', () => {
  it.each(paymentStatuses)('from %s', (from) => {
    for (const to of paymentStatuses)
      expect(mayMove(from, to), `${from} -> ${to}`).toBe(listed.get(from)!.has(to));
  });

  it('lets only late evidence and retry leave a payment that is closed unpaid', () => {
    const closed = paymentStatuses.filter(isClosedUnpaid);
    expect(closed).toEqual(['failed', 'canceled', 'abandoned', 'expired']);
    for (const from of closed) {
      const open = paymentStatuses.filter((to) => isOpen(to) && mayMove(from, to));
      expect(open).toEqual(from === 'failed' ? ['pending'] : []);
    }
  });

  it('never lets money that was taken be called unpaid', () => {
    const paid = paymentStatuses.filter(
      (one) => isReturned(one) || one === 'succeeded' || one === 'partially_captured',
    );
    for (const from of paid)
      for (const to of paymentStatuses)
        if (isOpen(to) || isClosedUnpaid(to))
          expect(mayMove(from, to), `${from} -> ${to}`).toBe(false);
  });
});
