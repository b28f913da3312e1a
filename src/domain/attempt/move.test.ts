import { describe, expect, it } from 'vitest';
import {
  anAttempt,
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
import type { AttemptStatus } from '../payment/payment.ts';
import { moveAttempt } from './move.ts';
import { declined, type Outcome } from './outcome.ts';

const refusal = declined('do_not_honor', 'no', '05');
const canceled = declined('canceled', 'canceled at the PSP');

const outcomes = {
  captured,
  authorized,
  voided,
  refunded,
  redirect,
  pending,
  refusal,
  canceled,
  notSent,
  silence,
} satisfies Record<string, Outcome>;

type Name = keyof typeof outcomes;
const names = Object.keys(outcomes) as Name[];

/** What each word makes of an attempt in each status; `?` when the PSP is to be asked, `=` when nothing changes. */
const table: Record<AttemptStatus, Record<Name, AttemptStatus | '?' | '='>> = {
  ready: {
    captured: 'succeeded',
    authorized: 'authorized',
    voided: 'canceled',
    refunded: 'canceled',
    redirect: 'requires_action',
    pending: 'pending',
    refusal: 'declined',
    canceled: 'canceled',
    notSent: '=',
    silence: '=',
  },
  sent: {
    captured: 'succeeded',
    authorized: 'authorized',
    voided: 'canceled',
    refunded: 'canceled',
    redirect: 'requires_action',
    pending: 'pending',
    refusal: 'declined',
    canceled: 'canceled',
    notSent: 'not_sent',
    silence: 'unknown',
  },
  unknown: {
    captured: 'succeeded',
    authorized: 'authorized',
    voided: 'canceled',
    refunded: 'canceled',
    redirect: 'requires_action',
    pending: 'pending',
    refusal: 'declined',
    canceled: 'canceled',
    notSent: '=',
    silence: '=',
  },
  pending: {
    captured: 'succeeded',
    authorized: 'authorized',
    voided: 'canceled',
    refunded: 'canceled',
    redirect: 'requires_action',
    pending: '=',
    refusal: 'declined',
    canceled: 'canceled',
    notSent: '=',
    silence: '=',
  },
  requires_action: {
    captured: 'succeeded',
    authorized: 'authorized',
    voided: 'canceled',
    refunded: 'canceled',
    redirect: '=',
    pending: 'pending',
    refusal: 'declined',
    canceled: 'canceled',
    notSent: '=',
    silence: '=',
  },
  authorized: {
    captured: 'succeeded',
    authorized: '=',
    voided: 'canceled',
    refunded: 'canceled',
    redirect: '?',
    pending: '?',
    refusal: '?',
    canceled: 'canceled',
    notSent: '=',
    silence: '=',
  },
  declined: {
    captured: 'succeeded',
    authorized: '?',
    voided: '=',
    refunded: '=',
    redirect: '=',
    pending: '=',
    refusal: '=',
    canceled: '=',
    notSent: '=',
    silence: '=',
  },
  not_sent: {
    captured: 'succeeded',
    authorized: '?',
    voided: '=',
    refunded: '=',
    redirect: '=',
    pending: '=',
    refusal: '=',
    canceled: '=',
    notSent: '=',
    silence: '=',
  },
  canceled: {
    captured: 'succeeded',
    authorized: '?',
    voided: '=',
    refunded: '=',
    redirect: '=',
    pending: '=',
    refusal: '=',
    canceled: '=',
    notSent: '=',
    silence: '=',
  },
  expired: {
    captured: 'succeeded',
    authorized: '?',
    voided: '=',
    refunded: '=',
    redirect: '=',
    pending: '=',
    refusal: '=',
    canceled: '=',
    notSent: '=',
    silence: '=',
  },
  succeeded: {
    captured: '=',
    authorized: '=',
    voided: '?',
    refunded: '?',
    redirect: '=',
    pending: '=',
    refusal: '?',
    canceled: '?',
    notSent: '=',
    silence: '=',
  },
};

const statuses = Object.keys(table) as AttemptStatus[];

function held(status: AttemptStatus) {
  const money = {
    authorizedMinor: status === 'authorized' ? 100n : 0n,
    capturedMinor: status === 'succeeded' ? 100n : 0n,
  };
  return anAttempt({ status, ...money });
}

describe('a word about an attempt', () => {
  it.each(
    statuses.flatMap((status) => names.map((name) => [name, status, table[status][name]] as const)),
  )('%s while %s: %s', (name, status, expected) => {
    const { attempt, verdict } = moveAttempt(held(status), outcomes[name], T0 + 1);
    const moves = expected !== '=' && expected !== '?';
    expect(attempt.status).toBe(moves ? expected : status);
    if (moves) expect(verdict).toBe('moved');
    else expect(verdict === 'doubtful').toBe(expected === '?');
  });

  it.each(statuses.flatMap((status) => names.map((name) => [name, status] as const)))(
    '%s in answer to a question while %s is never doubted',
    (name, status) => {
      expect(moveAttempt(held(status), outcomes[name], T0 + 1, true).verdict).not.toBe('doubtful');
    },
  );
});

describe('the answer to a question', () => {
  it('overturns a refusal with an authorisation', () => {
    const { attempt, verdict } = moveAttempt(held('declined'), authorized, T0 + 1, true);
    expect([attempt.status, attempt.authorizedMinor, attempt.decline, verdict]).toEqual([
      'authorized',
      100n,
      null,
      'moved',
    ]);
  });

  it('contradicts money that was taken, and takes none of it away', () => {
    const before = held('succeeded');
    expect(moveAttempt(before, refusal, T0 + 1, true)).toEqual({
      attempt: before,
      verdict: 'contradicts',
    });
  });

  it('ends an authorisation that lapsed', () => {
    expect(moveAttempt(held('authorized'), refusal, T0 + 1, true).attempt.status).toBe('declined');
  });
});

describe('amounts', () => {
  it('only ever grow', () => {
    const paid = anAttempt({ status: 'succeeded', capturedMinor: 100n });
    expect(moveAttempt(paid, done('captured', 40n), T0).attempt.capturedMinor).toBe(100n);
    expect(moveAttempt(paid, done('captured', 140n), T0).attempt.capturedMinor).toBe(140n);
    const open = anAttempt({ status: 'authorized', authorizedMinor: 100n });
    expect(moveAttempt(open, done('authorized', 60n), T0).attempt.authorizedMinor).toBe(100n);
  });

  it('of another currency are not added up', () => {
    const { attempt } = moveAttempt(anAttempt(), done('captured', 100n, 'NGN'), T0);
    expect([attempt.status, attempt.capturedMinor]).toEqual(['succeeded', 0n]);
  });

  it('of an authorisation that a capture overtook are kept', () => {
    const paid = anAttempt({ status: 'succeeded', capturedMinor: 70n });
    const { attempt, verdict } = moveAttempt(paid, authorized, T0);
    expect([attempt.status, attempt.authorizedMinor, verdict]).toEqual([
      'succeeded',
      100n,
      'ignored',
    ]);
  });
});

describe('"no such object"', () => {
  it('is proof after two answers over sixty seconds, not sooner', () => {
    const first = moveAttempt(anAttempt(), notFound, T0);
    expect([first.attempt.status, first.verdict]).toEqual(['unknown', 'moved']);
    const early = moveAttempt(first.attempt, notFound, T0 + 59_999);
    expect([early.attempt.status, early.verdict]).toEqual(['unknown', 'same']);
    const late = moveAttempt(early.attempt, notFound, T0 + 60_000);
    expect([late.attempt.status, late.attempt.decline?.code, late.verdict]).toEqual([
      'declined',
      'not_executed',
      'moved',
    ]);
  });

  it('once, however late, is no proof', () => {
    const old = anAttempt({ status: 'unknown' });
    expect(moveAttempt(old, notFound, T0 + 10 * 60_000).attempt.status).toBe('unknown');
  });

  it('counts afresh when the PSP has shown the object in between', () => {
    const seen = anAttempt({ status: 'unknown', notFoundCount: 1, firstNotFoundAt: T0 });
    const shown = moveAttempt(seen, pending, T0 + 30_000).attempt;
    expect([shown.notFoundCount, shown.firstNotFoundAt]).toEqual([0, null]);
  });

  it.each(['pending', 'requires_action', 'authorized', 'succeeded'] as const)(
    'proves nothing about an attempt that is %s',
    (status) => {
      const seen = anAttempt({ status, notFoundCount: 5, firstNotFoundAt: T0 });
      expect(moveAttempt(seen, notFound, T0 + 600_000).attempt.status).toBe(status);
    },
  );
});

describe('what an outcome tells besides', () => {
  it('is kept: the reference, and the state by its keys', () => {
    const before = anAttempt({ pspReference: 'pi_1', pspState: { session: 'cs_1', step: '1' } });
    const { attempt } = moveAttempt(
      before,
      { ...pending, pspReference: null, pspState: { step: '2' } },
      T0,
    );
    expect(attempt.pspReference).toBe('pi_1');
    expect(attempt.pspState).toEqual({ session: 'cs_1', step: '2' });
  });

  it('a prompt is never forgotten', () => {
    const shown = moveAttempt(anAttempt(), redirect, T0).attempt;
    expect(moveAttempt(shown, pending, T0).attempt.prompted).toBe(true);
    expect(moveAttempt(shown, refusal, T0).attempt).toMatchObject({ prompted: true, action: null });
  });

  it('the first refusal stays the one that was told', () => {
    const before = moveAttempt(anAttempt(), refusal, T0).attempt;
    const again = moveAttempt(before, declined('expired_card', 'expired'), T0);
    expect([again.verdict, again.attempt.decline?.code]).toEqual(['same', 'do_not_honor']);
  });

  it('a payout is not a word about a pay-in', () => {
    const before = anAttempt();
    expect(moveAttempt(before, done('paid_out'), T0)).toEqual({
      attempt: before,
      verdict: 'ignored',
    });
  });
});
