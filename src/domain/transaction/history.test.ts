import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anAttempt, aPayment } from '../../../test/records.ts';
import type { Adjustment, AttemptStatus, EvidenceSource } from '../payment/payment.ts';
import { historyOfPayment, historyOfRefund } from './history.ts';
import { isTerminal, mapOf, type StateMap } from './states.ts';

const canonicalMap = mapOf(null);

const line = (more: Partial<Adjustment>): Adjustment => ({
  attemptId: 'att_1',
  operationId: null,
  source: 'reply',
  reason: '',
  fromStatus: 'pending',
  toStatus: 'pending',
  attemptFrom: 'sent',
  attemptTo: 'sent',
  evidence: {},
  createdAt: 2,
  ...more,
});

const said = (outcome: string, __type = 'success') => ({ script: { outcome, result: { __type } } });

function walked(
  lines: readonly Adjustment[],
  { map = canonicalMap as StateMap, captured = 100n } = {},
) {
  const attempts = [anAttempt({ status: 'sent', capturedMinor: captured })];
  const { steps, status, events } = historyOfPayment(
    { payment: aPayment(), attempts, operations: [] },
    lines,
    map,
  );
  return { path: steps.map(({ to }) => to).join(' '), status, events };
}

const moved = (
  attemptFrom: AttemptStatus,
  attemptTo: AttemptStatus,
  more: Partial<Adjustment> = {},
) => line({ attemptFrom, attemptTo, ...more });

