import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anOperation, aPaidRecord } from '../../../test/records.ts';
import { afterDispute, type DisputeStatus, type DisputeWord } from './dispute.ts';
import type { PaymentRecord } from './payment.ts';

const word = (status: DisputeStatus, id = 'dp_1'): DisputeWord => ({ id, status });
const opened = word('DISPUTE');
const won = word('DISPUTE_WON');
const lost = word('DISPUTE_LOST');

/** Hears one word after the other; answers what the last one made of the payment. */
function hear(record: PaymentRecord, ...words: readonly DisputeWord[]) {
  let current = record;
  const heard: DisputeWord[] = [];
  for (const one of words) {
    const after = afterDispute(current, heard, one);
    if (after === null) continue;
    heard.push(one);
    current = { ...current, payment: { ...current.payment, status: after.status } };
  }
  return { status: current.payment.status, heard };
}

describe('a dispute', () => {
  const record = aPaidRecord([]);

  it('makes the payment disputed, until it is won', () => {
    expect(hear(record, opened).status).toBe('disputed');
    expect(hear(record, opened, won).status).toBe('succeeded');
    expect(hear(record, opened, lost).status).toBe('disputed');
  });

  it('that was won gives back what was left of the payment', () => {
    const refund = anOperation({ id: 'ref_1', status: 'succeeded', amountMinor: 30n });
    expect(hear(aPaidRecord([refund]), opened, won).status).toBe('partially_refunded');
  });

  it('is not opened again by a word that comes late, or twice', () => {
    expect(hear(record, won, opened)).toEqual({ status: 'succeeded', heard: [won] });
    expect(hear(record, opened, won, opened, won).status).toBe('succeeded');
    expect(hear(record, lost, opened)).toEqual({ status: 'disputed', heard: [lost] });
  });

  it('that was lost may be won by an appeal', () => {
    expect(hear(record, opened, lost, won).status).toBe('succeeded');
  });

  it('that is won leaves the payment disputed while another is open or lost', () => {
    const other = word('DISPUTE', 'dp_2');
    expect(hear(record, opened, other, won).status).toBe('disputed');
    expect(hear(record, opened, word('DISPUTE_LOST', 'dp_2'), won).status).toBe('disputed');
    expect(hear(record, opened, other, won, word('DISPUTE_WON', 'dp_2')).status).toBe('succeeded');
  });

  it('is lost when nothing else is contested', () => {
    expect(afterDispute(record, [opened], lost)).toEqual({ status: 'disputed', lost: true });
    const heard = [opened, word('DISPUTE', 'dp_2')];
    expect(afterDispute(record, heard, lost)).toEqual({ status: 'disputed', lost: false });
  });

  it('ends the same in whatever order its words come', () => {
    const ends = fc.constantFrom(won, lost);
    fc.assert(
      fc.property(ends, fc.array(fc.boolean(), { maxLength: 6 }), (end, order) => {
        const words = order.map((isEnd) => (isEnd ? end : opened));
        const { status } = hear(record, ...words, end);
        expect(status).toBe(end === won ? 'succeeded' : 'disputed');
      }),
    );
  });
});
