// Whatever PSPs say, in whatever order and however often.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  anAttempt,
  anOperation,
  aRecord,
  authorized,
  captured,
  done,
  notFound,
  notSent,
  pending,
  redirect,
  refunded,
  silence,
  T0,
  voided,
} from '../../../test/records.ts';
import { attemptRank } from '../attempt/move.ts';
import { declined, type Outcome } from '../attempt/outcome.ts';
import { refundableOf, violatedLaw } from './conservation.ts';
import { isOpenOperation, type PaymentRecord } from './payment.ts';
import { settleAttempt } from './settle.ts';
import { settleOperation } from './settle-operation.ts';
import { isClosedUnpaid, isReturned, mayMove } from './status.ts';

const refusals = [
  declined('insufficient_funds', 'no'),
  declined('payer_timeout', 'late'),
  declined('canceled', 'canceled at the PSP'),
  voided,
];

function hear(
  record: PaymentRecord,
  attemptId: string,
  outcome: Outcome,
  present: boolean,
  nowMs: number,
) {
  return settleAttempt(record, {
    attemptId,
    source: present ? 'poll' : 'webhook',
    outcome,
    nowMs,
    raw: {},
    latencyMs: null,
    asked: present,
    present,
    scheduleS: null,
  });
}

describe('every order of what a PSP says about an attempt (F6)', () => {
  interface Story {
    readonly words: readonly Outcome[];
    /** What the PSP's books say in the end. */
    readonly truth: Outcome;
    readonly operation: 'charge' | 'authorize';
  }

  const stories: fc.Arbitrary<Story> = fc
    .record({
      opened: fc.subarray([redirect, pending, silence, notFound]),
      authorized: fc.boolean(),
      captured: fc.boolean(),
      refusal: fc.option(fc.constantFrom(...refusals), { nil: null }),
      refusedLast: fc.boolean(),
      operation: fc.constantFrom('charge' as const, 'authorize' as const),
    })
    .map((one) => {
      const refusal = one.refusal === null ? [] : [one.refusal];
      const held = one.authorized ? [authorized] : [];
      const paid = one.captured ? [captured] : [];
      const lastOf = (words: readonly Outcome[]) => words.at(-1);
      // What is canceled stays so; a refused try may come before or after the authorisation.
      const canBeOvertaken =
        one.refusal?.kind === 'declined' && one.refusal.decline.code !== 'canceled';
      const ending =
        canBeOvertaken && !one.refusedLast ? [...refusal, ...held] : [...held, ...refusal];
      const truth = lastOf([...ending, ...paid]) ?? pending;
      return {
        words: [...one.opened, ...held, ...refusal, ...paid],
        truth,
        operation: one.operation,
      };
    });

  const orders = stories.chain((story) =>
    fc
      .array(fc.constantFrom(...(story.words.length > 0 ? story.words : [pending])), {
        maxLength: 3,
      })
      .chain((repeated) => {
        const words = [...story.words, ...repeated];
        return fc
          .tuple(
            fc.shuffledSubarray(words, { minLength: words.length }),
            fc.shuffledSubarray(words, { minLength: words.length }),
          )
          .map(([one, other]) => ({ story, one, other }));
      }),
  );

  function end({ truth, operation }: Story, words: readonly Outcome[]) {
    let record = aRecord({ captureMethod: operation === 'authorize' ? 'manual' : 'automatic' }, [
      anAttempt({ operation }),
    ]);
    let nowMs = T0;
    for (const word of words) {
      nowMs += 1_000;
      record = hear(record, 'att_1', word, false, nowMs).record;
    }
    // What is not final, or in doubt, is asked about.
    if (record.attempts[0]!.nextSyncAt !== null) {
      record = hear(record, 'att_1', truth, true, nowMs + 1_000).record;
    }
    const { payment, attempts } = record;
    const [attempt] = attempts;
    return {
      payment: payment.status,
      attempt: attempt!.status,
      captured: payment.capturedMinor,
      authorized: payment.authorizedMinor,
      asks: attempt!.nextSyncAt !== null,
    };
  }

  it('ends in the same state', () => {
    fc.assert(
      fc.property(orders, ({ story, one, other }) => {
        expect(end(story, one)).toEqual(end(story, other));
      }),
      { numRuns: 1_000 },
    );
  });

  it('ends paid whenever money was taken', () => {
    fc.assert(
      fc.property(
        orders.filter(({ story }) => story.words.includes(captured)),
        ({ story, one }) => {
          expect(end(story, one)).toMatchObject({
            payment: 'succeeded',
            captured: 100n,
            asks: false,
          });
        },
      ),
    );
  });
});

const anyWord: fc.Arbitrary<Outcome> = fc.oneof(
  fc.constantFrom(...refusals, captured, authorized, refunded, redirect, pending),
  fc.constantFrom(silence, notFound, notSent),
  fc
    .tuple(
      fc.constantFrom('captured' as const, 'authorized' as const, 'refunded' as const),
      fc.bigInt(0n, 300n),
      fc.constantFrom('GHS', 'NGN'),
    )
    .map(([what, amount, currency]) => done(what, amount, currency)),
);

const steps = fc.array(
  fc.record({
    kind: fc.constantFrom('attempt', 'operation', 'refund', 'capture', 'void'),
    index: fc.nat(5),
    word: anyWord,
    present: fc.boolean(),
    waitMs: fc.constantFrom(1_000, 30_000, 61_000),
    amountMinor: fc.bigInt(1n, 120n),
  }),
  { maxLength: 25 },
);

