// What goes wrong on the way, at every call that moves money (C-4, C-5; reliability.md F3, F10). After every fault the
// outcome says no more than was learned, and then the truth is found: by repeating under the same key where the PSP
// guarantees it, by asking where it does not.
import { expect } from 'vitest';
import type { Operation } from '../../../src/connectors/contract.ts';
import { fallbackOf } from '../../../src/domain/attempt/decline.ts';
import type { Outcome, OutcomeKind } from '../../../src/domain/attempt/outcome.ts';
import { mayRepeat, resolve } from '../audit.ts';
import { type Case, type Cases, expectUnknown } from '../case.ts';
import { submitAll } from '../customer.ts';
import type { Merchant } from '../merchant.ts';
import { type Deed, Payment, type Payout } from '../payment.ts';
import type { Line } from '../psps.ts';
import type { Patch, Payouts, Subject } from '../subject.ts';

/** One call that moves money, ready to be sent. */
interface Shot {
  readonly of: Payment | Deed | Payout;
  readonly operation: Operation;
  readonly send: (line?: Line) => Promise<Outcome>;
}

interface Target {
  readonly name: string;
  /** Finds the call among the requests that it takes. */
  readonly match: { readonly operation?: string; readonly path?: string };
  aim(merchant: Merchant): Promise<Shot>;
  /** The PSP knows nothing of it until somebody pays: what nobody was told of cannot be paid. */
  readonly isSilent?: boolean;
}

interface Fault {
  readonly name: string;
  /** `before`: the PSP does nothing. `after`: it does everything, and only the reply suffers. */
  readonly strikes: 'before' | 'after';
  readonly line?: Line;
  /** Where it is not `unknown`. */
  readonly kinds?: readonly OutcomeKind[];
}

const FAULTS: readonly Fault[] = [
  { name: 'reset_before', strikes: 'before' },
  { name: 'error_500_before', strikes: 'before' },
  { name: 'rate_limit', strikes: 'before', kinds: ['declined'] },
  { name: 'unavailable', strikes: 'before', kinds: ['declined', 'unknown'] },
  { name: 'reply_lost', strikes: 'after' },
  { name: 'latency', strikes: 'after', line: 'hurried' },
  { name: 'error_500_after', strikes: 'after' },
  { name: 'html_502', strikes: 'after' },
  { name: 'truncated_json', strikes: 'after' },
  { name: 'empty_body', strikes: 'after' },
];

export const fault: Cases = (subject) => [
  ...targets(subject).flatMap((target) => [
    ...FAULTS.map((fault) => struck(target, fault)),
    neverLeft(target),
    tooLate(target),
  ]),
  ...steps(subject),
  ...(subject.payouts?.beforehand ? beforehand(subject.payouts.beforehand) : []),
];

function struck(target: Target, { name, strikes, line, kinds = ['unknown'] }: Fault): Case {
  return {
    name: `${target.name}: ${name}`,
    async run(merchant) {
      const shot = await target.aim(merchant);
      merchant.fault(name, target.match);
      const outcome = await shot.send(line);
      const { knowsNoRateLimit } = merchant.subject;
      expect(knowsNoRateLimit && name === 'rate_limit' ? ['unknown'] : kinds).toContain(
        outcome.kind,
      );
      if (outcome.kind === 'declined') return expectElsewhere(shot, outcome);
      await expectTruth(merchant, shot, strikes === 'after' && !target.isSilent);
    },
  };
}

function neverLeft(target: Target): Case {
  return {
    name: `${target.name}: never left`,
    async run(merchant) {
      const shot = await target.aim(merchant);
      const before = merchant.books.totals();
      expect(await shot.send('dead')).toMatchObject({ kind: 'not_sent' });
      expect(merchant.books.totals()).toEqual(before);
    },
  };
}

/** The worst: it is asked about before the PSP carries it out. */
function tooLate(target: Target): Case {
  return {
    name: `${target.name}: carried out long after we gave up`,
    async run(merchant) {
      const shot = await target.aim(merchant);
      merchant.fault('latency_before', target.match);
      expectUnknown(await shot.send('hurried'));
      const repeated = mayRepeat(merchant, shot.operation, shot.of);
      const early = await resolve(merchant, shot.of);
      if (!repeated) expect(isDone(shot, early)).toBe(false);
      await merchant.psps.advance(600_000);
      expect(isDone(shot, await resolve(merchant, shot.of))).toBe(!target.isSilent);
    },
  };
}

/** Nothing was carried out: it is the PSP that is unwell, and a charge may be tried at the next connection. */
function expectElsewhere({ of }: Shot, { decline }: Outcome & { kind: 'declined' }): void {
  expect(['rate_limited', 'provider_unavailable', 'merchant_config']).toContain(decline.code);
  if (of instanceof Payment) expect(fallbackOf(decline)).toBe('yes');
}

