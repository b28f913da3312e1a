import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { adjust, type Face, type NewAdjustment } from './adjust.ts';
import { coreOf } from './recorded.ts';
import { type LedgerStatus, ledgerStatuses } from './words.ts';

const face: Face = {
  initialMinor: 1340n,
  amountMinor: 1340n,
  status: 'SUCCEEDED',
  statusAt: '2026-01-05T10:00:00Z',
};
const said = (status: LedgerStatus, amountMinor: bigint, at = '2026-01-06T10:00:00Z') => ({
  status,
  amountMinor,
  at,
});

describe('an adjustment', () => {
  it('of a refund takes its amount away, again and again, but never more than there is', () => {
    const once = adjust(face, said('REFUNDED', 55n))!;
    expect(once).toMatchObject({ initialMinor: 1340n, amountMinor: 1285n, status: 'REFUNDED' });
    const twice = adjust(once, said('REFUNDED', 1285n, '2026-01-07T10:00:00Z'))!;
    expect(twice.amountMinor).toBe(0n);
    expect(adjust(twice, said('REFUNDED', 1n))).toBeNull();
  });

  it('of a capture or a refund that came back adds, up to what there was at first', () => {
    const refunded = { ...face, amountMinor: 1285n };
    expect(adjust(face, said('CAPTURE', 1340n))?.amountMinor).toBe(1340n);
    expect(adjust(refunded, said('REFUND_REVERSED', 40n))?.amountMinor).toBe(1325n);
    expect(adjust(refunded, said('REFUND_REVERSED', 400n))?.amountMinor).toBe(1340n);
  });

  it('of the amount sets what there was at first', () => {
    expect(adjust(face, said('AMOUNT_ADJUSTEMENT', 1000n))).toMatchObject({
      initialMinor: 1000n,
      amountMinor: 1000n,
    });
  });

  it.each(
    ledgerStatuses.filter(
      (one) => !['REFUNDED', 'CAPTURE', 'REFUND_REVERSED', 'AMOUNT_ADJUSTEMENT'].includes(one),
    ),
  )('%s moves nothing', (status) => {
    expect(adjust(face, said(status, 7n))).toMatchObject({
      initialMinor: 1340n,
      amountMinor: 1340n,
      status,
    });
  });

  it('that is older than the status moves amounts and leaves the status', () => {
    const older = adjust(face, said('REFUNDED', 40n, '2026-01-05T09:59:59.999999Z'))!;
    expect([older.amountMinor, older.status]).toEqual([1300n, 'SUCCEEDED']);
    const same = adjust(face, said('PENDING', 0n, face.statusAt))!;
    expect(same.status).toBe('PENDING');
  });

  it('keeps amounts within bounds, in whatever order they come', () => {
    const anAdjustment = fc.record({
      status: fc.constantFrom(...ledgerStatuses),
      amountMinor: fc.bigInt(0n, 3000n),
      at: fc.constantFrom('2026-01-05T10:00:00Z', '2026-01-06T10:00:00.5Z', '2026-01-04T10:00:00Z'),
    });
    fc.assert(
      fc.property(fc.array(anAdjustment), (all: NewAdjustment[]) => {
        const end = all.reduce((current, one) => adjust(current, one) ?? current, face);
        const core = coreOf(end);
        expect(end.amountMinor >= 0n && end.amountMinor <= end.initialMinor).toBe(true);
        expect(core.refundedMinor >= 0n && core.refundedMinor <= core.capturedMinor).toBe(true);
      }),
    );
  });
});

describe('a recorded payment in the words of the core', () => {
  it.each<[LedgerStatus, bigint, string, bigint, bigint]>([
    ['PENDING', 100n, 'pending', 0n, 0n],
    ['OTHER', 100n, 'pending', 0n, 0n],
    ['AUTHORISATION', 100n, 'authorized', 0n, 0n],
    ['SUCCEEDED', 100n, 'succeeded', 100n, 0n],
    ['CAPTURE', 100n, 'succeeded', 100n, 0n],
    ['FAILED', 100n, 'failed', 0n, 0n],
    ['CANCELLED', 100n, 'canceled', 0n, 0n],
    ['EXPIRED', 100n, 'expired', 0n, 0n],
    ['REFUNDED', 100n, 'refunded', 100n, 100n],
    ['REFUNDED', 45n, 'partially_refunded', 100n, 55n],
    ['REFUNDED', 0n, 'refunded', 100n, 100n],
    ['REFUND_REVERSED', 100n, 'succeeded', 100n, 0n],
    ['DISPUTE', 100n, 'disputed', 100n, 0n],
    ['DISPUTE_WON', 100n, 'succeeded', 100n, 0n],
  ])('%s with %s left is %s', (status, amountMinor, core, capturedMinor, refundedMinor) => {
    expect(coreOf({ status, amountMinor, initialMinor: 100n })).toMatchObject({
      status: core,
      capturedMinor,
      refundedMinor,
    });
  });
});
