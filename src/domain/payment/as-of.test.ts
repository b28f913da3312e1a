import { describe, expect, it } from 'vitest';
import {
  anOperation,
  aRecord,
  captured,
  pending,
  refunded,
  silence,
  T0,
} from '../../../test/records.ts';
import type { Outcome } from '../attempt/outcome.ts';
import { recordAsOf } from './as-of.ts';
import { derivePayment } from './derive.ts';
import type { Adjustment, PaymentRecord } from './payment.ts';
import { settleAttempt } from './settle.ts';
import { settleOperation } from './settle-operation.ts';

const told = { raw: {}, asked: false, present: true, scheduleS: null } as const;

/** A payment's life, a second a step: each record as it was then, and the whole history. */
function life(): { steps: PaymentRecord[]; lines: Adjustment[] } {
  const steps = [aRecord()];
  const lines: Adjustment[] = [];
  const add = ({
    record,
    adjustments,
  }: {
    record: PaymentRecord;
    adjustments: readonly Adjustment[];
  }) => {
    steps.push(record);
    lines.push(...adjustments);
  };
  const now = () => T0 + steps.length * 1_000;
  const last = () => steps.at(-1)!;
  const hear = (outcome: Outcome) =>
    add(
      settleAttempt(last(), {
        attemptId: 'att_1',
        source: 'poll',
        outcome,
        nowMs: now(),
        latencyMs: null,
        ...told,
      }),
    );
  const refund = (outcome: Outcome) =>
    add(
      settleOperation(last(), {
        operationId: 'ref_1',
        source: 'poll',
        outcome,
        nowMs: now(),
        ...told,
      }),
    );
  hear(silence);
  hear(pending);
  hear(captured);
  const open = anOperation({ amountMinor: 40n, createdAt: now(), updatedAt: now() });
  const opened = { ...last(), operations: [open] };
  const line = {
    ...lines.at(-1)!,
    operationId: open.id,
    reason: 'refund requested',
    fromStatus: 'succeeded',
  };
  add({
    record: { ...opened, payment: derivePayment(opened, now()) },
    adjustments: [{ ...line, createdAt: now() }],
  });
  refund(silence);
  refund({ ...refunded, amountMinor: 40n } as Outcome);
  return { steps, lines };
}

const shown = ({ payment, attempts, operations }: PaymentRecord) => ({
  status: payment.status,
  captured: payment.capturedMinor,
  refunded: payment.refundedMinor,
  pending: payment.refundPendingMinor,
  attempts: attempts.map((one) => [one.status, one.capturedMinor]),
  operations: operations.map((one) => one.status),
});

describe('a payment as it stood at a moment', () => {
  const { steps, lines } = life();
  const end = steps.at(-1)!;

  it.each(steps.map((step, index) => [index, step] as const))(
    'is what it was after step %i',
    (index, step) => {
      const atMs = T0 + index * 1_000 + 500;
      const known = lines.filter(({ createdAt }) => createdAt <= atMs);
      const then = recordAsOf(end, known, lines, atMs);
      expect(then && shown(then)).toEqual(shown(step));
    },
  );

  it('is nothing before it was made', () => {
    expect(recordAsOf(end, [], lines, T0 - 1)).toBeNull();
  });
});