async function expectTruth(merchant: Merchant, shot: Shot, booked: boolean): Promise<void> {
  const repeated = mayRepeat(merchant, shot.operation, shot.of);
  await merchant.psps.advance(3_600_000 / 4); // asked some time later, by a repeat of the same bytes
  const truth = await resolve(merchant, shot.of);
  if (booked || repeated) {
    expect(isDone(shot, truth), `the truth after all: ${JSON.stringify(truth, bigintText)}`).toBe(
      true,
    );
    return;
  }
  // Nothing is there, which proves nothing yet: the host counts how often it is told so.
  expect(isDone(shot, truth)).toBe(false);
  expect(truth.kind === 'unknown' || truth.kind === 'succeeded').toBe(true);
}

/** Carried out, as far as the outcome says. An authorization that still stands was neither captured nor released. */
function isDone({ operation }: Shot, outcome: Outcome): boolean {
  if (outcome.kind === 'pending' || outcome.kind === 'requires_action') return true;
  if (outcome.kind === 'declined') return operation === 'void';
  if (outcome.kind !== 'succeeded') return false;
  const { what } = outcome;
  return operation === 'capture' || operation === 'void' ? what !== 'authorized' : true;
}

function bigintText(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

function targets(subject: Subject): Target[] {
  const { direct, authorize, journeys, refunds, payouts, silentPage = false } = subject;
  const [{ name, patch }] = journeys;
  return [
    { ...charging(name, patch, 'charge'), isSilent: silentPage },
    ...(direct === null ? [] : [charging('direct charge', direct, 'charge')]),
    ...(authorize
      ? [
          charging('authorization', authorize, 'authorize'),
          operating('capture', authorize),
          operating('void', authorize),
        ]
      : []),
    ...(refunds === null ? [] : [operating('refund')]),
    ...(payouts === null ? [] : [payingOut(payouts)]),
  ];
}

function charging(name: string, patch: Patch, operation: 'charge' | 'authorize'): Target {
  return {
    name,
    match: { operation },
    async aim(merchant) {
      const of = merchant.open(patch);
      return { of, operation, send: (line) => merchant.send(of, line) };
    },
  };
}

function operating(operation: 'capture' | 'void' | 'refund', patch?: Patch): Target {
  return {
    name: operation,
    match: { operation },
    async aim(merchant) {
      const of = merchant.openDeed(operation, await merchant.paid(patch));
      return { of, operation, send: (line) => merchant.sendDeed(of, line) };
    },
  };
}

function payingOut({ prepare }: Payouts): Target {
  return {
    name: 'payout',
    match: { operation: 'payout' },
    async aim(merchant) {
      await prepare?.(merchant);
      const of = merchant.openPayout();
      return { of, operation: 'payout', send: (line) => merchant.sendPayout(of, line) };
    },
  };
}

/** No money moves in a call that comes first: without it the payout was not sent, and may be sent again. */
function beforehand(path: string): Case[] {
  return FAULTS.map(({ name, line }) => ({
    name: `before the payout: ${name}`,
    async run(merchant) {
      merchant.fault(name, { path });
      const payout = merchant.openPayout();
      const outcome = await merchant.sendPayout(payout, line);
      expect(['not_sent', 'declined']).toContain(outcome.kind);
      expect(merchant.books.of(payout.reference).payouts).toBe(0);
      expect(await merchant.sendPayout(payout)).toMatchObject({ kind: 'pending' });
    },
  }));
}

/**
 * The customer's answer belongs to an attempt that is open at the PSP: whatever happens to it on the way, the attempt
 * is neither refused nor unsent.
 */
function steps({ journeys }: Subject): Case[] {
  const journey = journeys.find(({ submitPath }) => submitPath !== undefined);
  if (!journey) return [];
  const last = journey.steps!.length - 1;
  const { field, right } = journey.steps![last]!;
  const aim = async (merchant: Merchant) => {
    const payment = await merchant.charge(journey.patch);
    await submitAll(merchant, payment, journey, last);
    return payment;
  };
  return [
    ...FAULTS.map(
      ({ name, line, strikes }): Case => ({
        name: `${field}: ${name}`,
        async run(merchant) {
          const payment = await aim(merchant);
          merchant.fault(name, { path: journey.submitPath });
          expectUnknown(await merchant.submit(payment, field, right, line));
          const outcome = await merchant.sync(payment);
          const done = outcome.kind === 'succeeded';
          expect(done).toBe(strikes === 'after');
        },
      }),
    ),
    {
      name: `${field}: never left`,
      async run(merchant) {
        const payment = await aim(merchant);
        expectUnknown(await merchant.submit(payment, field, right, 'dead'));
      },
    },
  ];
}