type Step = typeof steps extends fc.Arbitrary<readonly (infer One)[]> ? One : never;

function isProof(before: PaymentRecord, id: string, word: Outcome): boolean {
  const operation = before.operations.find((one) => one.id === id)!;
  if (word.kind === 'unknown') return word.notFound === true && operation.notFoundCount >= 1;
  return word.kind === 'declined' || word.kind === 'not_sent' || word.kind === 'succeeded';
}

/** Opens operations as the flows do: within what is left, one capture or void at a time. */
function open(record: PaymentRecord, step: Step, number: number, nowMs: number): PaymentRecord {
  const attempt = record.attempts[step.index % record.attempts.length]!;
  const row = { id: `op_${number}`, attemptId: attempt.id, createdAt: nowMs };
  if (step.kind === 'refund') {
    const left = refundableOf(record, attempt.id);
    if (left === 0n) return record;
    const amountMinor = (step.amountMinor % left) + 1n;
    return withOperation(record, anOperation({ ...row, kind: 'refund', amountMinor }));
  }
  const busy = record.operations.some((one) => one.kind !== 'refund' && isOpenOperation(one));
  if (busy || attempt.status !== 'authorized' || attempt.authorizedMinor === 0n) return record;
  const kind = step.kind === 'capture' ? 'capture' : 'void';
  return withOperation(record, anOperation({ ...row, kind, amountMinor: attempt.authorizedMinor }));
}

function withOperation(record: PaymentRecord, operation: ReturnType<typeof anOperation>) {
  const operations = [...record.operations, operation];
  const { payment } = record;
  if (operation.kind !== 'refund') return { ...record, operations };
  const refundPendingMinor = payment.refundPendingMinor + operation.amountMinor;
  return { ...record, operations, payment: { ...payment, refundPendingMinor } };
}

function apply(record: PaymentRecord, step: Step, number: number, nowMs: number): PaymentRecord {
  const { operations, attempts } = record;
  if (step.kind === 'attempt') {
    const { id } = attempts[step.index % attempts.length]!;
    return hear(record, id, step.word, step.present, nowMs).record;
  }
  if (step.kind !== 'operation') return open(record, step, number, nowMs);
  if (operations.length === 0) return record;
  return settleOperation(record, {
    operationId: operations[step.index % operations.length]!.id,
    source: step.present ? 'poll' : 'webhook',
    outcome: step.word,
    nowMs,
    raw: {},
    asked: step.present,
    present: step.present,
    scheduleS: null,
  }).record;
}

function assertStep(before: PaymentRecord, after: PaymentRecord, step: Step): void {
  expect(violatedLaw(after)).toBeNull();
  const [from, to] = [before.payment.status, after.payment.status];
  if (from !== to) expect(mayMove(from, to), `${from} -> ${to}`).toBe(true);
  for (const [index, one] of after.attempts.entries()) {
    const was = before.attempts[index]!;
    expect(one.capturedMinor >= was.capturedMinor, 'captured never falls').toBe(true);
    expect(one.authorizedMinor >= was.authorizedMinor, 'authorised never falls').toBe(true);
    const isOverturned = one.status === 'authorized' && step.present;
    if (
      !isOverturned &&
      attemptRank[one.status] < attemptRank[was.status] &&
      attemptRank[was.status] > 3
    )
      expect.fail(`rank fell: ${was.status} -> ${one.status}`);
    if (step.word.kind === 'unknown' && one.status === 'declined' && was.status !== 'declined')
      expect([step.word.notFound, was.notFoundCount > 0]).toEqual([true, true]);
  }
  for (const one of after.operations) {
    const was = before.operations.find(({ id }) => id === one.id);
    if (was && isOpenOperation(was) && one.status === 'failed')
      expect(isProof(before, one.id, step.word), 'released without proof').toBe(true);
  }
  const paid = after.payment.capturedMinor > 0n;
  if (paid)
    expect(['succeeded', 'partially_captured'].includes(to) || isReturned(to), to).toBe(true);
  if (isClosedUnpaid(from) && paid) expect(after.payment.conflict).not.toBeNull();
  const takers = after.attempts.filter((one) => one.capturedMinor > 0n);
  if (takers.length > 1) expect(after.payment.conflict).toBe('duplicate_capture');
}

describe('whatever is heard and done', () => {
  it('nothing is given back that was not taken, nothing moves off the table, nothing is refused without proof', () => {
    fc.assert(
      fc.property(steps, (all) => {
        let record = aRecord({ captureMethod: 'manual' }, [
          anAttempt({ operation: 'authorize' }),
          anAttempt({ number: 2, operation: 'authorize' }),
        ]);
        let nowMs = T0;
        for (const [number, step] of all.entries()) {
          nowMs += step.waitMs;
          const after = apply(record, step, number, nowMs);
          assertStep(record, after, step);
          record = after;
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('a settled word said again changes nothing but the history', () => {
    fc.assert(
      fc.property(anyWord, fc.boolean(), (word, present) => {
        const first = hear(aRecord(), 'att_1', word, present, T0 + 1).record;
        const again = hear(first, 'att_1', word, present, T0 + 1);
        if (word.kind === 'unknown') return;
        expect(again.events).toEqual([]);
        expect(again.record.payment).toEqual(first.payment);
      }),
    );
  });
});