describe('the states of a payment', () => {
  it.each([
    ['nothing yet', [], 'NEW CREATED INITIATED'],
    ['a page', [moved('sent', 'requires_action')], 'NEW CREATED INITIATED'],
    [
      'a page that the script calls accepted',
      [moved('sent', 'requires_action', { evidence: said('ACCEPTED') })],
      'NEW CREATED INITIATED PG_ACCEPTED',
    ],
    [
      'accepted',
      [moved('sent', 'pending', { evidence: said('ACCEPTED') })],
      'NEW CREATED INITIATED PG_ACCEPTED',
    ],
    [
      'nothing known',
      [moved('sent', 'pending', { evidence: said('PENDING') })],
      'NEW CREATED INITIATED',
    ],
    [
      'a built-in connector that waits',
      [moved('sent', 'pending')],
      'NEW CREATED INITIATED PG_ACCEPTED',
    ],
    ['paid at once', [moved('sent', 'succeeded')], 'NEW CREATED INITIATED PG_SUCCESS SUCCESS'],
    ['refused at once', [moved('sent', 'declined')], 'NEW CREATED INITIATED PG_REJECTED REJECTED'],
    [
      'refused later',
      [moved('requires_action', 'declined', { source: 'poll' })],
      'NEW CREATED INITIATED PG_FAILED FAILED',
    ],
    [
      'rejected after it was accepted',
      [moved('sent', 'pending'), moved('pending', 'declined', { evidence: said('REJECTED') })],
      'NEW CREATED INITIATED PG_ACCEPTED PG_FAILED FAILED',
    ],
    [
      'a script that died before it sent',
      [moved('sent', 'not_sent')],
      'NEW CREATED INITIATED FAILED',
    ],
    [
      'a script that refused without sending',
      [moved('sent', 'not_sent', { evidence: said('REJECTED', 'failure') })],
      'NEW CREATED INITIATED PG_REJECTED REJECTED',
    ],
    ['an unknown outcome', [moved('sent', 'unknown')], 'NEW CREATED INITIATED'],
    ['an authorisation', [moved('sent', 'authorized')], 'NEW CREATED INITIATED PG_ACCEPTED'],
    [
      'its time over',
      [line({ attemptId: null, toStatus: 'expired' })],
      'NEW CREATED INITIATED ABANDONED',
    ],
    [
      'paid after its time',
      [line({ attemptId: null, toStatus: 'expired' }), moved('requires_action', 'succeeded')],
      'NEW CREATED INITIATED ABANDONED PG_SUCCESS SUCCESS',
    ],
  ])('with %s', (_what, lines, path) => {
    expect(walked(lines).path).toBe(path);
  });

  it('waits for a person when the amount is another, or the map says so', () => {
    const paid = [moved('sent', 'succeeded')];
    expect(walked(paid, { captured: 99n }).status).toBe('PENDING_FOR_APPROVAL');
    const map = { ...canonicalMap, PG_SUCCESS: ['PENDING_FOR_APPROVAL'] } as StateMap;
    expect(walked(paid, { map }).status).toBe('PENDING_FOR_APPROVAL');
    const approved = line({ attemptId: null, source: 'operator', reason: 'approved' });
    expect(walked([...paid, approved], { map }).path).toMatch(/APPROVED SUCCESS$/);
    const rejected = line({ attemptId: null, source: 'operator', reason: 'rejected' });
    expect(walked([...paid, rejected], { map }).status).toBe('REJECTED');
  });

  it('takes the long way where the map knows no short cut', () => {
    const map = { ...canonicalMap, INITIATED: ['PG_ACCEPTED'] } as StateMap;
    expect(walked([moved('sent', 'succeeded')], { map }).path).toMatch(
      /PG_ACCEPTED PG_SUCCESS SUCCESS$/,
    );
  });

  it('goes on over a fallback, but not over a retry of what had failed', () => {
    const attempts = [
      anAttempt({ status: 'declined' }),
      anAttempt({ number: 2, capturedMinor: 100n }),
    ];
    const record = { payment: aPayment(), attempts, operations: [] };
    const paid = moved('sent', 'succeeded', { attemptId: 'att_2' });
    const fallback = historyOfPayment(record, [moved('sent', 'declined'), paid], canonicalMap);
    expect(fallback.status).toBe('SUCCESS');
    const failed = moved('sent', 'declined', { toStatus: 'failed' });
    const retried = historyOfPayment(record, [failed, paid], canonicalMap);
    expect(retried.status).toBe('REJECTED');
    expect(retried.events.at(-1)?.kind).toBe('conflict');
  });

  it('keeps what denies a terminal state, and moves nothing', () => {
    const { status, events } = walked([moved('sent', 'declined'), moved('declined', 'succeeded')]);
    expect(status).toBe('REJECTED');
    expect(events.at(-1)).toMatchObject({ kind: 'conflict', from: 'REJECTED', to: null });
  });

  it('stay on the map, in one chain, whatever comes in whatever order', () => {
    const statuses: AttemptStatus[] = [
      'sent',
      'unknown',
      'pending',
      'requires_action',
      'authorized',
      'succeeded',
      'declined',
      'not_sent',
      'canceled',
      'expired',
    ];
    const sources: EvidenceSource[] = [
      'reply',
      'webhook',
      'poll',
      'redirect',
      'operator',
      'system',
    ];
    const anyLine = fc.record({
      attemptId: fc.constantFrom('att_1', null),
      source: fc.constantFrom(...sources),
      reason: fc.constantFrom(
        '',
        'approved',
        'rejected',
        'doubtful: x',
        'conflict amount_mismatch closed',
      ),
      attemptFrom: fc.constantFrom(...statuses),
      attemptTo: fc.constantFrom(...statuses),
      fromStatus: fc.constantFrom('pending', 'awaiting_approval'),
      toStatus: fc.constantFrom('pending', 'expired', 'canceled', 'succeeded'),
      evidence: fc.constantFrom({}, said('ACCEPTED'), said('REJECTED'), said('PENDING')),
    });
    fc.assert(
      fc.property(
        fc.array(anyLine, { maxLength: 12 }),
        fc.constantFrom(99n, 100n),
        (some, captured) => {
          const record = {
            payment: aPayment(),
            attempts: [anAttempt({ capturedMinor: captured })],
            operations: [],
          };
          const { steps, status, events } = historyOfPayment(
            record,
            some.map((one) => line(one)),
            canonicalMap,
          );
          expect(steps[0]).toMatchObject({ from: null, to: 'NEW', version: 1 });
          expect(status).toBe(steps.at(-1)?.to);
          for (const [index, step] of steps.entries()) {
            if (index === 0) continue;
            const before = steps[index - 1]!.to;
            expect(step.from).toBe(before);
            expect(canonicalMap[before]).toContain(step.to);
            expect(isTerminal(before)).toBe(false);
          }
          expect(events.length).toBeGreaterThanOrEqual(steps.length);
        },
      ),
    );
  });
});

describe('the states of a refund', () => {
  const operation = { id: 'ref_1', createdAt: 1 } as Parameters<typeof historyOfRefund>[0];
  const of = (reason: string, more: Partial<Adjustment> = {}) =>
    line({ operationId: 'ref_1', reason, ...more });
  const path = (lines: readonly Adjustment[]) =>
    historyOfRefund(operation, lines, canonicalMap)
      .steps.map(({ to }) => to)
      .join(' ');

  it.each([
    [[of('refund requested')], 'NEW CREATED INITIATED'],
    [[of('refund pending: pending')], 'NEW CREATED INITIATED PG_ACCEPTED'],
    [[of('refund succeeded: refunded')], 'NEW CREATED INITIATED PG_SUCCESS SUCCESS'],
    [[of('refund failed: generic_decline')], 'NEW CREATED INITIATED PG_REJECTED REJECTED'],
    [
      [of('refund pending: pending'), of('refund failed: generic_decline', { source: 'poll' })],
      'NEW CREATED INITIATED PG_ACCEPTED PG_FAILED FAILED',
    ],
    [[of('refund unknown: unknown: no reply')], 'NEW CREATED INITIATED'],
    [
      [line({ operationId: 'ref_2', reason: 'refund succeeded: refunded' })],
      'NEW CREATED INITIATED',
    ],
  ])('%#', (lines, expected) => {
    expect(path(lines)).toBe(expected);
  });
});
